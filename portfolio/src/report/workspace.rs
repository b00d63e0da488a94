use serde::{Deserialize, Serialize};

use super::{Label, Place};

/// One lock: what it holds, who asks for what, and what is built from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// The folder of the lock.
    pub folder: Place,
    /// What the lock holds: numbers in the report's list of packages, ascending.
    pub nodes: Vec<u32>,
    /// For each node what it depends on: places in `nodes`, ascending. A lock does not tell
    /// dependencies for tests and builds apart from the others.
    pub edges: Vec<Vec<u32>>,
    /// The workspace's own packages: places in `nodes`, ascending.
    pub members: Vec<u32>,
    /// What is built to be run.
    pub binaries: Vec<Binary>,
}

/// A binary of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Binary {
    /// What it is called.
    pub name: Label,
    /// The member that it belongs to: a place in `nodes`.
    pub node: u32,
}

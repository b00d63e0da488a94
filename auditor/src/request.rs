use std::num::NonZero;
use std::path::PathBuf;

use crate::files::Exclude;
use crate::report::TeamName;

/// What to scan.
#[derive(Debug, Clone)]
pub struct ScanRequest {
    /// The teams, each with its folder.
    pub teams: Vec<TeamRoot>,
    /// What to leave out, below every team's folder.
    pub exclude: Exclude,
    /// How many threads read and parse; absent for as many as the machine has cores.
    pub threads: Option<NonZero<usize>>,
}

/// A team and where its files are.
#[derive(Debug, Clone)]
pub struct TeamRoot {
    /// The team.
    pub team: TeamName,
    /// Its folder: a clone of its repository, say.
    pub path: PathBuf,
}

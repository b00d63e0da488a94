//! Finds workspaces as Cargo does: which manifest is a root, whose members the others are, and
//! which stand alone.

mod class;
mod find_root;
mod manifests;
mod members;
mod pattern;
#[cfg(test)]
mod tests;

pub(crate) use class::{Class, Workspaces};
pub(crate) use find_root::{RootOf, find_root};
pub(crate) use manifests::{Lookup, Manifests};

//! Which registries, proxies and git repositories a policy approves.

mod git;
mod registry;

pub use git::{GitPlace, GitPlaceError};
pub use registry::{Proxy, Registry, RegistryError};

use crate::Placed;

/// Whether something is approved, and what says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Whether it is.
    pub approved: bool,
    /// The entry that approves it; or the list that lacks it.
    pub because: crate::Because,
}

/// The lists of one file. An absent list says nothing; an empty one approves nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Approved {
    pub(crate) registries: Option<Placed<Vec<Placed<Registry>>>>,
    pub(crate) proxies: Option<Placed<Vec<Placed<Proxy>>>>,
    pub(crate) git_hosts: Option<Placed<Vec<Placed<GitPlace>>>>,
}

/// An entry of a list of approved things.
pub(crate) trait Entry {
    /// Whether everything that `other` approves is approved by this entry too.
    fn covers(&self, other: &Self) -> bool;
}

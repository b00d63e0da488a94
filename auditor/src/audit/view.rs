use std::collections::BTreeMap;

use depaudit_policy::{Day, Policy};

use crate::cargo::config::Configs;
use crate::cargo::lock::Lock;
use crate::cargo::workspace::{Manifests, Workspaces};
use crate::ci::CiFile;
use crate::facts::Facts;
use crate::files::RepoPath;
use crate::report::{Gap, Override, TeamName};
use crate::request::Environment;

/// What a scan knows beside files.
#[derive(Debug, Clone, Copy)]
pub(crate) struct World<'a> {
    /// What has been published.
    pub(crate) facts: &'a dyn Facts,
    /// The day.
    pub(crate) today: Day,
}

/// Everything that is known of one team: what rules look at.
#[derive(Debug)]
pub(crate) struct TeamView<'a> {
    /// The team.
    pub(crate) team: &'a TeamName,
    /// What its policy says.
    pub(crate) policy: &'a Policy,
    /// What is known beside its files.
    pub(crate) world: World<'a>,
    /// The variables of whoever runs the scan, when they count.
    pub(crate) environment: Option<&'a Environment>,
    /// Its manifests.
    pub(crate) manifests: Manifests<'a>,
    /// How they form workspaces.
    pub(crate) workspaces: Workspaces,
    /// Its locks, by path.
    pub(crate) locks: BTreeMap<RepoPath, Lock>,
    /// Its Cargo configuration.
    pub(crate) configs: Configs,
    /// Its CI files, container files and scripts.
    pub(crate) ci: Vec<CiFile>,
    /// Its overrides, in the order of their places.
    pub(crate) overrides: Vec<Override>,
    /// What could not be read.
    pub(crate) gaps: Vec<Gap>,
}

impl TeamView<'_> {
    /// The lock that counts for the workspace or package whose manifest is `root`.
    pub(crate) fn lock_of(&self, root: &RepoPath) -> Option<&Lock> {
        self.lock_in(&root.folder())
    }

    /// The lock in a folder.
    pub(crate) fn lock_in(&self, folder: &RepoPath) -> Option<&Lock> {
        self.locks.get(&folder.child("Cargo.lock"))
    }
}

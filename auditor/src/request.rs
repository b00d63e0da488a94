use std::fmt;
use std::num::NonZero;
use std::path::PathBuf;

use crate::files::Exclude;
use crate::report::TeamName;

/// What to scan. The default scans nothing.
#[derive(Debug, Clone, Default)]
pub struct ScanRequest {
    /// The teams, each with its folder.
    pub teams: Vec<TeamRoot>,
    /// What to leave out, below every team's folder.
    pub exclude: Exclude,
    /// The variables of a running job, where the scan is to look at them.
    pub environment: Option<Environment>,
    /// How many threads read and parse; absent for as many as the machine has cores.
    pub threads: Option<NonZero<usize>>,
}

/// Environment variables. Their values may be secrets: only names, and URLs without credentials,
/// ever leave a scan.
#[derive(Clone, Default)]
pub struct Environment(Vec<(String, String)>);

impl Environment {
    /// Takes variables and their values. Nothing but text means anything to Cargo here.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(variables.into_iter().collect())
    }

    pub(crate) fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.variables().map(|(name, _)| name)).finish()
    }
}

/// A team and where its files are.
#[derive(Debug, Clone)]
pub struct TeamRoot {
    /// The team.
    pub team: TeamName,
    /// Its folder: a clone of its repository, say.
    pub path: PathBuf,
}

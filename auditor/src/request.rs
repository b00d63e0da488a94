use std::collections::BTreeSet;
use std::fmt;
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Arc;

use depaudit_policy::{Baseline, Day, Policy};

use crate::files::{Exclude, RepoPath};
use crate::report::TeamName;

/// What to scan.
#[derive(Debug, Clone)]
pub struct ScanRequest {
    /// The teams, each with its folder.
    pub teams: Vec<TeamRoot>,
    /// What to leave out, below every team's folder.
    pub exclude: Exclude,
    /// The variables of a running job, where the scan is to look at them.
    pub environment: Option<Environment>,
    /// How many threads read and parse; absent for as many as the machine has cores.
    pub threads: Option<NonZero<usize>>,
    /// The day for which waivers, declarations and ages count. A scan has no clock of its own.
    pub today: Day,
    /// The policy for what concerns several teams, beside their own.
    pub policy: Arc<Policy>,
    /// The codes of the rules whose findings are wanted; absent for all. What could not be read is
    /// told in any case.
    pub rules: Option<BTreeSet<&'static str>>,
    /// Whether to keep what a report to a server needs: the locked graphs.
    pub keep_locked: bool,
    /// Whether to compare the content of overrides with the releases that they stand in for. Without
    /// it OVR04 finds nothing.
    pub compare: bool,
    /// Whether comparisons show what changed within files, up to 4 MiB in all.
    pub include_diff: bool,
    /// Whom to tell how far the comparisons are.
    pub progress: Option<Progress>,
    /// The findings that were there before: they are marked, and do not fail.
    pub baseline: Option<Baseline>,
}

impl ScanRequest {
    /// A scan of these teams, with nothing left out and all rules.
    #[must_use]
    pub fn new(teams: Vec<TeamRoot>, today: Day) -> Self {
        Self {
            teams,
            exclude: Exclude::default(),
            environment: None,
            threads: None,
            today,
            policy: Arc::default(),
            rules: None,
            keep_locked: false,
            compare: true,
            include_diff: false,
            progress: None,
            baseline: None,
        }
    }
}

/// Is told how many comparisons are done, and how many there are, from several threads.
#[derive(Clone)]
pub struct Progress(Arc<dyn Fn(usize, usize) + Send + Sync>);

impl Progress {
    /// Calls `told` with the two numbers.
    pub fn new(told: impl Fn(usize, usize) + Send + Sync + 'static) -> Self {
        Self(Arc::new(told))
    }

    pub(crate) fn tell(&self, done: usize, all: usize) {
        (self.0)(done, all);
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Progress")
    }
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
    /// The policy for its findings. The files in it are found again in the folder when they are
    /// called by its path, as it stands here, and their place below it.
    pub policy: Arc<Policy>,
    /// The files whose findings are wanted; absent for all.
    pub changed: Option<BTreeSet<RepoPath>>,
}

impl TeamRoot {
    /// A team without a policy: every rule has its own level.
    #[must_use]
    pub fn new(team: TeamName, path: impl Into<PathBuf>) -> Self {
        Self { team, path: path.into(), policy: Arc::default(), changed: None }
    }
}

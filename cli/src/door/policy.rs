use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, ensure};
use depaudit_policy::door::Door;
use depaudit_policy::{Policy, PolicyFile};

/// The text of the server's policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyText(String);

impl PolicyText {
    /// Reads it, within its bound.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let what = || format!("cannot read the policy {}", path.display());
        let mut text = String::new();
        let most = PolicyFile::LARGEST as u64 + 1;
        File::open(path)
            .with_context(what)?
            .take(most)
            .read_to_string(&mut text)
            .with_context(what)?;
        Ok(Self(text))
    }

    /// All that it says.
    pub fn whole(&self, path: &Path) -> anyhow::Result<Policy> {
        let rules = depaudit_auditor::rules::known();
        let file = PolicyFile::parse(&self.0, &path.to_string_lossy(), rules)?;
        Ok(Policy::combine(vec![file], rules))
    }

    /// What it says about the doors.
    pub fn door(&self, path: &Path) -> anyhow::Result<Door> {
        let file =
            PolicyFile::parse(&self.0, &path.to_string_lossy(), depaudit_auditor::rules::known())?;
        ensure!(
            file.extends().is_none(),
            "{}: the server's policy is the central one, so it cannot say `extends`",
            path.display()
        );
        Ok(file.door().clone())
    }
}

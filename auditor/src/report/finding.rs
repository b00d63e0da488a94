use std::fmt;

use depaudit_policy::{Level, Severity};
use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

use super::{Location, TeamName};
use crate::files::RepoPath;

/// What a rule found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule's name, as people write it.
    pub rule: &'static str,
    /// The rule's code, which never changes.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What happens.
    pub level: Level,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The package it is about.
    pub package: Option<FoundPackage>,
    /// The team; absent for what concerns several.
    pub team: Option<TeamName>,
    /// The folder of the workspace.
    pub workspace: Option<RepoPath>,
    /// Where it stands, the most telling place first. Never empty.
    pub locations: Vec<Place>,
    /// What makes it the same finding tomorrow.
    pub fingerprint: Fingerprint,
    /// The waiver that covers it.
    pub waived_by: Option<String>,
    /// How `depaudit fix` would mend it.
    pub fix: Option<String>,
}

/// A package that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FoundPackage {
    /// Its name.
    pub name: String,
    /// Its version, where one is meant.
    pub version: Option<String>,
}

/// A location of a finding; where a finding concerns several teams, with whose file it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The team, where the finding names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamName>,
    /// The place.
    #[serde(flatten)]
    pub location: Location,
}

impl From<Location> for Place {
    fn from(location: Location) -> Self {
        Self { team: None, location }
    }
}

/// Says that two findings are the same one: a digest of rule, team, workspace, package, kind of
/// override and target, never of a line number, so that a baseline survives edits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 16]);

impl Fingerprint {
    /// The fingerprint of these parts. Each goes in behind its length, so that no two lists of
    /// parts run into each other.
    #[must_use]
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        let digest: [u8; 32] = hasher.finalize().into();
        let mut first = [0; 16];
        first.copy_from_slice(digest.split_at(16).0);
        Self(first)
    }
}

/// 32 hexadecimal digits.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(Fingerprint::of(["ab", "c"]), Fingerprint::of(["a", "bc"]));
        assert_ne!(Fingerprint::of(["a", ""]), Fingerprint::of(["a"]));
        assert_eq!(Fingerprint::of(["a"]).to_string().len(), 32);
    }
}

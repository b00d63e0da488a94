use std::fmt;

use serde::{Deserialize, Serialize};

/// What a rule is about. A policy may set the level of a whole group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// One name and version, with other bytes.
    Integrity,
    /// Overrides.
    Override,
    /// Registries, git hosts and source replacement.
    Source,
    /// Locks, and builds that do not heed them.
    Lock,
    /// Versions that differ or lag.
    Drift,
    /// Waivers. Its findings cannot be waived themselves.
    Waiver,
    /// The scan itself.
    Scan,
}

impl Group {
    /// Every group.
    pub const ALL: [Self; 7] = [
        Self::Integrity,
        Self::Override,
        Self::Source,
        Self::Lock,
        Self::Drift,
        Self::Waiver,
        Self::Scan,
    ];

    /// The written form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Integrity => "integrity",
            Self::Override => "override",
            Self::Source => "source",
            Self::Lock => "lock",
            Self::Drift => "drift",
            Self::Waiver => "waiver",
            Self::Scan => "scan",
        }
    }

    /// The group of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.as_str() == name)
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_read_as_it_is_written() {
        for group in Group::ALL {
            assert_eq!(Group::find(group.as_str()), Some(group));
        }
        assert_eq!(Group::find("Drift"), None);
    }
}

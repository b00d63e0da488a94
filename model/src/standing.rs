use semver::Version;
use serde::{Deserialize, Serialize};

use crate::Checksum;
use crate::cargo::{CrateName, Release};

/// How the bytes that a lock names stand against the record of a registry proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// They were served: to the team that is asked about, or to anybody where no team is.
    Served,
    /// They were served, but to other teams alone.
    ServedToOthers,
    /// They were never served: whoever has them went past the proxy.
    NeverServed,
    /// The record knows other bytes under this name and version.
    Conflicting,
}

impl Standing {
    /// Every value, in the order of declaration.
    pub const ALL: [Self; 4] =
        [Self::Served, Self::ServedToOthers, Self::NeverServed, Self::Conflicting];

    /// The written form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Served => "served",
            Self::ServedToOthers => "served-to-others",
            Self::NeverServed => "never-served",
            Self::Conflicting => "conflicting",
        }
    }
}

/// What a lock holds of a registry's crate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LockedCrate {
    /// The crate.
    #[serde(rename = "crate")]
    pub name: CrateName,
    /// The version.
    pub version: Version,
    /// The checksum.
    pub sha256: Checksum,
}

impl LockedCrate {
    /// Without the checksum.
    #[must_use]
    pub fn release(&self) -> Release {
        Release { name: self.name.clone(), version: self.version.clone() }
    }
}

/// What the record says of a [`LockedCrate`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnRecord {
    /// How it stands.
    pub standing: Standing,
    /// The other checksums that the record knows for the same name and version.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Checksum>,
}

use serde::Serialize;

use crate::cargo::toml::{self, Table};

/// The format of a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LockVersion {
    /// Checksums in `[metadata]`.
    V1,
    /// Checksums in their packages.
    V2,
    /// `version = 3`.
    V3,
    /// `version = 4`.
    V4,
    /// One that Cargo 1.95 does not write.
    Unknown,
}

impl LockVersion {
    pub(super) fn of(document: &Table<'_>) -> Self {
        let Some(version) = document.get("version") else { return Self::without_number(document) };
        match version.get_ref().as_integer().map(|number| number.as_str()) {
            Some("1") => Self::V1,
            Some("2") => Self::V2,
            Some("3") => Self::V3,
            Some("4") => Self::V4,
            _ => Self::Unknown,
        }
    }

    /// The first two formats have no number. A lock of one package without dependencies looks the
    /// same in both, and counts as the second.
    fn without_number(document: &Table<'_>) -> Self {
        let metadata = toml::table(document, "metadata").into_iter().flat_map(|table| table.keys());
        let has_checksums = metadata.into_iter().any(|key| key.get_ref().starts_with("checksum "));
        if has_checksums || document.contains_key("root") { Self::V1 } else { Self::V2 }
    }
}

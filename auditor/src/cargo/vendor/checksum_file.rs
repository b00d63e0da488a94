use std::collections::BTreeMap;

use depaudit_model::Checksum;
use serde::Deserialize;

/// `.cargo-checksum.json`.
#[derive(Debug, Deserialize)]
pub(super) struct ChecksumFile {
    /// The SHA-256 of each file, by its path in the package. Cargo hashes what is listed, and
    /// nothing else: an empty list verifies nothing.
    pub(super) files: BTreeMap<String, String>,
    /// The checksum of the `.crate` file; null for a package from git.
    pub(super) package: Option<Checksum>,
}

impl ChecksumFile {
    pub(super) const NAME: &'static str = ".cargo-checksum.json";

    pub(super) fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

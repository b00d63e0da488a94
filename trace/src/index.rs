use std::fmt;

use async_trait::async_trait;
use depaudit_model::cargo::CrateName;
use depaudit_model::{Checksum, RegistryName, Timestamp};
use depaudit_store::StoreError;
use semver::Version;

/// What the upstreams' indexes said when they were last asked, as it is stored; wired by the binary.
#[async_trait]
pub trait UpstreamIndex: Send + Sync + fmt::Debug {
    /// What a registry listed under a crate's name; `None` where nobody asked it yet.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    async fn view(
        &self,
        registry: &RegistryName,
        name: &CrateName,
    ) -> Result<Option<IndexView>, StoreError>;
}

/// The versions of a crate, as a registry listed them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexView {
    /// Each version.
    pub versions: Vec<Listed>,
    /// When the registry last confirmed it.
    pub confirmed: Timestamp,
}

/// One version in an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Which.
    pub version: Version,
    /// The checksum that is named.
    pub checksum: Checksum,
    /// Whether its author withdrew it.
    pub yanked: bool,
}

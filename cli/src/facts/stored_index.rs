use std::sync::Arc;

use depaudit_model::RegistryName;
use depaudit_model::cargo::{CrateName, Facts, PublishedRelease};
use depaudit_store::MetaStore;
use tokio::runtime::Handle;

use super::line;

/// What a server's own store knows of the default registry: the entries that somebody asked it for.
///
/// It blocks, so it is for threads that may.
#[derive(Debug)]
pub struct StoredIndex {
    meta: Arc<dyn MetaStore>,
    runtime: Handle,
}

impl StoredIndex {
    /// Reads `meta`, which lives on this runtime.
    #[must_use]
    pub fn new(meta: Arc<dyn MetaStore>, runtime: Handle) -> Self {
        Self { meta, runtime }
    }
}

impl Facts for StoredIndex {
    fn releases(&self, name: &CrateName) -> Option<Arc<[PublishedRelease]>> {
        let registry = RegistryName::crates_io();
        let entry = self.runtime.block_on(self.meta.index_entry(&registry, name)).ok()??;
        let lines = entry.body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        Some(lines.filter_map(|line| line::read(name, line)).collect())
    }
}

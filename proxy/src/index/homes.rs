//! Which crates the house's own registries are known to have.

use std::collections::BTreeSet;

use depaudit_model::RegistryName;
use depaudit_model::cargo::CrateName;
use depaudit_store::{MetaStore, StoreError};
use quick_cache::sync::Cache;

/// How many answers are remembered; each is some 100 bytes.
const MOST: usize = 100_000;

/// What is known of the crates of each registry: from its stored entries, and from every answer since
/// the start. No registry is asked: one that is away must not stand in the way of the others.
#[derive(Debug)]
pub(super) struct Homes {
    has: Cache<(RegistryName, CrateName), bool>,
}

impl Homes {
    pub(super) fn new() -> Self {
        Self { has: Cache::new(MOST) }
    }

    /// The registry has answered.
    pub(super) fn note(&self, registry: &RegistryName, name: &CrateName, has: bool) {
        self.has.insert((registry.clone(), name.clone()), has);
    }

    /// The first of `registries` that is known to have the crate filed under `name` (lowercase).
    pub(super) async fn of(
        &self,
        meta: &dyn MetaStore,
        registries: &BTreeSet<RegistryName>,
        name: &CrateName,
    ) -> Result<Option<RegistryName>, StoreError> {
        for registry in registries {
            let key = (registry.clone(), name.clone());
            let has = match self.has.get(&key) {
                Some(has) => has,
                None => {
                    let has = meta.index_entry(registry, name).await?.is_some();
                    self.has.insert(key, has);
                    has
                }
            };
            if has {
                return Ok(Some(registry.clone()));
            }
        }
        Ok(None)
    }
}

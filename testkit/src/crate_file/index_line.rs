use std::collections::BTreeMap;

use depaudit_model::Checksum;
use serde::Serialize;
use serde_json::Value;

use super::{CrateFile, Dependency};

/// One version's line in an index: every field that the public registry writes, in its order.
#[derive(Debug, Clone, Serialize)]
pub struct IndexLine {
    name: String,
    vers: String,
    deps: Vec<Dependency>,
    cksum: String,
    features: BTreeMap<String, Vec<String>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    features2: BTreeMap<String, Vec<String>>,
    yanked: bool,
    links: Option<String>,
    rust_version: Option<String>,
    pubtime: String,
    v: u8,
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

impl IndexLine {
    pub(super) fn of(plan: &CrateFile, checksum: Checksum) -> Self {
        let (features2, features): (BTreeMap<_, _>, BTreeMap<_, _>) =
            plan.features.clone().into_iter().partition(|(_, enables)| {
                enables.iter().any(|item| item.starts_with("dep:") || item.contains("?/"))
            });
        Self {
            name: plan.name.clone(),
            vers: plan.version.clone(),
            deps: plan.dependencies.clone(),
            cksum: checksum.to_string(),
            v: if features2.is_empty() { 1 } else { 2 },
            features,
            features2,
            yanked: false,
            links: plan.links.clone(),
            rust_version: plan.rust_version.clone(),
            pubtime: plan.published.clone(),
            others: plan.index_fields.clone(),
        }
    }

    /// Sets `yanked`.
    pub fn set_yanked(&mut self, yanked: bool) {
        self.yanked = yanked;
    }

    /// Sets `cksum`, to anything.
    pub fn set_checksum(&mut self, checksum: &str) {
        checksum.clone_into(&mut self.cksum);
    }

    pub(crate) fn is_version(&self, version: &str) -> bool {
        self.vers == version
    }
}

impl std::fmt::Display for IndexLine {
    /// One line of JSON, without the newline.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| std::fmt::Error)?)
    }
}

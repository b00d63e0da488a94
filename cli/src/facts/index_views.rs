use std::sync::Arc;

use async_trait::async_trait;
use depaudit_model::RegistryName;
use depaudit_model::cargo::CrateName;
use depaudit_proxy::cargo::index_body::{Line, stored_lines};
use depaudit_store::{MetaStore, StoreError};
use depaudit_trace::{IndexView, Listed, UpstreamIndex};

/// What the upstreams said last, as the server keeps it: no registry is asked.
#[derive(Debug)]
pub struct IndexViews(pub Arc<dyn MetaStore>);

#[async_trait]
impl UpstreamIndex for IndexViews {
    async fn view(
        &self,
        registry: &RegistryName,
        name: &CrateName,
    ) -> Result<Option<IndexView>, StoreError> {
        let entry = self.0.index_entry(registry, name).await?;
        Ok(entry.map(|entry| IndexView {
            versions: stored_lines(name, &entry.body).into_iter().map(listed).collect(),
            confirmed: entry.confirmed,
        }))
    }
}

fn listed(line: Line) -> Listed {
    Listed { version: line.version, checksum: line.checksum, yanked: line.yanked }
}

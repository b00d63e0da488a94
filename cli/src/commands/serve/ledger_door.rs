use std::sync::Arc;

use async_trait::async_trait;
use axum::response::Response;
use depaudit_web::{Access, LedgerDoor};
use http::HeaderMap;

use crate::ledger::KeyPlace;

/// Who may read the ledger's entries: where a login is asked for, admins, since the entries are about
/// every team.
#[derive(Debug)]
pub(super) struct Door {
    pub(super) access: Arc<Access>,
    pub(super) key: KeyPlace,
}

#[async_trait]
impl LedgerDoor for Door {
    async fn may_read_entries(&self, headers: &HeaderMap) -> Result<(), Response> {
        self.access.admin(headers).await
    }

    async fn verifiers(&self) -> Vec<String> {
        let place = self.key.clone();
        let read = tokio::task::spawn_blocking(move || place.read()).await;
        match read {
            Ok(Ok(Some(key))) => key.verifiers().iter().map(ToString::to_string).collect(),
            // The signer says what is wrong with it.
            _ => Vec::new(),
        }
    }
}

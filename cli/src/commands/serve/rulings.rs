use std::sync::Arc;

use async_trait::async_trait;
use depaudit_model::TeamId;
use depaudit_model::cargo::CrateName;
use depaudit_proxy::Proxy;
use depaudit_proxy::door::AdvisorySource;
use depaudit_web::{AdvisoryBook, Ruling, Rulings, Unreadable};

/// What the doors say, for pages that ask about many teams at once.
#[derive(Debug)]
pub(super) struct DoorRulings {
    pub(super) proxy: Arc<Proxy>,
}

#[async_trait]
impl Rulings for DoorRulings {
    fn advisories(&self) -> AdvisoryBook {
        match self.proxy.door().in_force().advisories() {
            None => AdvisoryBook::None,
            Some(AdvisorySource::Unreadable) => AdvisoryBook::Unreadable,
            Some(AdvisorySource::Read(read)) => AdvisoryBook::Read(Arc::clone(read)),
        }
    }

    async fn about(&self, name: &CrateName, teams: &[TeamId]) -> Result<Vec<Ruling>, Unreadable> {
        let told = self.proxy.stored_why(name, teams).await.map_err(|error| {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "it cannot be told what the policy says");
            Unreadable
        })?;
        Ok(told.into_iter().map(|(team, why)| Ruling { team, why }).collect())
    }
}

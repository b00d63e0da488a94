use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use depaudit_proxy::Proxy;
use depaudit_proxy::upstream::health::UpstreamState;
use depaudit_store::{AuditLog, BlobStore, MetaStore};
use depaudit_web::{Readiness, ReadinessReport, UpstreamReport};

use crate::backend::Backend;
use crate::ledger::Trouble;

/// Looks into store and upstreams for `/readyz`; at most once a second, since looking writes.
#[derive(Debug)]
pub(super) struct Ready {
    blobs: Arc<dyn BlobStore>,
    meta: Arc<dyn MetaStore>,
    audit: Arc<dyn AuditLog>,
    proxy: Arc<Proxy>,
    signing: Trouble,
    last: Mutex<Option<(Instant, bool)>>,
}

impl Ready {
    pub(super) fn new(backend: &Backend, proxy: Arc<Proxy>, signing: Trouble) -> Self {
        Self {
            blobs: Arc::clone(&backend.blobs),
            meta: Arc::clone(&backend.meta),
            audit: Arc::clone(&backend.audit),
            proxy,
            signing,
            last: Mutex::default(),
        }
    }

    async fn store_writable(&self) -> bool {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((when, writable)) = last
            && when.elapsed() < Duration::from_secs(1)
        {
            return writable;
        }
        let (blobs, meta, audit) =
            tokio::join!(self.blobs.probe(), self.meta.probe(), self.audit.probe());
        let outcome = blobs.and(meta).and(audit);
        if let Err(error) = &outcome {
            tracing::warn!(error = error as &dyn std::error::Error, "the store is not writable");
        }
        let writable = outcome.is_ok();
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((Instant::now(), writable));
        writable
    }
}

#[async_trait]
impl Readiness for Ready {
    async fn look(&self) -> ReadinessReport {
        let upstreams = self.proxy.upstreams().into_iter().map(|(registry, state)| {
            let (state, error) = match state {
                UpstreamState::Up => ("up", None),
                UpstreamState::Down(error) => ("down", Some(error)),
                UpstreamState::Unknown => ("unknown", None),
            };
            UpstreamReport { registry: registry.to_string(), state, error }
        });
        let policy = self.proxy.door().state();
        ReadinessReport {
            policy: policy.digest.map(|digest| digest.to_string()),
            policy_is_old: policy.broken.is_some(),
            policy_contested: self.proxy.rival().is_some(),
            store_writable: self.store_writable().await,
            signing_fails: self.signing.is_there(),
            event_queue: self.audit.queued(),
            upstreams: upstreams.collect(),
        }
    }
}

//! One upstream registry: how to ask it, how it is doing, and where it has its crates.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use depaudit_model::RegistryName;
use depaudit_model::cargo::CrateName;
use depaudit_store::{MetaStore, Validators};
use futures_util::StreamExt;
use tokio::sync::{Semaphore, SemaphorePermit};
use url::Url;

use crate::cargo::config_json::DownloadTemplate;
use crate::metrics::{Metrics, UpstreamLabels, Word};
use crate::template::TemplateCache;
use crate::upstream::health::{Health, UpstreamState};
use crate::upstream::{
    DocumentKind, Upstream, UpstreamError, UpstreamRequest, UpstreamResponse, UpstreamSettings,
};

/// The registries behind the proxy, by name.
pub type Registries = BTreeMap<RegistryName, Arc<RegistryEntry>>;

/// One registry.
#[derive(Debug)]
pub struct RegistryEntry {
    /// As configured.
    pub name: RegistryName,
    index: Url,
    upstream: Arc<dyn Upstream>,
    health: Health,
    meta: Arc<dyn MetaStore>,
    metrics: Metrics,
    template: TemplateCache,
    /// Index documents asked for at the same time; crates have slots of their own, since a crate's
    /// fetch may need a document.
    documents: Semaphore,
    crates: Semaphore,
}

/// How many requests an upstream gets from here at the same time: for documents, and for crates.
const AT_ONCE: (usize, usize) = (128, 64);

/// A whole document of an index, or why there is none.
#[derive(Debug)]
pub enum DocumentAnswer {
    /// Its bytes.
    Body {
        /// The bytes, decoded.
        bytes: Bytes,
        /// What to ask for it by next time.
        validators: Validators,
    },
    /// It is what it was.
    NotModified,
    /// The upstream has no such document.
    Absent,
}

impl RegistryEntry {
    /// A registry that is asked through `upstream`.
    #[must_use]
    pub fn new(
        name: RegistryName,
        settings: &UpstreamSettings,
        upstream: Arc<dyn Upstream>,
        meta: Arc<dyn MetaStore>,
        metrics: Metrics,
    ) -> Self {
        Self {
            name,
            index: settings.index.clone(),
            upstream,
            health: Health::new(settings.limits.longest_backoff),
            meta,
            metrics,
            template: TemplateCache::default(),
            documents: Semaphore::new(AT_ONCE.0),
            crates: Semaphore::new(AT_ONCE.1),
        }
    }

    /// How it is doing.
    #[must_use]
    pub fn state(&self) -> UpstreamState {
        self.health.state()
    }

    /// Whether it would be asked now, or is left alone because it failed.
    #[must_use]
    pub fn may_be_asked(&self) -> bool {
        self.health.check(Instant::now()).is_ok()
    }

    /// Whether a lock's `source` means this registry's sparse index.
    #[must_use]
    pub fn is_source(&self, source: &str) -> bool {
        source.strip_prefix("sparse+") == Some(self.index.as_str())
    }

    /// The index entry filed under `name`.
    ///
    /// # Errors
    /// As the upstream fails.
    pub async fn index_entry(
        &self,
        name: &CrateName,
        validators: Validators,
    ) -> Result<DocumentAnswer, UpstreamError> {
        self.document(&name.index_path(), validators).await
    }

    /// A slot for a crate's fetch, to be held until its body has ended.
    pub async fn crate_slot(&self) -> Option<SemaphorePermit<'_>> {
        self.crates.acquire().await.ok()
    }

    /// Begins the download of a crate. The caller reports a body that breaks through
    /// [`Self::body_failed`].
    ///
    /// # Errors
    /// As the upstream fails; [`UpstreamError::Unexpected`] for every status but 200.
    pub async fn download(&self, url: Url) -> Result<UpstreamResponse, UpstreamError> {
        let request =
            UpstreamRequest { url, validators: Validators::default(), kind: DocumentKind::Crate };
        let response = self.ask(request).await?;
        if response.status == http::StatusCode::OK {
            return Ok(response);
        }
        Err(self.note(UpstreamError::Unexpected(format!(
            "{} for a crate it lists",
            response.status.as_u16()
        ))))
    }

    /// A body that had begun came to a bad end.
    pub fn body_failed(&self, error: &UpstreamError) {
        self.note(error.clone());
    }

    /// Where the registry has its crates: asked every ten minutes, once for everybody; an older
    /// answer, also one from before a restart, serves while the registry does not answer.
    ///
    /// # Errors
    /// As the upstream fails, when it has never been known.
    pub async fn template(self: &Arc<Self>) -> Result<DownloadTemplate, UpstreamError> {
        if self.template.is_empty()
            && let Ok(Some(body)) = self.meta.registry_config(&self.name).await
            && let Ok(template) = DownloadTemplate::parse(&body)
        {
            self.template.remember_old(template);
        }
        let ask = || {
            let registry = Arc::clone(self);
            async move { registry.fetch_template().await }
        };
        self.template.get(ask).await
    }

    async fn fetch_template(&self) -> Result<DownloadTemplate, UpstreamError> {
        let DocumentAnswer::Body { bytes, .. } =
            self.document("config.json", Validators::default()).await?
        else {
            return Err(self.note(UpstreamError::Unexpected("no config.json".into())));
        };
        let template = DownloadTemplate::parse(&bytes)
            .map_err(|error| self.note(UpstreamError::Unexpected(error.to_string())))?;
        if let Err(error) = self.meta.put_registry_config(&self.name, bytes).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, registry = %self.name, "a registry's configuration was not kept");
        }
        Ok(template)
    }

    async fn document(
        &self,
        path: &str,
        validators: Validators,
    ) -> Result<DocumentAnswer, UpstreamError> {
        let conditional = validators != Validators::default();
        // Never closed, so never an error; many cold entries wait for each other here.
        let _slot = self.documents.acquire().await;
        // The path is made from a checked name; the base ends in `/`.
        let url = self
            .index
            .join(path)
            .map_err(|_| UpstreamError::Unexpected("a bad base URL".into()))?;
        let request = UpstreamRequest { url, validators, kind: DocumentKind::Index };
        let mut response = self.ask(request).await?;
        match response.status.as_u16() {
            304 if conditional => Ok(DocumentAnswer::NotModified),
            // Cargo's book, "Sparse index": these three mean that the crate does not exist.
            404 | 410 | 451 => Ok(DocumentAnswer::Absent),
            200 => {
                let mut bytes = BytesMut::new();
                while let Some(chunk) = response.body.next().await {
                    bytes.extend_from_slice(&chunk.map_err(|error| self.note(error))?);
                }
                Ok(DocumentAnswer::Body { bytes: bytes.freeze(), validators: response.validators })
            }
            status => {
                let mut text = status.to_string();
                let _ = write!(text, " for an index document");
                Err(self.note(UpstreamError::Unexpected(text)))
            }
        }
    }

    async fn ask(&self, request: UpstreamRequest) -> Result<UpstreamResponse, UpstreamError> {
        self.health.check(Instant::now())?;
        let kind = request.kind;
        match self.upstream.get(request).await {
            Ok(response) => {
                self.health.succeeded();
                self.count("ok");
                Ok(response)
            }
            // One crate that cannot be had says nothing about the registry: its index is served on.
            Err(error @ UpstreamError::Overloaded { .. }) if kind == DocumentKind::Crate => {
                self.count(error.label());
                tracing::warn!(registry = %self.name, %error, "a crate could not be fetched");
                Err(error)
            }
            Err(error) => Err(self.note(error)),
        }
    }

    fn note(&self, error: UpstreamError) -> UpstreamError {
        self.health.failed(&error, Instant::now());
        self.count(error.label());
        tracing::warn!(registry = %self.name, %error, "an upstream request failed");
        error
    }

    fn count(&self, outcome: &'static str) {
        let labels = UpstreamLabels { registry: self.name.to_string(), outcome: Word(outcome) };
        self.metrics.upstream.get_or_create(&labels).inc();
    }
}

use std::sync::Arc;
use std::time::Duration;

use depaudit_model::cargo::{CrateName, Release};
use depaudit_model::event::{Decision, Event, EventKind};
use depaudit_model::{Checksum, RegistryName};
use depaudit_store::{IndexEntry, MetaStore, Record, StoreError, Validators};

use super::homes::Homes;
use super::memory::{Known, Memory};
use crate::cargo::index_body::{self, LineFault, Merged};
use crate::cargo::view::View;
use crate::error::ProxyError;
use crate::record::{PINNED, Recorder};
use crate::registry::{DocumentAnswer, RegistryEntry};
use crate::upstream::UpstreamError;

/// How many dropped lines or vanished versions one event names.
const NAMED_IN_DETAIL: usize = 20;

/// Brings what is known of a crate up to date. One runs at a time for each crate.
#[derive(Debug)]
pub(super) struct Refresh {
    pub(super) memory: Memory,
    pub(super) homes: Homes,
    pub(super) meta: Arc<dyn MetaStore>,
    pub(super) recorder: Arc<Recorder>,
    pub(super) freshness: Duration,
}

/// What is known after a refresh.
#[derive(Debug, Clone)]
pub(super) struct Refreshed {
    pub(super) known: Known,
    /// Whether the upstream was asked; what the store had may have been fresh enough.
    pub(super) asked: bool,
}

/// Why there is nothing to serve.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum RefreshError {
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    #[error("the upstream's index entry has no usable line")]
    NoLine,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Record(#[from] ProxyError),
}

impl RefreshError {
    pub(super) fn into_proxy_error(self, registry: &RegistryName, name: &CrateName) -> ProxyError {
        match self {
            Self::Upstream(error) if error.is_outage() => ProxyError::Unavailable(format!(
                "`{name}` is not stored here, and the registry `{registry}` gave no answer: {error}"
            )),
            Self::Upstream(error) => {
                ProxyError::BadUpstream(format!("registry `{registry}`, crate `{name}`: {error}"))
            }
            Self::NoLine => ProxyError::BadUpstream(format!(
                "registry `{registry}` answered with something that is no index entry of `{name}`"
            )),
            Self::Store(_) => ProxyError::Store("the store cannot be used"),
            Self::Record(error) => error,
        }
    }
}

impl Refresh {
    /// What is known afterwards, fresh when the upstream answered. What was known before stays good
    /// when it did not.
    pub(super) async fn run(
        &self,
        registry: &RegistryEntry,
        name: &CrateName,
        known: Option<Known>,
    ) -> Result<Refreshed, RefreshError> {
        let known = match known {
            Some(known) => Some(known),
            None => self.load(registry, name).await?,
        };
        if let Some(known) = known.as_ref().filter(|known| self.is_fresh_enough(known)) {
            return Ok(Refreshed { known: known.clone(), asked: false });
        }
        let previous = match &known {
            Some(Known::View(view)) => Some(Arc::clone(view)),
            _ => None,
        };
        match (self.ask(registry, name, previous.as_ref()).await, previous) {
            (Ok(now_known), _) => {
                self.memory.put(&registry.name, name, now_known.clone());
                self.homes.note(&registry.name, name, matches!(now_known, Known::View(_)));
                Ok(Refreshed { known: now_known, asked: true })
            }
            // Served as stale. The failure was logged where it was met.
            (Err(RefreshError::Upstream(_) | RefreshError::NoLine), Some(view)) => {
                Ok(Refreshed { known: Known::View(view), asked: true })
            }
            (Err(error), _) => Err(error),
        }
    }

    /// What the store knows, put into memory.
    pub(super) async fn load(
        &self,
        registry: &RegistryEntry,
        name: &CrateName,
    ) -> Result<Option<Known>, StoreError> {
        let Some(entry) = self.meta.index_entry(&registry.name, name).await? else {
            return Ok(None);
        };
        let known = Known::View(Arc::new(View::of_entry(name, entry)));
        self.memory.put(&registry.name, name, known.clone());
        Ok(Some(known))
    }

    /// The pinned checksum of a release whose bytes are stored.
    pub(super) async fn stored_release(
        &self,
        registry: &RegistryEntry,
        release: &Release,
    ) -> Result<Option<Checksum>, ProxyError> {
        let stored = self.meta.blobs_of(&release.name, Some(&release.version)).await;
        let stored = stored.map_err(|_| ProxyError::Store("the store cannot be read"))?;
        let same = stored
            .into_iter()
            .find(|blob| blob.registry == registry.name && blob.release == *release);
        Ok(same.map(|blob| blob.digest))
    }

    /// Half the bound: below it, nobody needs to ask.
    fn is_fresh_enough(&self, known: &Known) -> bool {
        self.recorder.now().since(known.confirmed()).is_some_and(|age| age <= self.freshness / 2)
    }

    async fn ask(
        &self,
        registry: &RegistryEntry,
        name: &CrateName,
        previous: Option<&Arc<View>>,
    ) -> Result<Known, RefreshError> {
        let validators = previous.map(|view| view.validators.clone()).unwrap_or_default();
        // The age counts from before the question: the answer may be as old as that.
        let asked = self.recorder.now();
        let answer = registry.index_entry(name, validators).await?;
        match (answer, previous) {
            (DocumentAnswer::NotModified, Some(view)) => {
                view.confirm(asked);
                self.meta.confirm_index_entry(&registry.name, name, asked).await?;
                Ok(Known::View(Arc::clone(view)))
            }
            (DocumentAnswer::NotModified, None) => {
                Err(UpstreamError::Unexpected("304 to an unconditional request".into()).into())
            }
            (DocumentAnswer::Absent, previous) => {
                if previous.is_some() {
                    let event = self.about(registry, name, EventKind::UpstreamChanged);
                    let event = event.with_detail("the upstream does not have this crate any more");
                    self.recorder.write(vec![Record { event, client: None }]).await?;
                    self.meta.forget_index(&registry.name, Some(name)).await?;
                }
                Ok(Known::absent(asked))
            }
            (DocumentAnswer::Body { bytes, validators }, previous) => {
                let entry = IndexEntry { body: bytes, validators, confirmed: asked };
                self.take(registry, name, previous, entry).await
            }
        }
    }

    /// Checks a new body, puts on record what is wrong with it, keeps the rest.
    async fn take(
        &self,
        registry: &RegistryEntry,
        name: &CrateName,
        previous: Option<&Arc<View>>,
        mut entry: IndexEntry,
    ) -> Result<Known, RefreshError> {
        let mut pins = self.meta.pins(&registry.name, name).await?;
        // What is on record outweighs what is kept, which may have been lost or changed.
        let mut restored = self.recorder.first_seen(&registry.name, name).await?;
        pins.retain(|pin| !restored.iter().any(|seen| seen.version == pin.version && seen != pin));
        restored.retain(|seen| !pins.contains(seen));
        pins.extend(restored.iter().cloned());
        let before = previous.map(|view| view.body.clone()).unwrap_or_default();
        let (upstream, of) = (entry.body.clone(), name.clone());
        // Parsing and compressing take milliseconds for a large entry.
        let worked = tokio::task::spawn_blocking(move || {
            let merged = index_body::merge(&of, &upstream, &before, &pins);
            let confirmed = entry.confirmed;
            entry.body = merged.body.clone();
            if !merged.intact {
                // Asked for in full next time: a 304 would keep what was cut.
                entry.validators = Validators::default();
            }
            let mut view = View::new(
                entry.body.clone(),
                merged.lines.clone(),
                entry.validators.clone(),
                confirmed,
            );
            view.contested = merged.conflicts.iter().map(|it| it.version.clone()).collect();
            (merged, entry, view)
        });
        let (merged, entry, view) = worked.await.map_err(|_| RefreshError::NoLine)?;
        let unchanged = previous.is_some_and(|previous| previous.digest == view.digest);
        let mut events = self.conflicts(registry, name, &merged).await?;
        if !unchanged {
            events.extend(self.dropped(registry, name, &merged));
            events.extend(
                previous.and_then(|old| self.vanished(registry, name, old, &view, &merged)),
            );
        }
        for event in &events {
            let detail = event.detail.as_deref().unwrap_or_default();
            let version = event.version.as_ref().map(ToString::to_string);
            tracing::warn!(kind = %event.kind, registry = %registry.name, krate = %name, version, detail);
        }
        if !events.is_empty() {
            let records = events.into_iter().map(|event| Record { event, client: None }).collect();
            self.recorder.write(records).await?;
        }
        if view.lines.is_empty() {
            tracing::warn!(registry = %registry.name, krate = %name, "an index entry without a usable line");
            return Err(RefreshError::NoLine);
        }
        restored.extend(merged.new_pins);
        self.meta.put_index_entry(&registry.name, name, &entry, &restored).await?;
        Ok(Known::View(Arc::new(view)))
    }

    fn about(&self, registry: &RegistryEntry, name: &CrateName, kind: EventKind) -> Event {
        let mut event = self.recorder.own_event(kind, &registry.name).event;
        event.name = Some(name.clone());
        event
    }

    /// The conflicts that are not on record yet: an upstream may go on naming the same checksum for
    /// years, and is asked every minute.
    async fn conflicts(
        &self,
        registry: &RegistryEntry,
        name: &CrateName,
        merged: &Merged,
    ) -> Result<Vec<Event>, StoreError> {
        if merged.conflicts.is_empty() {
            return Ok(Vec::new());
        }
        let known = self.recorder.known_conflicts(&registry.name, name).await?;
        let new = merged
            .conflicts
            .iter()
            .filter(|conflict| !known.contains(&(conflict.version.clone(), conflict.offered)));
        let events = new.take(NAMED_IN_DETAIL).map(|conflict| {
            let mut event = self.about(registry, name, EventKind::ChecksumConflict);
            event.version = Some(conflict.version.clone());
            event.sha256 = Some(conflict.offered);
            event.decision = Some(Decision::Deny);
            event.rule = Some(PINNED.into());
            event.with_detail(&format!(
                "the upstream's index names {} now; {} is pinned and goes on being served",
                conflict.offered, conflict.pinned
            ))
        });
        Ok(events.collect())
    }

    fn dropped(
        &self,
        registry: &RegistryEntry,
        name: &CrateName,
        merged: &Merged,
    ) -> Option<Event> {
        let told: Vec<_> =
            merged.dropped.iter().filter(|d| d.reason != LineFault::Conflict).collect();
        let named: Vec<String> = told
            .iter()
            .take(NAMED_IN_DETAIL)
            .map(|dropped| format!("line {}: {}", dropped.number, dropped.reason))
            .collect();
        let mut event = self.about(registry, name, EventKind::IndexLineDropped);
        event.count = Some(told.len() as u64);
        (!told.is_empty()).then(|| event.with_detail(&named.join("; ")))
    }

    fn vanished(
        &self,
        registry: &RegistryEntry,
        name: &CrateName,
        old: &View,
        new: &View,
        merged: &Merged,
    ) -> Option<Event> {
        let gone: Vec<_> = old
            .lines
            .iter()
            .map(|line| &line.version)
            .filter(|version| new.line(version).is_none())
            .filter(|version| merged.conflicts.iter().all(|conflict| conflict.version != **version))
            .collect();
        let named: Vec<String> =
            gone.iter().take(NAMED_IN_DETAIL).map(ToString::to_string).collect();
        let mut event = self.about(registry, name, EventKind::UpstreamChanged);
        event.count = Some(gone.len() as u64);
        (!gone.is_empty()).then(|| {
            event.with_detail(&format!("no longer in the upstream's index: {}", named.join(", ")))
        })
    }
}

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use depaudit_model::cargo::{CrateName, Release};
use depaudit_model::event::CacheOutcome;
use depaudit_model::{Checksum, RegistryName, Timestamp};
use depaudit_policy::door::UpstreamStanding;
use depaudit_store::MetaStore;

use super::homes::Homes;
use super::memory::{Known, Memory};
use super::refresh::{Refresh, RefreshError, Refreshed};
use crate::cargo::view::View;
use crate::error::ProxyError;
use crate::flights::Flights;
use crate::record::Recorder;
use crate::registry::RegistryEntry;
use crate::settings::Settings;

/// How many freshness bounds old a view may be that is served because the upstream is slow. What is
/// older waits until the upstream has answered, or failed.
const PATIENCE_REACHES: u32 = 10;

/// Gives out index views.
#[derive(Debug)]
pub struct IndexService {
    flights: Flights<(RegistryName, CrateName), Result<Refreshed, RefreshError>>,
    refresh: Arc<Refresh>,
    freshness: Duration,
    patience: Duration,
}

/// A view, and how it was come by.
#[derive(Debug, Clone)]
pub struct Served {
    /// The view.
    pub view: Arc<View>,
    /// How old it is; the longest duration there is when the clock was set back.
    pub age: Duration,
    /// How the cache answered; [`CacheOutcome::Stale`] when it is older than promised.
    pub cache: CacheOutcome,
}

impl IndexService {
    /// Builds the service; opens nothing.
    #[must_use]
    pub fn new(settings: &Settings, meta: Arc<dyn MetaStore>, recorder: Arc<Recorder>) -> Self {
        let memory = Memory::new(settings.index_memory);
        Self {
            flights: Flights::default(),
            refresh: Arc::new(Refresh {
                memory,
                homes: Homes::new(),
                meta,
                recorder,
                freshness: settings.freshness,
            }),
            freshness: settings.freshness,
            patience: settings.patience,
        }
    }

    /// The view of the crate filed under `name` (lowercase); `None` when the upstream has none.
    ///
    /// Within the freshness bound it comes from memory; in the bound's second half it is renewed in
    /// the background. Beyond the bound the upstream is asked first, and what is known is served as
    /// stale only when no answer comes. A view whose age is not known (the clock was set back) counts
    /// as older than anything.
    ///
    /// # Errors
    /// [`ProxyError::Unavailable`] when nothing is stored and the upstream does not answer,
    /// [`ProxyError::BadUpstream`] when it answers with nonsense.
    pub async fn view(
        &self,
        registry: &Arc<RegistryEntry>,
        name: &CrateName,
    ) -> Result<Option<Served>, ProxyError> {
        let known = self.refresh.memory.get(&registry.name, name);
        if let Some(known) = &known {
            let age = self.age(known);
            let askable = registry.may_be_asked();
            if age <= self.freshness {
                if age > self.freshness / 2 && askable {
                    drop(self.start(registry, name, Some(known.clone())));
                }
                return Ok(self.served(known, CacheOutcome::Hit));
            }
            if !askable && let Some(stale) = self.served(known, CacheOutcome::Stale) {
                return Ok(Some(stale));
            }
        }
        let reach = self.freshness.saturating_mul(PATIENCE_REACHES);
        let may_be_stale = known
            .as_ref()
            .is_some_and(|known| matches!(known, Known::View(_)) && self.age(known) <= reach);
        let (landing, leader) = self.start(registry, name, known.clone());
        let landed = if may_be_stale {
            tokio::time::timeout(self.patience, landing).await.ok().flatten()
        } else {
            landing.await
        };
        match (landed, &known) {
            (Some(Ok(refreshed)), _) => {
                let cache = match (refreshed.asked, leader) {
                    (false, _) => CacheOutcome::Hit,
                    (true, true) => CacheOutcome::Miss,
                    (true, false) => CacheOutcome::Coalesced,
                };
                Ok(self.served(&refreshed.known, cache))
            }
            // The upstream is slow, or the store failed: what is known serves.
            (_, Some(known @ Known::View(_))) => Ok(self.served(known, CacheOutcome::Stale)),
            // That there was nothing some time ago is no answer while the upstream is away.
            (Some(Err(error)), _) => Err(error.into_proxy_error(&registry.name, name)),
            (None, _) => Err(ProxyError::Store("the request failed inside the proxy")),
        }
    }

    /// The internal registry that is known to have the crate that `asked` is asked for; `None` when
    /// `asked` is one of `internal` itself. Nobody is asked.
    ///
    /// # Errors
    /// When the store cannot be read: then nobody knows whose name it is.
    pub async fn home_of(
        &self,
        internal: &BTreeSet<RegistryName>,
        asked: &RegistryName,
        name: &CrateName,
    ) -> Result<Option<RegistryName>, ProxyError> {
        if internal.is_empty() || internal.contains(asked) {
            return Ok(None);
        }
        let Refresh { homes, meta, .. } = &*self.refresh;
        let home = homes.of(&**meta, internal, &name.to_index_key()).await;
        home.map_err(|_| ProxyError::Store("the store cannot be read"))
    }

    /// What is known of a release, its bytes' checksum above all; `None` when there is no such
    /// release.
    ///
    /// The upstream is asked only when what is known, fresh or not, does not name the release: a
    /// pinned checksum does not age. A release that is gone from the index, but was stored before,
    /// is still found, so that builds that locked it go on.
    ///
    /// # Errors
    /// As [`Self::view`].
    pub async fn find(
        &self,
        registry: &Arc<RegistryEntry>,
        release: &Release,
    ) -> Result<Option<Found>, ProxyError> {
        let key = release.name.to_index_key();
        let known = match self.refresh.memory.get(&registry.name, &key) {
            Some(known) => Some(known),
            None => self
                .refresh
                .load(registry, &key)
                .await
                .map_err(|_| ProxyError::Store("the store cannot be read"))?,
        };
        if let Some(Known::View(view)) = &known
            && let Some(found) = Found::in_view(view, release)
        {
            return Ok(Some(found));
        }
        let looked = self.view(registry, &key).await;
        if let Ok(Some(served)) = &looked
            && let Some(found) = Found::in_view(&served.view, release)
        {
            return Ok(Some(found));
        }
        if let Some(checksum) = self.refresh.stored_release(registry, release).await? {
            let view = looked.ok().flatten().map(|served| served.view);
            return Ok(Some(Found::gone(checksum, view)));
        }
        match looked? {
            Some(served) if served.cache == CacheOutcome::Stale => {
                Err(ProxyError::Unavailable(format!(
                    "{release} is not in the stored index, and the registry `{}` does not answer",
                    registry.name
                )))
            }
            _ => Ok(None),
        }
    }

    /// Gives up every refresh under way.
    pub(crate) fn abandon(&self) {
        self.flights.abandon();
    }

    /// Joins or starts the one refresh of an entry.
    fn start(
        &self,
        registry: &Arc<RegistryEntry>,
        name: &CrateName,
        known: Option<Known>,
    ) -> (impl Future<Output = Option<Result<Refreshed, RefreshError>>> + use<>, bool) {
        let key = (registry.name.clone(), name.clone());
        self.flights.join(&key, || {
            let refresh = Arc::clone(&self.refresh);
            let (registry, name) = (Arc::clone(registry), name.clone());
            async move { refresh.run(&registry, &name, known).await }
        })
    }

    fn age(&self, known: &Known) -> Duration {
        self.refresh.recorder.now().since(known.confirmed()).unwrap_or(Duration::MAX)
    }

    /// `cache`, unless it is too old for that.
    fn served(&self, known: &Known, cache: CacheOutcome) -> Option<Served> {
        let Known::View(view) = known else { return None };
        let age = self.age(known);
        let cache = if age <= self.freshness { cache } else { CacheOutcome::Stale };
        Some(Served { view: Arc::clone(view), age, cache })
    }
}

/// What the index says of a release.
#[derive(Debug, Clone)]
pub struct Found {
    /// What its bytes have to be.
    pub checksum: Checksum,
    /// When it was published, where the index says so.
    pub published: Option<Timestamp>,
    /// Whether its author withdrew it.
    pub yanked: bool,
    /// How the upstream stands to the pinned bytes.
    pub standing: UpstreamStanding,
    /// The view of the crate that was looked at, where there is one.
    pub view: Option<Arc<View>>,
}

impl Found {
    /// The spelling counts: `Serde` is another, absent, crate than `serde`, and no second cache key.
    fn in_view(view: &Arc<View>, release: &Release) -> Option<Self> {
        let line = view.line(&release.version).filter(|line| line.name == release.name)?;
        let contested = view.contested.contains(&line.version);
        Some(Self {
            checksum: line.checksum,
            published: line.published,
            yanked: line.yanked,
            standing: if contested { UpstreamStanding::Changed } else { UpstreamStanding::Same },
            view: Some(Arc::clone(view)),
        })
    }

    /// Stored before, and not in the index any more.
    fn gone(checksum: Checksum, view: Option<Arc<View>>) -> Self {
        let standing = UpstreamStanding::Deleted;
        Self { checksum, published: None, yanked: false, standing, view }
    }
}

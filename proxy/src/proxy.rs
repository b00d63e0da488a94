use std::sync::Arc;
use std::time::Duration;

use depaudit_model::{Checksum, Clock, Randomness, RegistryName, TeamId, Timestamp, TokenScope};
use depaudit_store::{AuditLog, BlobStore, MetaStore};

use crate::auth::Authenticator;
use crate::door::{AdvisorySource, Doorkeeper, Rules};
use crate::download::DownloadService;
use crate::error::ProxyError;
use crate::index::IndexService;
use crate::metrics::Metrics;
use crate::oidc::TokenExchange;
use crate::record::{PolicyOnRecord, Recorder};
use crate::registry::{Registries, RegistryEntry};
use crate::rival::Rivalry;
use crate::settings::{Authentication, Settings};
use crate::upstream::Upstream;
use crate::upstream::client::{HttpUpstream, UpstreamSetupError};
use crate::upstream::health::UpstreamState;
use crate::waivers;

/// How often counts and uses are written down.
const HOUSEKEEPING: Duration = Duration::from_secs(5);

/// What a proxy is made of; chosen by the binary, bent by tests.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Where crates are kept.
    pub blobs: Arc<dyn BlobStore>,
    /// Where the index is kept.
    pub meta: Arc<dyn MetaStore>,
    /// Where events go.
    pub log: Arc<dyn AuditLog>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Random bytes.
    pub randomness: Arc<dyn Randomness>,
    /// Where it counts.
    pub metrics: Metrics,
    /// At most this many bytes of crates are kept on disk; `None` keeps all.
    pub cache_bytes: Option<u64>,
}

/// The registry service. Give it requests through [`crate::handler::router`].
#[derive(Debug)]
pub struct Proxy {
    pub(crate) settings: Settings,
    pub(crate) registries: Registries,
    pub(crate) index: Arc<IndexService>,
    pub(crate) downloads: DownloadService,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) door: Doorkeeper,
    pub(crate) authenticator: Authenticator,
    pub(crate) exchange: Option<TokenExchange>,
    pub(crate) metrics: Metrics,
    pub(crate) parts: Parts,
    pub(crate) rivalry: Rivalry,
    waiver_turn: Arc<tokio::sync::Mutex<()>>,
}

impl Proxy {
    /// Whether anything at all needs a token.
    #[must_use]
    pub fn asks_for_tokens(&self) -> bool {
        self.authenticator.is_required_somewhere()
    }

    /// The valid token that a request with these headers presents, whatever needs one.
    ///
    /// # Errors
    /// As the registry's paths answer.
    pub async fn token(
        &self,
        headers: &http::HeaderMap,
    ) -> Result<depaudit_store::Token, ProxyError> {
        self.authenticator.holder(headers).await
    }

    /// Who asks for something that concerns `team` in every registry and that `wanted` opens; `None`
    /// where nothing at all needs a token.
    ///
    /// # Errors
    /// As the registry's paths answer, for a team that is not served too.
    pub async fn admit(
        &self,
        headers: &http::HeaderMap,
        team: &TeamId,
        wanted: TokenScope,
    ) -> Result<Option<String>, ProxyError> {
        let principal = self.authenticator.person(headers, team, wanted).await?;
        if self.names(team) {
            Ok(principal)
        } else {
            Err(ProxyError::NotFound("this team is not served here".to_owned()))
        }
    }

    /// Builds the service with upstreams over HTTP. The future writes outcomes and has to be run as a
    /// task; it ends when the proxy and every answer under way are gone.
    ///
    /// # Errors
    /// When an upstream's settings are unusable.
    pub fn new(
        settings: Settings,
        parts: Parts,
    ) -> Result<(Arc<Self>, impl Future<Output = ()> + Send + use<>), UpstreamSetupError> {
        let mut registries = Registries::new();
        for (name, upstream) in &settings.registries {
            let client: Arc<dyn Upstream> = Arc::new(HttpUpstream::new(upstream)?);
            let (meta, metrics) = (Arc::clone(&parts.meta), parts.metrics.clone());
            let entry = RegistryEntry::new(name.clone(), upstream, client, meta, metrics);
            registries.insert(name.clone(), Arc::new(entry));
        }
        let (recorder, outcomes) = Recorder::new(
            Arc::clone(&parts.log),
            Arc::clone(&parts.clock),
            Arc::clone(&parts.randomness),
            parts.metrics.clone(),
            settings.recording,
            settings.view_window,
        );
        let index =
            Arc::new(IndexService::new(&settings, Arc::clone(&parts.meta), Arc::clone(&recorder)));
        let downloads = DownloadService::new(
            &settings,
            Arc::clone(&index),
            Arc::clone(&parts.blobs),
            Arc::clone(&parts.meta),
            Arc::clone(&recorder),
            Arc::clone(&parts.clock),
            parts.metrics.clone(),
        );
        let metrics = parts.metrics.clone();
        let authenticator = Authenticator::new(
            &settings,
            Arc::clone(&parts.meta),
            Arc::clone(&parts.clock),
            parts.metrics.clone(),
        );
        let exchange = TokenExchange::new(&settings.issuers, &recorder, &parts)?;
        let door = Doorkeeper::new(Rules::default(), settings.index_memory, parts.clock.now());
        Ok((
            Arc::new(Self {
                settings,
                registries,
                index,
                downloads,
                recorder,
                door,
                authenticator,
                exchange,
                metrics,
                parts,
                rivalry: Rivalry::default(),
                waiver_turn: Arc::default(),
            }),
            outcomes,
        ))
    }

    /// Writes counts and uses down, and keeps the cache within its bytes, until it is dropped.
    pub async fn keep_house(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(HOUSEKEEPING);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.tidy_up(false).await;
        }
    }

    /// One round of [`Self::keep_house`]; with `all`, everything that is counted is written, as at the
    /// end of the process.
    pub async fn tidy_up(&self, all: bool) {
        self.recorder.close_windows(all).await;
        self.downloads.flush_uses().await;
        if let Some(exchange) = &self.exchange {
            exchange.forget_ended().await;
        }
        if let Some(most) = self.parts.cache_bytes {
            match crate::eviction::evict(&*self.parts.meta, &*self.parts.blobs, most).await {
                Ok(evicted) if evicted.blobs > 0 => {
                    self.recorder.evicted(evicted).await;
                    tracing::info!(
                        crates = evicted.blobs,
                        bytes = evicted.bytes,
                        "evicted from the cache"
                    );
                }
                Ok(_) => {}
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "the cache could not be brought within its bytes");
                }
            }
        }
        if let Ok(totals) = self.parts.meta.totals().await {
            self.metrics.cache_bytes.set(totals.blob_bytes.try_into().unwrap_or(i64::MAX));
            self.metrics.cache_blobs.set(totals.blobs.try_into().unwrap_or(i64::MAX));
        }
        self.show_policy();
        self.metrics.queue.set(self.recorder.queued().try_into().unwrap_or(i64::MAX));
    }

    /// Gives up everything that is being fetched. For the end of the process, when no answer waits for
    /// any of it: a fetch goes on when its askers have left, and would hold up the end.
    pub fn abandon_fetches(&self) {
        self.downloads.abandon();
        self.index.abandon();
    }

    /// How each upstream is doing.
    #[must_use]
    pub fn upstreams(&self) -> Vec<(RegistryName, UpstreamState)> {
        self.registries.values().map(|entry| (entry.name.clone(), entry.state())).collect()
    }

    /// The registry of this name.
    #[must_use]
    pub fn registry(&self, name: &RegistryName) -> Option<&Arc<RegistryEntry>> {
        self.registries.get(name)
    }

    /// The registries.
    #[must_use]
    pub const fn registries(&self) -> &Registries {
        &self.registries
    }

    /// The policy at the doors.
    #[must_use]
    pub const fn door(&self) -> &Doorkeeper {
        &self.door
    }

    /// Puts other rules in force, for every request that comes from now on; on record first.
    ///
    /// # Errors
    /// When that cannot be put on record: then the old rules stay in force.
    pub async fn change_policy(&self, rules: Rules) -> Result<(), ProxyError> {
        let digest = rules.door.digest();
        let advisories = match &rules.advisories {
            None => "no advisory database".to_owned(),
            Some(AdvisorySource::Read(read)) => format!("{} advisories", read.len()),
            Some(AdvisorySource::Unreadable) => "an unreadable advisory database".to_owned(),
        };
        let detail = format!("other rules are in force, with {advisories}");
        let since = self.policy_is(digest, &detail).await?;
        self.door.replace_policy(rules, since);
        self.metrics.policy.reloaded("read");
        self.policy_was_read();
        tracing::info!(
            policy = digest.map(tracing::field::display),
            advisories,
            "other rules are in force"
        );
        Ok(())
    }

    /// Begins without a policy and without advisories; on record, where that says that there was one.
    ///
    /// # Errors
    /// When that cannot be put on record.
    pub async fn begin_without_policy(&self) -> Result<(), ProxyError> {
        if self.policy_on_record().await?.is_some() {
            self.policy_is(None, "no policy is in force any more").await?;
        }
        Ok(())
    }

    async fn policy_on_record(&self) -> Result<Option<PolicyOnRecord>, ProxyError> {
        let Parts { meta, log, .. } = &self.parts;
        PolicyOnRecord::look_up(&**meta, &**log).await.map_err(|error| {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "which policy is on record cannot be read");
            ProxyError::Store("the record cannot be read at the moment")
        })
    }

    /// Says on record which policy is in force, unless that is the last word there. Gives since when it is.
    async fn policy_is(
        &self,
        digest: Option<Checksum>,
        told: &str,
    ) -> Result<Timestamp, ProxyError> {
        let last = self.policy_on_record().await?;
        if let Some(last) = last.as_ref().filter(|it| it.digest == digest && it.told == told) {
            self.rivalry.is_own(last.mark());
            return Ok(last.since);
        }
        let coming = PolicyOnRecord::coming(last.as_ref(), digest, told, self.recorder.now());
        self.parts.meta.mark_policy(&coming).await.map_err(|error| {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "which policy comes into force cannot be marked");
            ProxyError::Store("the policy cannot be put on record at the moment")
        })?;
        self.recorder.policy_changed(digest, told).await?;
        let said = self.policy_on_record().await?.filter(|said| said.digest == digest);
        let Some(said) = said else { return Ok(self.recorder.now()) };
        self.rivalry.is_own(said.mark());
        // Without it nothing is lost but that it is said again after a restart.
        if let Err(error) = self.parts.meta.mark_policy(&said.mark()).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "where the record tells of the policy is not marked");
        }
        Ok(said.since)
    }

    /// Puts the waivers that are kept in force: those that were granted, and by two persons where
    /// the policy asks for that. To be called again and again: another process may have changed them.
    ///
    /// # Errors
    /// When they cannot be read: those in force stay.
    pub async fn refresh_waivers(&self) -> Result<(), ProxyError> {
        let kept = self.parts.meta.waivers().await.map_err(|error| {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "the waivers cannot be read; those in force stay");
            ProxyError::Store("waivers cannot be read at the moment")
        })?;
        let two_persons = self.door.in_force().door().two_person_waivers();
        let permits = kept.iter().filter_map(|waiver| waivers::permit(waiver, two_persons));
        if self.door.replace_permits(permits.collect()) {
            tracing::info!("other waivers are in force");
        }
        Ok(())
    }

    /// The desk at which waivers are asked for, granted and ended.
    #[must_use]
    pub fn waiver_desk(&self) -> waivers::Desk {
        let in_force = self.door.in_force();
        waivers::Desk {
            meta: Arc::clone(&self.parts.meta),
            log: Arc::clone(&self.parts.log),
            clock: Arc::clone(&self.parts.clock),
            randomness: Arc::clone(&self.parts.randomness),
            turn: Arc::clone(&self.waiver_turn),
            two_persons: in_force.door().two_person_waivers(),
            longest_days: in_force.door().longest_waiver_days(),
        }
    }

    /// What should replace the rules cannot be read: the old ones stay in force, on record.
    ///
    /// # Errors
    /// When that cannot be put on record.
    pub async fn keep_policy(&self, why: &str) -> Result<(), ProxyError> {
        tracing::error!(why, "the rules cannot be replaced; the old ones stay in force");
        self.door.keep_in_spite_of(why.to_owned());
        self.metrics.policy.reloaded("broken");
        self.show_policy();
        let digest = self.door.in_force().digest();
        let detail = format!("the old rules stay in force: {why}");
        self.policy_is(digest, &detail).await.map(drop)
    }

    /// The files of the rules were read, and say what is in force.
    pub fn policy_was_read(&self) {
        self.door.was_read(self.recorder.now());
        self.show_policy();
    }

    fn show_policy(&self) {
        self.metrics.policy.show(&self.door.state(), self.recorder.now());
    }

    /// Index views.
    #[must_use]
    pub fn index(&self) -> &IndexService {
        &self.index
    }

    /// Crates.
    #[must_use]
    pub const fn downloads(&self) -> &DownloadService {
        &self.downloads
    }

    /// Whether a team is served. That of scans is wherever anybody may ask as one of the teams: whoever asks
    /// in its name learns nothing more, and leaves the receipts of the others alone.
    #[must_use]
    pub fn serves(&self, team: &TeamId) -> bool {
        self.names(team) || (team.is_of_scans() && self.serves_scans())
    }

    fn serves_scans(&self) -> bool {
        let Settings { teams, authentication, guarded, .. } = &self.settings;
        let mut teams = teams.iter().flatten();
        *authentication == Authentication::Required
            || teams.any(|team| !guarded.teams.contains(team))
    }

    /// Whether it is a team of this house.
    fn names(&self, team: &TeamId) -> bool {
        self.settings.teams.as_ref().is_none_or(|teams| teams.contains(team))
    }
}

//! What the record adds to what teams report: whether a lock's bytes came through here, and what stands
//! in for the locks of teams that never reported.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use depaudit_model::{Checksum, RegistryName, TeamId, Timestamp};
use depaudit_portfolio::question::{Receipts, Received};
use depaudit_portfolio::report::Source;
use depaudit_portfolio::{Download, Portfolio};
use depaudit_store::{AuditLog, EventFilter, EventOrder, StoreError};
use tokio::sync::Mutex;
use url::Url;

use super::refused::Refused;
use super::{Answers, Held};
use crate::pages::{Role, Visitor};

/// How many downloads stand in at most, of so many teams, crates, versions and principals.
const MOST: usize = 200_000;

/// What locks call the registries that go through the proxy.
#[derive(Debug, Clone, Default)]
pub struct Served(BTreeMap<RegistryName, Source>);

impl Served {
    /// These registries, each with the base of its sparse index.
    pub fn new<'a>(registries: impl IntoIterator<Item = (&'a RegistryName, &'a Url)>) -> Self {
        let named = registries.into_iter().filter_map(|(name, index)| {
            let source = if *name == RegistryName::crates_io() {
                Source::CratesIo
            } else {
                Source::Registry(format!("sparse+{index}").parse().ok()?)
            };
            Some((name.clone(), source))
        });
        Self(named.collect())
    }

    fn sources(&self) -> Vec<Source> {
        self.0.values().cloned().collect()
    }
}

/// What the record says of the bytes that locks hold.
///
/// # Errors
/// When the record cannot be read.
pub async fn receipts(
    log: &dyn AuditLog,
    portfolio: &Portfolio,
    served: &Served,
) -> Result<Receipts, StoreError> {
    let asked = Receipts::asked_by(portfolio, &served.sources());
    asked_of(log, Arc::new(asked), served).await
}

async fn asked_of(
    log: &dyn AuditLog,
    asked: Arc<HashSet<Checksum>>,
    served: &Served,
) -> Result<Receipts, StoreError> {
    let first = log.read(&EventFilter::default(), EventOrder::OldestFirst, 1).await?;
    let mut received = log.received(asked).await?;
    // What a scan compares with, nobody builds.
    received.retain(|it| !it.team.is_of_scans());
    let team =
        |it: depaudit_store::TeamReceived| Received { team: it.team, last: it.last, of: it.of };
    Ok(Receipts {
        begins: first.first().map(|stored| stored.event.time),
        served: served.sources(),
        teams: received.into_iter().map(team).collect(),
        only: None,
    })
}

/// What teams downloaded in the last days that have never reported.
///
/// # Errors
/// When the record cannot be read.
pub async fn downloads(
    log: &dyn AuditLog,
    portfolio: &Portfolio,
    receipts: &Receipts,
    served: &Served,
    now: Timestamp,
) -> Result<Vec<Download>, StoreError> {
    let reported: BTreeSet<_> = portfolio.reports().iter().map(|it| &it.origin.team).collect();
    let receiving = receipts.teams.iter().map(|it| &it.team);
    let silent: BTreeSet<TeamId> =
        receiving.filter(|team| !reported.contains(team)).cloned().collect();
    if silent.is_empty() {
        return Ok(Vec::new());
    }
    let window = Duration::from_secs(u64::from(Portfolio::DOWNLOAD_DAYS) * 24 * 60 * 60);
    let found = log.downloads(&silent, now.minus(window), MOST).await?;
    if found.len() == MOST {
        tracing::warn!(MOST, "more was downloaded by teams that never reported than is counted");
    }
    let download = |it: depaudit_store::Download| {
        let registry = it.registry.unwrap_or_else(RegistryName::crates_io);
        Some(Download {
            team: it.team,
            source: served.0.get(&registry)?.clone(),
            name: it.name.as_str().parse().ok()?,
            version: it.version,
            checksum: it.sha256,
            last: it.last,
        })
    };
    Ok(found.into_iter().filter_map(download).collect())
}

/// What is held of the record beside the reports.
#[derive(Debug)]
pub(super) struct Record {
    log: Arc<dyn AuditLog>,
    served: Served,
    /// Locked while the record is read: one at a time does it.
    seen: Mutex<Option<Asked>>,
}

#[derive(Debug)]
struct Asked {
    at: Timestamp,
    of: Arc<HashSet<Checksum>>,
    receipts: Arc<Receipts>,
    downloads: Arc<Vec<Download>>,
    seen: Seen,
}

/// Reports, with what the record adds.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// What was reported alone.
    pub(crate) reported: Arc<Held>,
    /// The same, where downloads stand in for teams that never reported.
    pub(crate) held: Arc<Held>,
    pub(crate) receipts: Arc<Receipts>,
}

impl Seen {
    /// As far as a visitor may see it: what every team received is an admin's to know, and others are
    /// told of their own team.
    pub(crate) fn by(self, visitor: &Visitor) -> (Arc<Held>, Arc<Receipts>) {
        match visitor.role() {
            Role::Admin => (self.held, self.receipts),
            Role::Reader(team) | Role::Owner(team) => {
                let only = Some(team.clone());
                (self.reported, Arc::new(Receipts { only, ..(*self.receipts).clone() }))
            }
        }
    }
}

impl Record {
    /// For how long the record's answer is believed: it is gone through for it.
    const FOR: Duration = Duration::from_secs(60);

    pub(super) fn new(log: Arc<dyn AuditLog>, served: Served) -> Self {
        Self { log, served, seen: Mutex::default() }
    }

    pub(super) async fn see(&self, held: Arc<Held>, now: Timestamp) -> Result<Seen, Refused> {
        let mut asked = self.seen.lock().await;
        // A clock that was set back makes an answer old, never young.
        let fresh = asked.take().filter(|it| it.at <= now && now < it.at.plus(Self::FOR));
        if let Some(it) = fresh.as_ref().filter(|it| Arc::ptr_eq(&it.seen.reported, &held)) {
            let seen = it.seen.clone();
            *asked = fresh;
            return Ok(seen);
        }
        let made = self.ask(held, fresh, now).await?;
        let seen = made.seen.clone();
        *asked = Some(made);
        Ok(seen)
    }

    /// Another report needs no other answer of the record, unless it locks what was not asked about.
    async fn ask(
        &self,
        held: Arc<Held>,
        fresh: Option<Asked>,
        now: Timestamp,
    ) -> Result<Asked, Refused> {
        let (about, sources) = (Arc::clone(&held), self.served.sources());
        let of = blocking(move || Receipts::asked_by(&about.portfolio, &sources)).await?;
        let (at, of, receipts, downloads) = match fresh.filter(|it| it.of.is_superset(&of)) {
            Some(it) => (it.at, it.of, it.receipts, it.downloads),
            None => {
                let of = Arc::new(of);
                let receipts = asked_of(&*self.log, Arc::clone(&of), &self.served).await?;
                let portfolio = &held.portfolio;
                let found = downloads(&*self.log, portfolio, &receipts, &self.served, now).await?;
                (now, of, Arc::new(receipts), Arc::new(found))
            }
        };
        let (reported, standing_in) = (Arc::clone(&held), Arc::clone(&downloads));
        let held = match downloads.is_empty() {
            true => Arc::clone(&held),
            false => blocking(move || Arc::new(stood_in(&held, &standing_in))).await?,
        };
        let seen = Seen { reported, held, receipts: Arc::clone(&receipts) };
        Ok(Asked { at, of, receipts, downloads, seen })
    }
}

fn stood_in(held: &Held, downloads: &[Download]) -> Held {
    Held {
        history: held.history.clone(),
        portfolio: held.portfolio.with_downloads(downloads.iter().cloned()),
        answers: Answers::new(held.answers.memory()),
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Refused> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Refused::Internal)
}

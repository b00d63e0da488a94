//! Many clients that each wait until their event is durable.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use depaudit_ledger::{SealKey, SigningKey};
use depaudit_model::event::{CacheOutcome, Client, Decision, Event, EventKind};
use depaudit_model::{Checksum, RegistryName, RequestId, TeamId, Timestamp};
use depaudit_store::sqlite::SqliteAuditLog;
use depaudit_store::{AuditLog, Record, Seals};
use serde::Serialize;
use tokio::task::JoinSet;

/// As many as a busy server has requests under way.
pub(super) const CLIENTS: u64 = 500;
const TEAMS: u64 = 32;
const CRATES: u64 = 2_000;
const VERSIONS: u64 = 10;
/// How many tokens a team has, and how many crates a lock.
const TOKENS: u64 = 8;
const LOCKED: u64 = 200;

/// Which events follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::bench) enum Mix {
    /// Any team's of any release: nothing that an index could profit from.
    Spread,
    /// As CI has them: each client takes one whole lock after the other, for one team and token; some
    /// crates are in most locks, and teams agree on most versions.
    Jobs,
}

/// A download.
#[derive(Debug, PartialEq, Eq)]
struct Download {
    team: u64,
    token: Option<u64>,
    name: u64,
    version: u64,
}

/// The same for the same number, and spread evenly.
fn spread(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20
}

impl Mix {
    /// What `client` asks for in its turn `turn`; `number` is that of the event.
    fn download(self, client: u64, turn: u64, number: u64) -> Download {
        match self {
            Self::Spread => {
                let spread = spread(number);
                let (team, rest) = (spread % TEAMS, spread / TEAMS);
                let (name, version) = (rest % CRATES, rest / CRATES % VERSIONS);
                Download { team, token: None, name, version }
            }
            Self::Jobs => {
                // Each job is of another repository; a repository's token and its lock stay the same.
                let job = spread(client + turn / LOCKED * CLIENTS);
                let team = job % TEAMS;
                let token = job / TEAMS % TOKENS;
                let place = turn % LOCKED;
                let chosen = spread((team * TOKENS + token) * LOCKED + place);
                // The third power: a fifth of the locked crates are among the first 16 of 2,000.
                let rank = chosen % CRATES;
                let name = rank * rank / CRATES * rank / CRATES;
                let chance = chosen / CRATES;
                let behind = if chance.is_multiple_of(4) { chance % VERSIONS } else { 0 };
                let version = (name + VERSIONS - behind) % VERSIONS;
                Download { team, token: Some(token), name, version }
            }
        }
    }
}

/// What writing took.
#[derive(Debug, Clone, Copy, Serialize)]
pub(in crate::bench) struct Written {
    pub(super) mix: Mix,
    pub(super) events: u64,
    pub(super) seconds: f64,
    /// How long it took to open the log again, with the state of its tree.
    pub(super) reopened_seconds: f64,
    pub(super) bytes: u64,
}

/// Each commit is sealed, as a server does it, with the key that the server will find.
#[derive(Debug)]
struct Sealed(Arc<[SealKey]>);

impl Sealed {
    fn with_key(data: &Path) -> anyhow::Result<Self> {
        let key = SigningKey::from_seed("example.com/bench".parse()?, [7; 32]);
        fs::create_dir_all(data)?;
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(data.join("ledger.key"))?;
        writeln!(file, "{}\nsealed", key.reveal())?;
        Ok(Self([key.seal_key()].into()))
    }
}

impl Seals for Sealed {
    fn keys(&self) -> Arc<[SealKey]> {
        Arc::clone(&self.0)
    }
}

/// Writes so many downloads, of many crates by many teams, always the same ones.
///
/// # Errors
/// When the folder cannot be written to.
pub(in crate::bench) fn write(data: &Path, events: u64, mix: Mix) -> anyhow::Result<Written> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let teams = (0..TEAMS).map(|team| format!("team-{team}").parse());
    let teams: Arc<[TeamId]> = teams.collect::<Result<_, _>>()?;
    let (seconds, log) = runtime.block_on(async {
        let log = Arc::new(SqliteAuditLog::open_sealed(data, Arc::new(Sealed::with_key(data)?))?);
        let began = Instant::now();
        let mut clients = JoinSet::new();
        for client in 0..CLIENTS {
            let (log, teams) = (Arc::clone(&log), Arc::clone(&teams));
            clients.spawn(async move {
                for (number, turn) in (client..events).step_by(CLIENTS as usize).zip(0..) {
                    let download = mix.download(client, turn, number);
                    log.append(vec![record(number, &download, &teams)?]).await?;
                }
                anyhow::Ok(())
            });
        }
        while let Some(ended) = clients.join_next().await {
            ended??;
        }
        anyhow::Ok((began.elapsed().as_secs_f64(), log))
    })?;
    runtime.block_on(log.close())?;
    drop(log);
    let began = Instant::now();
    let log = SqliteAuditLog::open(data)?;
    let reopened_seconds = began.elapsed().as_secs_f64();
    runtime.block_on(log.close())?;
    let bytes = std::fs::metadata(data.join("audit.sqlite")).context("there is no log")?.len();
    Ok(Written { mix, events, seconds, reopened_seconds, bytes })
}

fn record(number: u64, download: &Download, teams: &[TeamId]) -> anyhow::Result<Record> {
    let Download { team, token, name, version } = *download;
    let client = Client {
        address: Some("192.0.2.7".parse()?),
        user_agent: Some("cargo/1.95.0 (f2d3ce0bd 2026-03-21)".into()),
        salt: u128::from(number),
    };
    let time = Timestamp::from_millis(1_772_000_000_000 + number.cast_signed() * 10);
    let mut event = Event::new(EventKind::DownloadDecided, time);
    event.team = teams.get(team as usize).cloned();
    event.principal = token.map(|token| format!("{team:08x}{token:04x} ci"));
    event.registry = Some(RegistryName::crates_io());
    event.name = Some(format!("crate-{name}").parse()?);
    event.version = Some(format!("1.{version}.0").parse()?);
    event.sha256 = Some(Checksum::of(format!("{name} {version}").as_bytes()));
    event.bytes = Some(84_000);
    event.source = Some("upstream.example".into());
    event.cache = Some(CacheOutcome::Hit);
    event.decision = Some(Decision::Allow);
    event.policy = Some(Checksum::of(b"policy"));
    event.client = Some(client.commitment());
    event.request_id = Some(RequestId::new(time, number));
    Ok(Record { event, client: Some(client) })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_job_is_of_one_team_and_token_and_the_next_of_another() {
        let job = |first: u64| (first..first + LOCKED).map(|turn| Mix::Jobs.download(7, turn, 0));
        let who = |download: &Download| (download.team, download.token);
        let [first, second] = [0, LOCKED].map(|first| job(first).map(|it| who(&it)).collect());
        let [first, second]: [HashSet<_>; 2] = [first, second];
        assert_eq!((first.len(), second.len()), (1, 1));
        assert_ne!(first, second);
    }

    #[test]
    fn some_crates_are_in_most_locks_and_all_numbers_are_within_bounds() {
        let mut popular = 0;
        for number in 0..100_000 {
            let download = Mix::Jobs.download(number % CLIENTS, number / CLIENTS, number);
            assert!(download.team < TEAMS && download.name < CRATES && download.version < VERSIONS);
            popular += u64::from(download.name < CRATES / 100);
        }
        assert!((15_000..30_000).contains(&popular), "{popular}");
    }
}

//! Many clients that each wait until their event is durable.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use depaudit_model::event::{CacheOutcome, Client, Decision, Event, EventKind};
use depaudit_model::{Checksum, RegistryName, RequestId, TeamId, Timestamp};
use depaudit_store::sqlite::SqliteAuditLog;
use depaudit_store::{AuditLog, Record};
use serde::Serialize;
use tokio::task::JoinSet;

/// As many as a busy server has requests under way.
const CLIENTS: u64 = 500;
const TEAMS: u64 = 32;
const CRATES: u64 = 2_000;
const VERSIONS: u64 = 10;

/// What writing took.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Written {
    pub(super) events: u64,
    pub(super) seconds: f64,
    /// How long it took to open the log again, with the state of its tree.
    pub(super) reopened_seconds: f64,
    pub(super) bytes: u64,
}

/// Writes so many downloads, of many crates by many teams, always the same ones.
///
/// # Errors
/// When the folder cannot be written to.
pub(super) fn write(data: &Path, events: u64) -> anyhow::Result<Written> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let teams = (0..TEAMS).map(|team| format!("team-{team}").parse());
    let teams: Arc<[TeamId]> = teams.collect::<Result<_, _>>()?;
    let (seconds, log) = runtime.block_on(async {
        let log = Arc::new(SqliteAuditLog::open(data)?);
        let began = Instant::now();
        let mut clients = JoinSet::new();
        for client in 0..CLIENTS {
            let (log, teams) = (Arc::clone(&log), Arc::clone(&teams));
            clients.spawn(async move {
                for number in (client..events).step_by(CLIENTS as usize) {
                    log.append(vec![download(number, &teams)?]).await?;
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
    Ok(Written { events, seconds, reopened_seconds, bytes })
}

fn download(number: u64, teams: &[TeamId]) -> anyhow::Result<Record> {
    // Spreads over teams and crates without a pattern that an index could profit from.
    let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let (team, name) = (spread % TEAMS, (spread / TEAMS) % CRATES);
    let version = (spread / TEAMS / CRATES) % VERSIONS;
    let client = Client {
        address: Some("192.0.2.7".parse()?),
        user_agent: Some("cargo/1.95.0 (f2d3ce0bd 2026-03-21)".into()),
        salt: u128::from(number),
    };
    let time = Timestamp::from_millis(1_772_000_000_000 + number.cast_signed() * 10);
    let mut event = Event::new(EventKind::DownloadDecided, time);
    event.team = teams.get(team as usize).cloned();
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

//! `cargo xtask generate-ledger`: a large record, the same for the same seed.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use depaudit_model::event::{CacheOutcome, Client, Decision, Event, EventKind, Outcome};
use depaudit_model::{Checksum, RegistryName, RequestId, Timestamp};
use depaudit_store::sqlite::SqliteAuditLog;
use depaudit_store::{AuditLog as _, Record};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::say;

/// More is no record of any proxy, and fills a disk.
const MOST_EVENTS: u64 = 20_000_000;
/// So many events are handed to the store together, as a busy server does.
const BATCH: u64 = 5_000;
/// How many teams there are, tokens of each, and crates.
const TEAMS: u64 = 150;
const TOKENS: u64 = 8;
const CRATES: u64 = 3_000;
/// Each crate has a new version after so many events: teams move on to it at once.
const VERSION_EVERY: u64 = 400_000;
/// Every so many events another policy is in force.
const POLICY_EVERY: u64 = 250_000;
/// The first event's time, 2025-01-01, and how far apart events are: some 30 a second.
const BEGAN: i64 = 1_735_689_600_000;
const APART: i64 = 33;

/// Write a record of many events through the store: teams, crates and versions as in a busy company
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How many events, at most 20 million; a million takes about 590 MB
    #[arg(long)]
    events: u64,
    /// The data folder, which must have no record yet
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The same seed gives the same events
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    ensure!(arguments.events <= MOST_EVENTS, "at most {MOST_EVENTS} events are generated");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let began = Instant::now();
    runtime.block_on(async {
        let log = SqliteAuditLog::open(&arguments.data)?;
        ensure!(log.length().await? == 0, "there is a record in {}", arguments.data.display());
        let mut generator = Generator::new(arguments.seed);
        let mut written = 0;
        while written < arguments.events {
            let count = BATCH.min(arguments.events - written);
            let records = (written..written + count).map(|number| generator.record(number));
            log.append(records.collect::<anyhow::Result<_>>()?).await?;
            written += count;
        }
        log.close().await?;
        anyhow::Ok(())
    })?;
    let seconds = began.elapsed().as_secs_f64();
    let size = std::fs::metadata(arguments.data.join("audit.sqlite"))?.len() >> 20;
    say::note(format_args!("{} events in {seconds:.0} s, {size} MiB", arguments.events));
    Ok(())
}

struct Generator {
    random: StdRng,
    /// The decision whose outcome comes next.
    decided: Option<Event>,
}

impl Generator {
    fn new(seed: u64) -> Self {
        Self { random: StdRng::seed_from_u64(seed), decided: None }
    }

    /// A decision and its outcome, mostly; between them views and first sights.
    fn record(&mut self, number: u64) -> anyhow::Result<Record> {
        let time = Timestamp::from_millis(BEGAN + APART * number.cast_signed());
        if let Some(decided) = self.decided.take() {
            let mut event = decided;
            event.kind = EventKind::DownloadFinished;
            event.time = time;
            event.decision = None;
            event.policy = None;
            event.client = None;
            event.outcome = Some(Outcome::Complete);
            return Ok(Record { event, client: None });
        }
        // The first crates are asked for most, as on any registry: crate 0 by every fifth request.
        let skewed = self.random.random::<f64>().powi(5);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "between 0 and the number of crates"
        )]
        let crate_number = (skewed * CRATES as f64) as u64;
        let minor = (number + crate_number * 131) / VERSION_EVERY;
        let kind = match self.random.random_range(0..1_000_u32) {
            0 => EventKind::FirstSeen,
            1..150 => EventKind::IndexServed,
            _ => EventKind::DownloadDecided,
        };
        let mut event = Event::new(kind, time);
        event.registry = Some(RegistryName::crates_io());
        event.name = Some(format!("crate-{crate_number}").parse().context("a crate's name")?);
        let version = semver::Version::new(1, minor, 0);
        let release = Checksum::of(format!("{crate_number} {version}").as_bytes());
        if kind == EventKind::FirstSeen {
            event.version = Some(version);
            event.sha256 = Some(release);
            event.source = Some("upstream.example".to_owned());
            return Ok(Record { event, client: None });
        }
        let team = self.random.random_range(0..TEAMS);
        event.team = Some(format!("team-{team}").parse()?);
        event.principal = Some(format!("{team:08x}{:04x} ci", self.random.random_range(0..TOKENS)));
        event.policy = Some(Checksum::of(&(number / POLICY_EVERY).to_be_bytes()));
        event.cache = Some(CacheOutcome::Hit);
        event.request_id = Some(RequestId::new(time, self.random.random()));
        let client = Client {
            address: Some([10, 0, 0, self.random.random()].into()),
            user_agent: Some("cargo/1.95.0".to_owned()),
            salt: self.random.random(),
        };
        event.client = Some(client.commitment());
        if kind == EventKind::IndexServed {
            event.sha256 = Some(Checksum::of(format!("view {crate_number} {minor}").as_bytes()));
            return Ok(Record { event, client: Some(client) });
        }
        event.version = Some(version);
        event.sha256 = Some(release);
        event.bytes = Some(84_000);
        if self.random.random_range(0..500_u32) == 0 {
            event.decision = Some(Decision::Deny);
            event.rule = Some("advisory".to_owned());
        } else {
            event.decision = Some(Decision::Allow);
            self.decided = Some(event.clone());
        }
        Ok(Record { event, client: Some(client) })
    }
}

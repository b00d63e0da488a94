//! `depaudit reconcile`

mod report;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use depaudit_model::cargo::{Release, is_crates_io_lock_source};
use depaudit_model::{LockedCrate, OnRecord, RegistryName, Standing, TeamId};
use depaudit_store::{AuditLog, KnownBytes};

use super::prefetch::lock::{Wanted, read_lock};
use crate::args::{DataFolder, ServerUrl, TokenSource};
use crate::backend;
use crate::config::values::{IndexUrl, UpstreamFlag};
use crate::exit::Exit;
use crate::facts::RecordClient;
use crate::output::{Out, write_json_line};

use report::{NotCovered, Report, Row, SCHEMA};

/// In whose name a server is asked where no team is named.
const TEAM: &str = "depaudit-reconcile";

/// Hold every locked checksum against the record: was it served, and to whom
///
/// A crate is `served`, `served-to-others` (with --team), `never-served` (the build went past the
/// proxy), or `conflicting` (the record knows another checksum for this name and version). What comes
/// from git or a folder stands on no record and is listed as not covered.
///
/// Ends with 1 when something was never served or is conflicting.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  depaudit reconcile Cargo.lock --team payments --server https://depaudit.example
  depaudit reconcile --data depaudit-data services/*/Cargo.lock --csv")]
pub struct ReconcileArgs {
    /// Cargo.lock files
    #[arg(required = true, value_name = "CARGO_LOCK")]
    locks: Vec<PathBuf>,
    /// The team whose locks these are; without it, a download by anybody counts
    #[arg(long)]
    team: Option<TeamId>,
    /// Ask this depaudit server
    #[arg(long, value_name = "URL", conflicts_with = "path")]
    server: Option<ServerUrl>,
    #[command(flatten)]
    token: TokenSource,
    #[command(flatten)]
    data: DataFolder,
    /// The name that the server has for another registry, and its index; repeatable
    #[arg(long, value_name = "NAME=SPARSE_URL")]
    registry: Vec<UpstreamFlag>,
    /// One JSON object, with every field
    #[arg(long)]
    json: bool,
    /// Comma-separated values: a row for each locked crate
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

/// What the locks hold of each registry, and which locks hold it.
type Locked = BTreeMap<RegistryName, BTreeMap<LockedCrate, BTreeSet<String>>>;

/// Runs the command.
///
/// # Errors
/// When a lock cannot be read, the record cannot be asked, or standard output takes no more.
pub fn run(args: &ReconcileArgs) -> anyhow::Result<Exit> {
    let (locked, not_covered) = read(args)?;
    let rows = super::block_on(ask(args, locked))?;
    let mut counts = BTreeMap::new();
    for standing in Standing::ALL {
        let count = rows.iter().filter(|row| row.on_record.standing == standing).count();
        counts.insert(standing.as_str(), count);
    }
    counts.insert("not-covered", not_covered.len());
    let report =
        Report { schema: SCHEMA, team: args.team.clone(), counts, crates: rows, not_covered };
    let mut out = Out::new();
    if args.json {
        write_json_line(&mut out, &report).context("cannot print the answer")?;
    } else if args.csv {
        report::sheet(&mut out, &report).context("cannot print the answer")?;
    } else {
        report::people(&mut out, &report, Out::columns()).context("cannot print the answer")?;
    }
    out.flush()?;
    Ok(if report.is_negative() { Exit::Negative } else { Exit::Done })
}

fn read(args: &ReconcileArgs) -> anyhow::Result<(Locked, Vec<NotCovered>)> {
    let (mut locked, mut not_covered) = (Locked::new(), BTreeSet::new());
    for path in &args.locks {
        let lock = path.display().to_string();
        let mut wanted = BTreeSet::new();
        let elsewhere = read_lock(path, &mut wanted)?;
        let mut cannot =
            |package, why| not_covered.insert(NotCovered { package, why, lock: lock.clone() });
        for package in elsewhere.git {
            cannot(package, "from git");
        }
        for package in elsewhere.folder {
            cannot(package, "from a folder");
        }
        for Wanted { release, source, checksum } in wanted {
            let shown = format!("{release} from {source}");
            let Release { name, version } = release;
            match (registry_of(&source, &args.registry), checksum) {
                (None, _) => {
                    cannot(shown, "from a registry that --registry does not name");
                }
                (Some(_), None) => {
                    cannot(shown, "without a checksum");
                }
                (Some(registry), Some(sha256)) => {
                    let of_registry = locked.entry(registry).or_default();
                    let holders =
                        of_registry.entry(LockedCrate { name, version, sha256 }).or_default();
                    holders.insert(lock.clone());
                }
            }
        }
    }
    Ok((locked, not_covered.into_iter().collect()))
}

fn registry_of(source: &str, named: &[UpstreamFlag]) -> Option<RegistryName> {
    if is_crates_io_lock_source(source) {
        return Some(RegistryName::crates_io());
    }
    let index: IndexUrl = source.strip_prefix("sparse+")?.parse().ok()?;
    named.iter().find(|flag| flag.index == index).map(|flag| flag.name.clone())
}

async fn ask(args: &ReconcileArgs, locked: Locked) -> anyhow::Result<Vec<Row>> {
    let server = match &args.server {
        Some(server) => {
            let team = args.team.clone().map_or_else(|| TEAM.parse(), Ok)?;
            Some(RecordClient::new(server, team, args.token.token()?)?)
        }
        None => None,
    };
    let log = match &server {
        Some(_) => None,
        None => Some(backend::open_log(&args.data.path)?),
    };
    let mut rows = Vec::new();
    for (registry, crates) in locked {
        let wanted: Vec<_> = crates.keys().cloned().collect();
        let answers = match (&server, &log) {
            (Some(server), _) => {
                let answers = server.ask(&registry, &wanted).await;
                answers.context("the server cannot be asked")?
            }
            (None, Some(log)) => from_log(&**log, &registry, args.team.as_ref(), &wanted).await?,
            (None, None) => Vec::new(),
        };
        rows.extend(crates.into_iter().zip(answers).map(|((locked, locks), mut on_record)| {
            // Whoever names no team means everybody, and a server is always asked in some name.
            if args.team.is_none() && on_record.standing == Standing::ServedToOthers {
                on_record.standing = Standing::Served;
            }
            Row {
                registry: registry.clone(),
                locked,
                on_record,
                locks: locks.into_iter().collect(),
            }
        }));
    }
    Ok(rows)
}

async fn from_log(
    log: &dyn AuditLog,
    registry: &RegistryName,
    team: Option<&TeamId>,
    wanted: &[LockedCrate],
) -> anyhow::Result<Vec<OnRecord>> {
    let releases: Vec<_> = wanted.iter().map(LockedCrate::release).collect();
    let known = log.known_bytes(registry, team, &releases).await?;
    let pairs = wanted.iter().zip(known);
    let stand = |(locked, known): (&LockedCrate, Vec<KnownBytes>)| {
        KnownBytes::stand(&known, &locked.sha256, team.is_some())
    };
    Ok(pairs.map(stand).collect())
}

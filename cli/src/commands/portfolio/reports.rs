use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, ensure};
use clap::Args;
use depaudit_model::{RegistryName, Timestamp};
use depaudit_portfolio::question::Receipts;
use depaudit_portfolio::report::{EncodedReport, LARGEST, Report};
use depaudit_portfolio::{Download, History, Portfolio};
use depaudit_store::MetaStore;
use depaudit_web::Served;
use tame_index::index::sparse::CRATES_IO_HTTP_INDEX;

use crate::args::{DataFolder, Next};
use crate::backend;
use crate::commands::block_on;
use crate::config::values::{IndexUrl, UpstreamFlag};

/// Where the reports are.
#[derive(Debug, Clone, Args)]
pub(super) struct Reports {
    /// A file with a report, or a folder of such files (`*.json`); repeatable. Without any, those in the
    /// data folder of a server
    #[arg(long, value_name = "PATH", global = true)]
    reports: Vec<PathBuf>,
    /// Data folder of the server
    #[arg(long, value_name = "DIR", env = "DEPAUDIT_DATA", global = true)]
    #[arg(default_value = crate::config::serve::DEFAULT_DATA)]
    data: PathBuf,
    /// The name that the server has for another registry, and its index; repeatable
    #[arg(long, value_name = "NAME=SPARSE_URL", global = true)]
    registry: Vec<UpstreamFlag>,
}

/// What the record beside the reports adds.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// Absent where reports are files.
    pub(super) receipts: Option<Receipts>,
    pub(super) downloads: Vec<Download>,
}

impl Reports {
    pub(super) fn read(&self) -> anyhow::Result<History> {
        if self.reports.is_empty() {
            return Ok(History::new(of_server(&DataFolder { path: self.data.clone() })?));
        }
        let mut found = Vec::new();
        for path in &self.reports {
            if path.is_dir() {
                found.extend(in_folder(path)?);
            } else {
                found.push(in_file(path)?);
            }
        }
        Ok(History::new(found))
    }

    /// The data folder of the server.
    pub(super) fn data(&self) -> &Path {
        &self.data
    }

    /// A command that goes by the same reports.
    pub(super) fn next(&self, next: Next) -> Next {
        let next = self.reports.iter().fold(next, |it, path| it.flag("--reports", path.display()));
        if self.reports.is_empty() { next.on(&self.data) } else { next }
    }

    /// What the server stores, where reports are no files.
    pub(super) fn meta(&self) -> anyhow::Result<Option<Arc<dyn MetaStore>>> {
        if self.reports.is_empty() { backend::open_meta(&self.data) } else { Ok(None) }
    }

    /// What the server's record says of what these reports lock.
    pub(super) fn record(&self, portfolio: &Portfolio, now: Timestamp) -> anyhow::Result<Record> {
        if !self.reports.is_empty() {
            return Ok(Record::default());
        }
        let log = backend::open_log(&self.data)?;
        let crates_io = (RegistryName::crates_io(), CRATES_IO_HTTP_INDEX.parse::<IndexUrl>()?.0);
        let named = self.registry.iter().map(|flag| (&flag.name, &flag.index.0));
        let served = Served::new(named.chain([(&crates_io.0, &crates_io.1)]));
        block_on(async {
            let receipts = depaudit_web::receipts(&*log, portfolio, &served).await?;
            let downloads =
                depaudit_web::downloads(&*log, portfolio, &receipts, &served, now).await?;
            Ok(Record { receipts: Some(receipts), downloads })
        })
    }
}

fn of_server(data: &DataFolder) -> anyhow::Result<Vec<Report>> {
    let place = data.path.display();
    let meta = backend::open_meta(&data.path)?;
    let meta = meta.with_context(|| format!("{place} is no data folder of a server"))?;
    let kept = block_on(async { Ok(meta.reports().await?) })?;
    let read = kept.iter().map(|kept| {
        let unread = || format!("the report {} in {place} cannot be read", kept.digest);
        let bytes = depaudit_web::unpack_report(&kept.body).with_context(unread)?;
        Ok(EncodedReport::read(&bytes).with_context(unread)?.into_report())
    });
    read.collect()
}

fn in_folder(folder: &Path) -> anyhow::Result<Vec<Report>> {
    let listing = || format!("cannot list {}", folder.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).with_context(listing)? {
        let path = entry.with_context(listing)?.path();
        if path.extension().is_some_and(|end| end == "json") {
            paths.push(path);
        }
    }
    paths.sort();
    ensure!(!paths.is_empty(), "there is no report (*.json) in {}", folder.display());
    paths.iter().map(|path| in_file(path)).collect()
}

fn in_file(path: &Path) -> anyhow::Result<Report> {
    let unread = || format!("cannot read the report {}", path.display());
    let mut bytes = Vec::new();
    let file = File::open(path).with_context(unread)?;
    // One byte more than a report can have tells that there are too many.
    file.take(LARGEST as u64 + 1).read_to_end(&mut bytes).with_context(unread)?;
    Ok(EncodedReport::read(&bytes).with_context(unread)?.into_report())
}

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use depaudit_model::Checksum;
use depaudit_portfolio::report::{EncodedReport, OverrideRecord, Report};
use depaudit_portfolio::{History, Portfolio};
use depaudit_store::{KeptReport, MetaStore};
use tokio::sync::Mutex;

use super::answers::SharedMemory;
use super::refused::Refused;
use super::{Answers, body};

/// What is held of the reports: each is read once, and what was indexed stays indexed when another one
/// comes. The store tells what there is, whoever wrote it.
#[derive(Debug)]
pub(super) struct Holdings {
    meta: Arc<dyn MetaStore>,
    /// Locked while reports are read: one at a time does it, and the others wait for it.
    kept: Mutex<Option<Kept>>,
    memory: SharedMemory,
}

#[derive(Debug)]
struct Kept {
    /// The store's version from before it was asked what there is.
    version: u64,
    reports: HashMap<Checksum, Option<Arc<Report>>>,
    held: Arc<Held>,
}

/// The reports, indexed.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) history: History,
    pub(crate) portfolio: Portfolio,
    /// What was asked of them.
    pub(crate) answers: Answers,
}

impl Holdings {
    pub(super) fn new(meta: Arc<dyn MetaStore>) -> Self {
        Self { meta, kept: Mutex::default(), memory: SharedMemory::default() }
    }

    pub(super) async fn get(&self) -> Result<Arc<Held>, Refused> {
        let mut kept = self.kept.lock().await;
        let version = self.meta.token_version().await?;
        if let Some(kept) = &mut *kept {
            if kept.version == version {
                return Ok(Arc::clone(&kept.held));
            }
            let digests: HashSet<_> = self.meta.report_digests().await?.into_iter().collect();
            if digests.len() == kept.reports.len() && digests.iter().all(|it| kept.has(it)) {
                kept.version = version;
                return Ok(Arc::clone(&kept.held));
            }
        }
        let reports = self.read(kept.as_ref()).await?;
        let held = self.index(&reports, kept.as_ref().map(|kept| Arc::clone(&kept.held))).await?;
        *kept = Some(Kept { version, reports, held: Arc::clone(&held) });
        Ok(held)
    }

    /// Every report there is; those that are known are not read again. One that cannot be read any more
    /// is left out and said, once: the others are worth an answer.
    async fn read(
        &self,
        kept: Option<&Kept>,
    ) -> Result<HashMap<Checksum, Option<Arc<Report>>>, Refused> {
        let mut reports = HashMap::new();
        for digest in self.meta.report_digests().await? {
            let known = kept.and_then(|kept| kept.reports.get(&digest));
            let report = match known {
                Some(known) => known.clone(),
                None => {
                    // Forgotten since it was listed.
                    let Some(found) = self.meta.report(&digest).await? else { continue };
                    let reading = tokio::task::spawn_blocking(move || read(&found)).await;
                    reading.map_err(|_| Refused::Internal)?
                }
            };
            reports.insert(digest, report);
        }
        Ok(reports)
    }

    async fn index(
        &self,
        reports: &HashMap<Checksum, Option<Arc<Report>>>,
        earlier: Option<Arc<Held>>,
    ) -> Result<Arc<Held>, Refused> {
        let reports: Vec<_> = reports.values().flatten().cloned().collect();
        let memory = self.memory.clone();
        let indexing = move || {
            let history = History::new(reports);
            let portfolio = match earlier {
                Some(earlier) => history.now_after(&earlier.portfolio),
                None => history.now(),
            };
            Arc::new(Held { history, portfolio, answers: Answers::new(memory) })
        };
        tokio::task::spawn_blocking(indexing).await.map_err(|_| Refused::Internal)
    }
}

impl Kept {
    fn has(&self, digest: &Checksum) -> bool {
        self.reports.contains_key(digest)
    }
}

fn read(kept: &KeptReport) -> Option<Arc<Report>> {
    let unpacked = body::unpack(&kept.body).ok();
    let read = unpacked.and_then(|bytes| EncodedReport::read(&bytes).ok());
    if read.is_none() {
        tracing::error!(digest = %kept.digest, "a report that is kept cannot be read");
    }
    let mut report = read?.into_report();
    // No question asks for the text, and that of a month of reports is more than memory should hold.
    report.overrides.iter_mut().for_each(OverrideRecord::leave_out_files);
    Some(Arc::new(report))
}

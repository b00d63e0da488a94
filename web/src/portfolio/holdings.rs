use std::sync::{Arc, Mutex, PoisonError};

use depaudit_portfolio::report::{EncodedReport, OverrideRecord};
use depaudit_portfolio::{History, Portfolio};
use depaudit_store::{KeptReport, MetaStore};

use super::refused::Refused;
use super::{Answers, body};

/// What is held of the reports: read and indexed once, and again when another one came.
#[derive(Debug)]
pub(super) struct Holdings {
    meta: Arc<dyn MetaStore>,
    held: Mutex<Option<Arc<Held>>>,
    /// One at a time reads them all.
    reading: tokio::sync::Mutex<()>,
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
        Self { meta, held: Mutex::default(), reading: tokio::sync::Mutex::default() }
    }

    /// Another report came: the next question reads them anew.
    pub(super) fn forget(&self) {
        self.put(None);
    }

    pub(super) async fn get(&self) -> Result<Arc<Held>, Refused> {
        let _one = self.reading.lock().await;
        if let Some(held) = self.held.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            return Ok(held);
        }
        let kept = self.meta.reports().await?;
        let held = tokio::task::spawn_blocking(move || index(&kept)).await;
        let held = Arc::new(held.map_err(|_| Refused::Internal)?);
        self.put(Some(Arc::clone(&held)));
        Ok(held)
    }

    fn put(&self, held: Option<Arc<Held>>) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = held;
    }
}

/// A report that cannot be read any more is left out and said: the others are worth an answer.
fn index(kept: &[KeptReport]) -> Held {
    let read = |kept: &KeptReport| {
        let unpacked = body::unpack(&kept.body).ok();
        let read = unpacked.and_then(|bytes| EncodedReport::read(&bytes).ok());
        if read.is_none() {
            tracing::error!(digest = %kept.digest, "a report that is kept cannot be read");
        }
        let mut report = read?.into_report();
        // No question asks for the text, and that of a month of reports is more than memory should hold.
        report.overrides.iter_mut().for_each(OverrideRecord::leave_out_files);
        Some(report)
    };
    let history = History::new(kept.iter().filter_map(read));
    let portfolio = history.now();
    Held { history, portfolio, answers: Answers::default() }
}

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use depaudit_model::event::{Decision, Event, EventKind};
use depaudit_model::{Checksum, RequestId};
use depaudit_store::sqlite::SqliteAuditLog;
use depaudit_store::{AuditLog, EventFilter, EventOrder};

/// What a client holds complete.
#[derive(Debug)]
pub(crate) enum Answered {
    Download { id: RequestId, sha256: Checksum },
    View { sha256: Checksum },
}

/// The record of a server that was killed again and again, as far as it was looked at.
#[derive(Debug)]
pub(crate) struct RecordSoFar {
    data: PathBuf,
    length: u64,
    decided: HashSet<RequestId>,
}

impl RecordSoFar {
    pub(crate) fn of(data: &Path) -> Self {
        Self { data: data.to_owned(), length: 0, decided: HashSet::new() }
    }

    /// Looks at what one life of the server has added: nothing is missing in between, every decision is
    /// there once, and so is that of every answer.
    pub(crate) async fn assert_whole(&mut self, answered: &[Answered]) {
        let log = SqliteAuditLog::open_read_only(&self.data).expect("a log");
        let new = EventFilter { from: self.length, ..EventFilter::default() };
        let new = log.read(&new, EventOrder::OldestFirst, usize::MAX).await.expect("events");
        let mut views = HashSet::new();
        let mut downloads = HashSet::new();
        for stored in new {
            assert_eq!(stored.index, self.length, "there is no gap");
            self.length += 1;
            let Event { kind, request_id, sha256, decision, .. } = stored.event;
            match (kind, request_id) {
                (EventKind::IndexServed, _) => views.extend(sha256),
                (EventKind::DownloadDecided, Some(id)) => {
                    assert!(self.decided.insert(id.clone()), "{id} was decided twice");
                    assert_eq!(decision, Some(Decision::Allow), "{id}");
                    downloads.extend(sha256.map(|sha256| (id, sha256)));
                }
                _ => {}
            }
        }
        assert_eq!(log.length().await.expect("a length"), self.length);
        for answer in answered {
            let there = match answer {
                Answered::Download { id, sha256 } => downloads.contains(&(id.clone(), *sha256)),
                Answered::View { sha256 } => views.contains(sha256),
            };
            assert!(there, "answered and not on record: {answer:?}");
        }
    }
}

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use depaudit_model::Clock;
use depaudit_model::event::{Event, EventKind, Outcome};
use depaudit_store::Record;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::mpsc;

/// How an answer to a download ended; becomes its `download-finished` event.
#[derive(Debug)]
pub struct OutcomeNote {
    event: Event,
}

impl OutcomeNote {
    pub(super) fn into_record(self) -> Record {
        Record { event: self.event, client: None }
    }
}

/// A body that reports how it ended: whole, left by the client, or broken off.
///
/// "Whole" means that every byte was handed to the connection. Whether the client's machine took the
/// last packet is not known to anybody but the client.
pub struct Tracked<B> {
    body: B,
    report: Option<Report>,
    sent: u64,
}

struct Report {
    decided: Event,
    clock: Arc<dyn Clock>,
    to: mpsc::UnboundedSender<OutcomeNote>,
    expected: u64,
    failed: bool,
}

impl<B> Tracked<B> {
    /// Follows `body`, the answer to the download that `decided` put on record. `expected` is how many
    /// bytes a whole answer has; `u64::MAX` when that is not known before its end.
    pub fn new(
        body: B,
        decided: &Event,
        expected: u64,
        clock: Arc<dyn Clock>,
        to: mpsc::UnboundedSender<OutcomeNote>,
    ) -> Self {
        let report = Report { decided: decided.clone(), clock, to, expected, failed: false };
        Self { body, report: Some(report), sent: 0 }
    }

    /// Reports nothing: there was no answer after all, or another body follows it.
    pub fn forget(mut self) {
        self.report = None;
    }

    fn finish(&mut self, ended: bool) {
        let Some(report) = self.report.take() else { return };
        let outcome = if report.failed {
            Outcome::Failed
        } else if ended || self.sent >= report.expected {
            Outcome::Complete
        } else {
            Outcome::Aborted
        };
        let mut event = Event::new(EventKind::DownloadFinished, report.clock.now());
        let decided = report.decided;
        event.team = decided.team;
        event.principal = decided.principal;
        event.registry = decided.registry;
        event.name = decided.name;
        event.version = decided.version;
        event.sha256 = decided.sha256;
        event.cache = decided.cache;
        event.request_id = decided.request_id;
        event.bytes = Some(self.sent);
        event.outcome = Some(outcome);
        // Nobody listens any more only when the process is at its end.
        let _ = report.to.send(OutcomeNote { event });
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Tracked<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                self.sent += frame.data_ref().map_or(0, |data| data.len() as u64);
            }
            Poll::Ready(Some(Err(_))) => {
                if let Some(report) = &mut self.report {
                    report.failed = true;
                }
                self.finish(false);
            }
            Poll::Ready(None) => self.finish(true),
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B> Drop for Tracked<B> {
    fn drop(&mut self) {
        self.finish(false);
    }
}

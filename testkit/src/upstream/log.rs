use http::{HeaderMap, Method, Request};
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::{matches, patience};

/// A request as it came.
#[derive(Debug, Clone)]
pub struct SeenRequest {
    /// The method.
    pub method: Method,
    /// The path as it was sent, still percent-encoded, without a query.
    pub path: String,
    /// What stood after `?`.
    pub query: Option<String>,
    /// The headers, names in lower case.
    pub headers: HeaderMap,
}

impl SeenRequest {
    pub(super) fn of<B>(request: &Request<B>) -> Self {
        Self {
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            query: request.uri().query().map(str::to_owned),
            headers: request.headers().clone(),
        }
    }

    /// Whether the path matches, as in [`FakeUpstream::on`](super::FakeUpstream::on).
    #[must_use]
    pub fn is_for(&self, pattern: &str) -> bool {
        matches(pattern, &self.path)
    }

    /// The header's value, or `None` when it was not sent or is no visible ASCII.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// All requests, and a way to wait for more.
#[derive(Debug, Default)]
pub(super) struct Log {
    seen: watch::Sender<Vec<SeenRequest>>,
}

impl Log {
    pub(super) fn push(&self, request: SeenRequest) {
        self.seen.send_modify(|seen| seen.push(request));
    }

    pub(super) fn all(&self) -> Vec<SeenRequest> {
        self.seen.borrow().clone()
    }

    pub(super) fn count(&self, wanted: impl Fn(&SeenRequest) -> bool) -> usize {
        self.seen.borrow().iter().filter(|request| wanted(request)).count()
    }

    pub(super) fn clear(&self) {
        self.seen.send_modify(Vec::clear);
    }

    pub(super) async fn wait_for(&self, runtime: &Handle, pattern: String, count: usize) {
        let wanted = pattern.clone();
        let reached = patience::until(runtime, self.seen.subscribe(), move |seen| {
            seen.iter().filter(|request| request.is_for(&wanted)).count() >= count
        });
        assert!(
            reached.await,
            "fewer than {count} requests came for `{pattern}`; these came: {:?}",
            self.all().iter().map(|request| request.path.as_str()).collect::<Vec<_>>(),
        );
    }
}

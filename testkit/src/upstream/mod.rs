//! A registry that serves what a test publishes, remembers what it was asked, and breaks on demand.

mod answer;
mod body;
mod door;
mod fault;
mod gate;
mod log;
mod patience;
mod publish;
mod rules;
mod service;
mod shelf;
mod takeover;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Runtime;
use url::Url;

pub use answer::Answer;
pub use fault::Fault;
pub use gate::Gate;
pub use log::SeenRequest;
pub use rules::Rule;
pub use shelf::Validators;

use door::Door;
use log::Log;
use rules::Rules;
use shelf::Shelf;

/// A sparse registry over HTTP/1.1 on a port of 127.0.0.1 that was free.
///
/// It runs on threads of its own, so it serves `async` and blocking tests alike, and whatever a test
/// does to its own runtime's time. Paths are `/index/config.json`, `/index/ab/cd/abcd` and
/// `/dl/{crate}/{version}/download`; patterns for paths may hold `*`, which stands for any text.
#[derive(Debug)]
pub struct FakeUpstream {
    state: Arc<State>,
    door: Mutex<Door>,
    /// Taken only when dropped: a runtime may not end by itself inside another one.
    runtime: Option<Runtime>,
}

/// What the connections share.
#[derive(Debug)]
struct State {
    address: SocketAddr,
    shelf: Mutex<Shelf>,
    rules: Mutex<Rules>,
    log: Log,
}

impl FakeUpstream {
    /// Starts an empty registry.
    ///
    /// # Panics
    /// When the machine gives no port or thread.
    #[must_use]
    pub fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("fake-upstream")
            .enable_all()
            .build()
            .expect("threads for the fake upstream");
        let door = Door::reserve(SocketAddr::from(([127, 0, 0, 1], 0)));
        let address = door.address();
        let state = Arc::new(State {
            address,
            shelf: Mutex::new(Shelf::new(address)),
            rules: Mutex::default(),
            log: Log::default(),
        });
        let door = door.open(&runtime, &state);
        Self { state, door: Mutex::new(door), runtime: Some(runtime) }
    }

    /// Where it listens. The port stays the same over [`FakeUpstream::stop`] and
    /// [`FakeUpstream::restart`].
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.state.address
    }

    /// The index's address, as `http://127.0.0.1:PORT/index/`.
    #[must_use]
    pub fn index_url(&self) -> Url {
        shelf::base_url(self.state.address).join("index/").expect("a fixed relative path")
    }

    /// The index's address as cargo's configuration wants it: `sparse+http://127.0.0.1:PORT/index/`.
    #[must_use]
    pub fn sparse_index(&self) -> String {
        format!("sparse+{}", self.index_url())
    }

    /// Closes the port and every connection, and returns when that is done: the upstream is gone.
    /// The port stays reserved, so that connecting is refused and nobody else gets it.
    pub fn stop(&self) {
        self.change_door(Door::close);
    }

    /// Listens again, with everything published and every rule as it was.
    pub fn restart(&self) {
        self.change_door(|door| door.open(self.runtime(), &self.state));
    }

    /// A rule for requests whose path matches. The oldest rule that matches decides, so that faults
    /// come in the order in which a test asked for them; a rule without
    /// [`times`](Rule::times) hides all later ones until [`FakeUpstream::heal`].
    pub fn on(&self, pattern: impl Into<String>) -> Rule<'_> {
        Rule::new(self, pattern.into())
    }

    /// Forgets all faults: well again. Gates stay, they belong to whoever holds them.
    pub fn heal(&self) {
        lock(&self.state.rules).heal();
    }

    /// Every request since the start, the oldest first, those answered with a fault included. A
    /// request is written down when its head has come, before anything is sent.
    #[must_use]
    pub fn requests(&self) -> Vec<SeenRequest> {
        self.state.log.all()
    }

    /// How many requests came for paths that match.
    #[must_use]
    pub fn count(&self, pattern: impl AsRef<str>) -> usize {
        self.count_matching(|request| request.is_for(pattern.as_ref()))
    }

    /// How many requests satisfy `wanted`.
    #[must_use]
    pub fn count_matching(&self, wanted: impl Fn(&SeenRequest) -> bool) -> usize {
        self.state.log.count(wanted)
    }

    /// Begins to count anew.
    pub fn forget_requests(&self) {
        self.state.log.clear();
    }

    /// Waits until `count` requests have come for paths that match.
    ///
    /// # Panics
    /// When they do not come within 30 s; the text says what came.
    pub async fn wait_for(&self, pattern: impl Into<String>, count: usize) {
        self.state.log.wait_for(self.runtime().handle(), pattern.into(), count).await;
    }

    /// [`FakeUpstream::wait_for`], for a test without a runtime.
    ///
    /// # Panics
    /// When they do not come within 30 s, or inside a runtime.
    pub fn blocking_wait_for(&self, pattern: impl Into<String>, count: usize) {
        self.runtime().block_on(self.wait_for(pattern, count));
    }

    fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().expect("taken only when dropped")
    }

    fn change_door(&self, change: impl FnOnce(Door) -> Door) {
        let mut door = lock(&self.door);
        let before = std::mem::replace(&mut *door, Door::Moving);
        *door = change(before);
    }
}

impl Drop for FakeUpstream {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A panic elsewhere in the test is the news; a poisoned lock must not hide it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether `path` is `pattern`, in which `*` stands for any text.
fn matches(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((start, rest)) => path.strip_prefix(start).is_some_and(|path| {
            path.char_indices()
                .map(|(at, _)| &path[at..])
                .chain([""])
                .any(|remainder| matches(rest, remainder))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        assert!(matches("/dl/foo/1.0.0/download", "/dl/foo/1.0.0/download"));
        assert!(!matches("/dl/foo", "/dl/foo/1.0.0/download"));
        assert!(matches("/dl/*", "/dl/foo/1.0.0/download"));
        assert!(matches("/dl/*", "/dl/"));
        assert!(matches("*/download", "/dl/foo/1.0.0/download"));
        assert!(matches("/dl/*/1.0.0/*", "/dl/foo/1.0.0/download"));
        assert!(!matches("/dl/*/2.0.0/*", "/dl/foo/1.0.0/download"));
    }
}

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::{Asking, Held, PortfolioService, Refused};

/// Counts what pages ask of every report soon after one came, so that not the first person who looks has
/// to wait for it: with 32 teams and 7,000 crates that takes most of a second.
#[derive(Debug)]
pub(super) struct Counting {
    /// Held by whoever waits for a turn: it counts for all reports that come meanwhile.
    waiting: Arc<Semaphore>,
    next: Mutex<Instant>,
}

impl Default for Counting {
    fn default() -> Self {
        Self { waiting: Arc::new(Semaphore::new(1)), next: Mutex::new(Instant::now()) }
    }
}

impl Counting {
    /// Two turns begin this far apart at least: where each push of many repositories is reported,
    /// counting must not take a core from the downloads.
    const APART: Duration = Duration::from_secs(10);

    /// When the next turn may begin.
    fn turn(&self, now: Instant) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = now.max(*next);
        *next = turn + Self::APART;
        turn
    }
}

impl PortfolioService {
    /// Has everything counted in the next turn. A page that is asked for before it counts for itself,
    /// so that nobody is shown what was before their own report.
    pub(super) fn count_soon(self: &Arc<Self>) {
        let Ok(place) = Arc::clone(&self.counting.waiting).try_acquire_owned() else { return };
        let turn = self.counting.turn(Instant::now());
        // Who waits for a turn keeps no store open: a server that stops is not held up.
        let service = Arc::downgrade(self);
        tokio::spawn(async move {
            tokio::time::sleep_until(turn).await;
            drop(place);
            let Some(service) = service.upgrade() else { return };
            if service.count().await.is_err() {
                // Whoever asks for a page is told why.
                tracing::debug!("what was reported could not be counted ahead of the pages");
            }
        });
    }

    async fn count(&self) -> Result<(), Refused> {
        let seen = self.seen().await?;
        let state = self.state.clone();
        let work = move || {
            let count =
                |held: &Arc<Held>| Asking::new(Arc::clone(held), None, state.clone()).count();
            count(&seen.held);
            // What a person of one team asks, where an admin is also shown downloads.
            if !Arc::ptr_eq(&seen.held, &seen.reported) {
                count(&seen.reported);
            }
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| Refused::Internal)
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use axum::body::Body;
    use axum::response::{IntoResponse, Response};
    use depaudit_model::cargo::{CrateName, Facts, PublishedRelease};
    use depaudit_model::{Clock, RegistryName, TeamId, Timestamp};
    use depaudit_policy::Policy;
    use depaudit_store::StoreError;
    use depaudit_store::sqlite::{SqliteAuditLog, SqliteMetaStore};
    use depaudit_trace::{IndexView, UpstreamIndex};
    use http::{HeaderMap, Request, StatusCode};
    use tokio::sync::mpsc;
    use tower::ServiceExt;

    use super::*;
    use crate::pages::Visitor;
    use crate::{PortfolioDoor, PortfolioState, Served, portfolio_router};

    #[derive(Debug)]
    struct Day;

    impl Clock for Day {
        fn now(&self) -> Timestamp {
            "2026-02-02T00:00:00Z".parse().unwrap()
        }
    }

    /// Tells what it is asked.
    #[derive(Debug)]
    struct Telling(mpsc::UnboundedSender<CrateName>);

    impl Facts for Telling {
        fn releases(&self, name: &CrateName) -> Option<Arc<[PublishedRelease]>> {
            self.0.send(name.clone()).unwrap();
            None
        }
    }

    #[derive(Debug)]
    struct Nobody;

    #[async_trait]
    impl PortfolioDoor for Nobody {
        async fn may_report(&self, _: &HeaderMap, _: &TeamId) -> Result<Option<String>, Response> {
            Ok(None)
        }

        async fn may_read(&self, _: &HeaderMap) -> Result<Visitor, Response> {
            Err(StatusCode::FORBIDDEN.into_response())
        }

        fn policy(&self) -> Arc<Policy> {
            Arc::default()
        }
    }

    #[async_trait]
    impl UpstreamIndex for Nobody {
        async fn view(
            &self,
            _: &RegistryName,
            _: &CrateName,
        ) -> Result<Option<IndexView>, StoreError> {
            Ok(None)
        }
    }

    const REPORT: &str = r#"{
        "schema": "depaudit.report/1",
        "origin": {"team": "search", "repository": "acme/shop", "branch": "main"},
        "time": "2026-02-01T00:00:00Z",
        "tool": "0.1.0",
        "packages": [
            {"name": "app", "version": "0.1.0", "source": "folder"},
            {"name": "shared", "version": "1.2.0", "source": "crates-io"}
        ],
        "workspaces": [{
            "folder": ".", "nodes": [0, 1], "edges": [[1], []], "members": [0], "binaries": []
        }],
        "overrides": [], "findings": [],
        "counts": {"manifests": 1, "workspaces": 1, "locks": 1, "gaps": 0, "left_out": 0}
    }"#;

    #[tokio::test]
    async fn what_was_reported_is_counted_before_somebody_asks_for_a_page() {
        let data = tempfile::tempdir().unwrap();
        let (told, mut asked) = mpsc::unbounded_channel();
        let service = PortfolioService::new(PortfolioState {
            meta: Arc::new(SqliteMetaStore::open(data.path()).unwrap()),
            log: Arc::new(SqliteAuditLog::open(data.path()).unwrap()),
            clock: Arc::new(Day),
            facts: Arc::new(Telling(told)),
            index: Arc::new(Nobody),
            door: Arc::new(Nobody),
            origin: "http://127.0.0.1:8417".to_owned(),
            served: Served::new([]),
            teams: vec![],
            keep_days: 30,
        });
        let request = Request::post("/api/v1/t/search/reports").body(Body::from(REPORT)).unwrap();
        let answer = portfolio_router(Arc::clone(&service)).oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED);
        let name = tokio::time::timeout(Duration::from_secs(30), asked.recv()).await.unwrap();
        assert_eq!(name.unwrap().as_str(), "shared");
    }

    #[test]
    fn the_first_turn_is_at_once_and_the_next_ones_stand_apart() {
        let (counting, now) = (Counting::default(), Instant::now() + Duration::from_secs(1));
        assert_eq!(counting.turn(now), now);
        assert_eq!(counting.turn(now + Duration::from_secs(1)), now + Counting::APART);
        assert_eq!(counting.turn(now + Duration::from_secs(2)), now + 2 * Counting::APART);
        let later = now + 5 * Counting::APART;
        assert_eq!(counting.turn(later), later);
    }
}

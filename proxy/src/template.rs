//! Where a registry has its crates: asked once for all who wait, and remembered.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::cargo::config_json::DownloadTemplate;
use crate::flights::Flights;
use crate::upstream::UpstreamError;

/// How long a registry's `config.json` is used before it is asked for again.
const LIFE: Duration = Duration::from_secs(600);

/// How long one failure answers everybody, so that each download does not wait for its own.
const FAILURE_LIFE: Duration = Duration::from_secs(2);

/// How long a question may hold up downloads when there is an older answer. It counts from the
/// question, so that a registry that hangs costs this once and not once a download.
const PATIENCE: Duration = Duration::from_secs(1);

/// The download template of one registry.
#[derive(Debug, Default)]
pub(crate) struct TemplateCache {
    flights: Flights<(), Result<DownloadTemplate, UpstreamError>>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    known: Option<DownloadTemplate>,
    /// When it was last heard from the registry; `None` for one from before a restart.
    heard: Option<Instant>,
    asked: Option<Instant>,
    failed: Option<(Instant, UpstreamError)>,
}

impl TemplateCache {
    /// Whether there is none, fresh or old.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().known.is_none()
    }

    /// Takes one from before a restart, which serves until the registry answers.
    pub(crate) fn remember_old(&self, template: DownloadTemplate) {
        self.lock().known.get_or_insert(template);
    }

    /// The template; `ask` is run when it is too old, once however many wait for it.
    ///
    /// # Errors
    /// As `ask` fails, when the template has never been known.
    pub(crate) async fn get<F>(
        &self,
        ask: impl FnOnce() -> F,
    ) -> Result<DownloadTemplate, UpstreamError>
    where
        F: Future<Output = Result<DownloadTemplate, UpstreamError>> + Send + 'static,
    {
        let known = {
            let state = self.lock();
            match (state.known.clone(), &state.failed) {
                (Some(known), _) if state.heard.is_some_and(|when| when.elapsed() < LIFE) => {
                    return Ok(known);
                }
                (known, Some((when, error))) if when.elapsed() < FAILURE_LIFE => {
                    return known.ok_or_else(|| error.clone());
                }
                (known, _) => known,
            }
        };
        let (landing, _) = self.flights.join(&(), || {
            self.lock().asked = Some(Instant::now());
            let (asked, state) = (ask(), Arc::clone(&self.state));
            async move {
                let answer = asked.await;
                lock(&state).note(&answer);
                answer
            }
        });
        let asked = self.lock().asked.unwrap_or_else(Instant::now);
        let landed = match known {
            Some(_) => tokio::time::timeout_at((asked + PATIENCE).into(), landing).await,
            None => Ok(landing.await),
        };
        match (landed, known) {
            (Ok(Some(Ok(template))), _) | (_, Some(template)) => Ok(template),
            (Ok(Some(Err(error))), None) => Err(error),
            (_, None) => Err(UpstreamError::Unexpected("a config.json that was not read".into())),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    fn note(&mut self, answer: &Result<DownloadTemplate, UpstreamError>) {
        let now = Instant::now();
        match answer {
            Ok(template) => {
                self.known = Some(template.clone());
                self.heard = Some(now);
                self.failed = None;
            }
            Err(error) => self.failed = Some((now, error.clone())),
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    // Field by field, the state is sensible at every moment.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn template() -> DownloadTemplate {
        DownloadTemplate::parse(br#"{"dl":"https://r.example/dl"}"#).unwrap()
    }

    fn gone() -> UpstreamError {
        UpstreamError::Unreachable("refused".into())
    }

    #[tokio::test]
    async fn a_failure_answers_everybody_who_comes_soon_after() {
        let (cache, asked) = (TemplateCache::default(), AtomicU32::new(0));
        for _ in 0..5 {
            let answer = cache.get(|| {
                asked.fetch_add(1, Ordering::SeqCst);
                async { Err(gone()) }
            });
            assert!(answer.await.is_err());
        }
        assert_eq!(asked.into_inner(), 1);
    }

    #[tokio::test]
    async fn what_is_known_serves_while_the_registry_hangs() {
        let cache = TemplateCache::default();
        cache.remember_old(template());
        let hanging = || std::future::pending::<Result<DownloadTemplate, UpstreamError>>();
        assert_eq!(cache.get(hanging).await.unwrap(), template());
        assert_eq!(cache.get(hanging).await.unwrap(), template());
    }
}

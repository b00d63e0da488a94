//! Fetching a crate once, whoever asks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use depaudit_model::cargo::Release;
use depaudit_model::{Checksum, RegistryName};
use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::stage::Stage;
use super::work::Work;
use crate::registry::RegistryEntry;

type Key = (RegistryName, Release);

/// The fetches under way.
#[derive(Debug)]
pub(super) struct Fetches {
    running: Arc<Mutex<HashMap<Key, Running>>>,
    work: Arc<Work>,
}

#[derive(Debug)]
struct Running {
    stage: watch::Receiver<Stage>,
    task: AbortHandle,
}

impl Fetches {
    pub(super) fn new(work: Work) -> Self {
        Self { running: Arc::default(), work: Arc::new(work) }
    }

    /// Joins the fetch of a release, or starts it. The flag tells whether this call started it. It
    /// goes on when everybody who asked has left: the next one will want it too.
    pub(super) fn join(
        &self,
        registry: &Arc<RegistryEntry>,
        release: &Release,
        checksum: Checksum,
    ) -> (watch::Receiver<Stage>, bool) {
        let key = (registry.name.clone(), release.clone());
        let mut running = lock(&self.running);
        if let Some(running) = running.get(&key) {
            return (running.stage.clone(), false);
        }
        let (sender, stage) = watch::channel(Stage::Asking);
        let departure = Departure { key: key.clone(), running: Arc::clone(&self.running) };
        let (work, registry, release) =
            (Arc::clone(&self.work), Arc::clone(registry), release.clone());
        let task = tokio::spawn(async move {
            let ended = match work.fetch(&registry, &release, checksum, &sender).await {
                Ok(size) => Stage::Stored { size },
                Err(error) => {
                    tracing::warn!(registry = %registry.name, %release, %error, "a crate was not stored");
                    Stage::Failed(error)
                }
            };
            // First out of the map, then told: whoever comes next looks into the store.
            drop(departure);
            sender.send_replace(ended);
        });
        // Under the lock since before it was spawned, so it has not departed yet.
        running.insert(key, Running { stage: stage.clone(), task: task.abort_handle() });
        (stage, true)
    }

    /// Gives up every fetch under way. What it had written is swept away.
    pub(super) fn abandon(&self) {
        for running in lock(&self.running).values() {
            running.task.abort();
        }
    }
}

struct Departure {
    key: Key,
    running: Arc<Mutex<HashMap<Key, Running>>>,
}

impl Drop for Departure {
    fn drop(&mut self) {
        lock(&self.running).remove(&self.key);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Single insertions and removals: sensible even after a panic in between.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! One fetch, however many ask.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use tokio::task::AbortHandle;

/// Runs at most one task for each key at a time; everybody who asks meanwhile gets its result.
///
/// The task is spawned: it goes on when whoever asked first, or everybody, has left.
pub struct Flights<K, V> {
    running: Arc<Mutex<HashMap<K, Flight<V>>>>,
}

/// The result to come, and the task that brings it.
type Flight<V> = (Landing<V>, AbortHandle);

/// The result to come; `None` when the task died.
type Landing<V> = Shared<BoxFuture<'static, Option<V>>>;

impl<K, V> Default for Flights<K, V> {
    fn default() -> Self {
        Self { running: Arc::default() }
    }
}

impl<K, V> fmt::Debug for Flights<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flights").finish_non_exhaustive()
    }
}

impl<K, V> Flights<K, V>
where
    K: Hash + Eq + Clone + Send + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Joins the task that runs for `key`, or starts one. The flag tells whether this call started it.
    ///
    /// The future gives `None` only when the task panicked or was given up.
    pub fn join<F>(&self, key: &K, task: impl FnOnce() -> F) -> (Landing<V>, bool)
    where
        F: Future<Output = V> + Send + 'static,
    {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((landing, _)) = running.get(key) {
            return (landing.clone(), false);
        }
        let task = task();
        let departure = Departure { key: key.clone(), running: Arc::clone(&self.running) };
        let handle = tokio::spawn(async move {
            // Dropped when the task ends or panics: the next one who asks starts anew.
            let _departure = departure;
            task.await
        });
        let task = handle.abort_handle();
        let landing = async move { handle.await.ok() }.boxed().shared();
        running.insert(key.clone(), (landing.clone(), task));
        (landing, true)
    }

    /// Gives up every task; whoever waits for one gets `None`.
    pub fn abandon(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, task) in running.values() {
            task.abort();
        }
    }
}

struct Departure<K: Hash + Eq, V> {
    key: K,
    running: Arc<Mutex<HashMap<K, Flight<V>>>>,
}

impl<K: Hash + Eq, V> Drop for Departure<K, V> {
    fn drop(&mut self) {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio::sync::Notify;

    #[tokio::test]
    async fn a_thousand_askers_make_one_task_and_leavers_do_not_stop_it() {
        let flights: Flights<&str, u32> = Flights::default();
        let (started, gate) = (Arc::new(AtomicU32::new(0)), Arc::new(Notify::new()));
        let mut landings = Vec::new();
        for _ in 0..1_000 {
            let (started, gate) = (Arc::clone(&started), Arc::clone(&gate));
            let (landing, _) = flights.join(&"serde", || async move {
                gate.notified().await;
                started.fetch_add(1, Ordering::SeqCst)
            });
            landings.push(landing);
        }
        landings.drain(..500);
        gate.notify_one();
        for landing in landings {
            assert_eq!(landing.await, Some(0));
        }
        let (again, leader) = flights.join(&"serde", || async { 7 });
        assert!(leader);
        assert_eq!(again.await, Some(7));
    }

    #[tokio::test]
    async fn a_task_that_panics_ends_its_flight() {
        let flights: Flights<u8, u8> = Flights::default();
        let (landing, _) = flights.join(&1, || async { panic!("on purpose") });
        assert_eq!(landing.await, None);
        let (landing, leader) = flights.join(&1, || async { 2 });
        assert!(leader);
        assert_eq!(landing.await, Some(2));
    }
}

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use depaudit_model::event::{Decision, Event};
use depaudit_model::{Checksum, RegistryName, TeamId, Timestamp};
use tokio::sync::OnceCell;

/// Locks are spread over this many maps, so that cores do not wait for each other.
const SHARDS: usize = 16;

/// At most this many windows are open; beyond it, the oldest of a shard ends early.
const MOST_OPEN: usize = 1 << 18;

/// Counts equal answers of the index to one team: views, and refusals.
#[derive(Debug)]
pub(super) struct Windows {
    shards: [Mutex<HashMap<Key, Arc<Window>>>; SHARDS],
    /// Ended early, to be written with the next round.
    evicted: Mutex<Vec<Arc<Window>>>,
    hasher: RandomState,
    length: Duration,
}

/// One view or refusal, one team. The digest covers the crate's name, which stands in every line.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    team: TeamId,
    registry: RegistryName,
    digest: Checksum,
}

/// Since when a view is served to a team, and how often since.
#[derive(Debug)]
pub(super) struct Window {
    opened: Timestamp,
    recorded: OnceCell<()>,
    repeats: AtomicU64,
    described: OnceLock<Event>,
}

impl Window {
    /// Set once the first service is on record. Everybody who comes before that waits for it.
    pub(super) const fn recorded(&self) -> &OnceCell<()> {
        &self.recorded
    }

    /// Keeps what the count will be about.
    pub(super) fn describe(&self, event: &Event) {
        let mut event = event.clone();
        // Of one request only; the count stands for many.
        event.request_id = None;
        event.client = None;
        event.principal = None;
        let _ = self.described.set(event);
    }

    /// One more.
    pub(super) fn repeat(&self) {
        self.repeats.fetch_add(1, Ordering::Relaxed);
    }

    fn counted(&self) -> Option<Event> {
        let repeats = self.repeats.swap(0, Ordering::Relaxed);
        let event = self.described.get().filter(|_| repeats > 0)?.clone();
        // What was refused says why in its first event.
        let refused = event.decision == Some(Decision::Deny);
        let what = if refused { "refused again" } else { "the same view again" };
        let mut event = event.with_detail(&format!("{what}, since {}", self.opened));
        event.count = Some(repeats);
        // How it was come by and how old it was differs from one to the next.
        event.cache = None;
        event.age = None;
        Some(event)
    }
}

impl Windows {
    pub(super) fn new(length: Duration) -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            evicted: Mutex::default(),
            hasher: RandomState::new(),
            length,
        }
    }

    /// The open window of a view and a team; a new one when there is none, or it has ended.
    pub(super) fn enter(
        &self,
        team: &TeamId,
        registry: &RegistryName,
        digest: &Checksum,
        now: Timestamp,
    ) -> Arc<Window> {
        let key = Key { team: team.clone(), registry: registry.clone(), digest: *digest };
        let place = self.hasher.hash_one(&key) as usize % SHARDS;
        let mut shard = lock(&self.shards[place]);
        if let Some(window) = shard.get(&key)
            && !self.is_over(window, now)
        {
            return Arc::clone(window);
        }
        if shard.len() >= MOST_OPEN / SHARDS {
            let oldest = shard.iter().min_by_key(|(_, window)| window.opened);
            let oldest = oldest.map(|(key, _)| key.clone());
            lock(&self.evicted).extend(oldest.and_then(|oldest| shard.remove(&oldest)));
        }
        let window = Arc::new(Window {
            opened: now,
            recorded: OnceCell::new(),
            repeats: AtomicU64::new(0),
            described: OnceLock::new(),
        });
        lock(&self.evicted).extend(shard.insert(key, Arc::clone(&window)));
        window
    }

    /// Closes the windows that have ended (or all) and gives the events that count their repeats.
    pub(super) fn ended(&self, now: Timestamp, all: bool) -> Vec<Event> {
        let mut ended = std::mem::take(&mut *lock(&self.evicted));
        for shard in &self.shards {
            lock(shard).retain(|_, window| {
                let over = all || self.is_over(window, now);
                if over {
                    ended.push(Arc::clone(window));
                }
                !over
            });
        }
        // Somebody who entered a window may not have counted yet: it is told next time.
        let (busy, free) =
            ended.into_iter().partition(|window| !all && Arc::strong_count(window) > 1);
        lock(&self.evicted).extend::<Vec<_>>(busy);
        let free: Vec<Arc<Window>> = free;
        free.iter().filter_map(|window| window.counted()).collect()
    }

    /// A clock that was set back ends a window too.
    fn is_over(&self, window: &Window, now: Timestamp) -> bool {
        now.since(window.opened).is_none_or(|age| age >= self.length)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change is a single insertion or removal: sensible even after a panic in between.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use depaudit_model::event::EventKind;

    #[tokio::test]
    async fn repeats_are_counted_and_told_once() {
        let windows = Windows::new(Duration::from_secs(60));
        let (team, registry) = ("payments".parse().unwrap(), RegistryName::crates_io());
        let digest = Checksum::of(b"view");
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1_000);
        let first = windows.enter(&team, &registry, &digest, at(0));
        first.recorded().set(()).unwrap();
        first.describe(&Event::new(EventKind::IndexServed, at(0)));
        drop(first);
        for _ in 0..3 {
            let window = windows.enter(&team, &registry, &digest, at(30));
            assert!(window.recorded().initialized());
            window.repeat();
        }
        assert!(windows.ended(at(59), false).is_empty());
        let counts: Vec<_> = windows.ended(at(60), false).iter().map(|event| event.count).collect();
        assert_eq!(counts, [Some(3)]);
        assert!(windows.ended(at(60), true).is_empty());
        let next = windows.enter(&team, &registry, &digest, at(61));
        assert!(!next.recorded().initialized());
    }

    #[tokio::test]
    async fn a_window_replaced_by_the_next_still_tells_its_count() {
        let windows = Windows::new(Duration::from_secs(60));
        let (team, registry) = ("payments".parse().unwrap(), RegistryName::crates_io());
        let digest = Checksum::of(b"view");
        let first = windows.enter(&team, &registry, &digest, Timestamp::from_millis(0));
        first.describe(&Event::new(EventKind::IndexServed, Timestamp::EPOCH));
        let _second = windows.enter(&team, &registry, &digest, Timestamp::from_millis(70_000));
        assert!(windows.ended(Timestamp::from_millis(70_001), false).is_empty(), "still in use");
        first.repeat();
        drop(first);
        assert_eq!(windows.ended(Timestamp::from_millis(70_002), false).len(), 1);
    }
}

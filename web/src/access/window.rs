use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use depaudit_model::Timestamp;

/// Counts by key for a minute from the first count on, and then anew: what came at the end of one minute and
/// at the beginning of the next can be twice as much, which is no harm.
#[derive(Debug)]
pub(super) struct Window<K> {
    began: Option<Timestamp>,
    by_key: HashMap<K, u32>,
}

impl<K> Default for Window<K> {
    fn default() -> Self {
        Self { began: None, by_key: HashMap::new() }
    }
}

impl<K: Eq + Hash> Window<K> {
    const LENGTH: Duration = Duration::from_secs(60);

    /// How much of it is left; it ends when nothing is, and when the clock was set back.
    pub(super) fn left(&mut self, now: Timestamp) -> Option<Duration> {
        let gone = self.began.and_then(|began| now.since(began));
        let left = gone.and_then(|gone| Self::LENGTH.checked_sub(gone));
        if left.is_none() {
            *self = Self::default();
        }
        left
    }

    /// Begins, where it has not.
    pub(super) fn begin(&mut self, now: Timestamp) {
        self.began.get_or_insert(now);
    }

    /// How often a key was counted.
    pub(super) fn count(&self, key: &K) -> u32 {
        self.by_key.get(key).copied().unwrap_or(0)
    }

    /// Counts a key once more; a new one only where no more than `most` are known by then.
    pub(super) fn add(&mut self, key: K, most: usize) {
        if self.by_key.len() < most || self.by_key.contains_key(&key) {
            let count = self.by_key.entry(key).or_default();
            *count = count.saturating_add(1);
        }
    }

    #[cfg(test)]
    pub(super) fn keys(&self) -> usize {
        self.by_key.len()
    }
}

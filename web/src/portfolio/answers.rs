use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use depaudit_model::Timestamp;
use depaudit_model::cargo::Facts;
use depaudit_policy::Day;
use depaudit_portfolio::question::{
    self, Across, Drift, MissedPatches, SplitIdentity, StandingOverride, TrendMemory, Trends,
};
use depaudit_portfolio::{History, Portfolio};

/// How many days a trend on a page looks back.
pub(crate) const TREND_DAYS: i64 = 30;

/// What many pages ask of the same reports is answered once. It goes with the reports: when another
/// one comes, it is asked anew.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    across: OnceLock<Across>,
    split: OnceLock<Vec<SplitIdentity>>,
    drift: Fresh<Drift>,
    missed: Fresh<MissedPatches>,
    standing: Fresh<Vec<StandingOverride>>,
    trends: Fresh<Trends>,
    memory: SharedMemory,
}

/// What was counted of past days. It outlives the answers: another report changes no past day.
#[derive(Debug, Clone, Default)]
pub(super) struct SharedMemory(Arc<Mutex<TrendMemory>>);

impl Answers {
    pub(super) fn new(memory: SharedMemory) -> Self {
        Self { memory, ..Self::default() }
    }

    pub(super) fn memory(&self) -> SharedMemory {
        self.memory.clone()
    }

    pub(crate) fn across(&self, portfolio: &Portfolio) -> &Across {
        self.across.get_or_init(|| question::across(portfolio))
    }

    pub(crate) fn split(&self, portfolio: &Portfolio) -> &[SplitIdentity] {
        self.split.get_or_init(|| question::split_identities(portfolio))
    }

    /// May block: so may facts.
    pub(crate) fn drift(
        &self,
        portfolio: &Portfolio,
        facts: &dyn Facts,
        now: Timestamp,
    ) -> Arc<Drift> {
        self.drift.get(now, || question::drift(portfolio, facts, Day::of(now)))
    }

    /// May block: so may facts.
    pub(crate) fn missed(
        &self,
        portfolio: &Portfolio,
        facts: &dyn Facts,
        now: Timestamp,
        patience: u16,
    ) -> Arc<MissedPatches> {
        let today = Day::of(now);
        self.missed.get(now, || question::missed_patches(portfolio, facts, today, patience))
    }

    pub(crate) fn standing(&self, history: &History, now: Timestamp) -> Arc<Vec<StandingOverride>> {
        self.standing.get(now, || question::standing_overrides(history, Day::of(now)))
    }

    /// Of the last [`TREND_DAYS`] days.
    pub(crate) fn trends(&self, history: &History, now: Timestamp) -> Arc<Trends> {
        self.trends.get(now, || self.trends_of(history, Day::of(now).last(TREND_DAYS)))
    }

    pub(crate) fn trends_of(
        &self,
        history: &History,
        days: impl IntoIterator<Item = Day>,
    ) -> Trends {
        let mut memory = self.memory.0.lock().unwrap_or_else(PoisonError::into_inner);
        question::trends_remembered(history, days, &mut memory)
    }
}

/// An answer that hangs on more than the reports: on what has been published, on the policy, on the
/// day.
#[derive(Debug)]
struct Fresh<T>(Mutex<Option<(Timestamp, Arc<T>)>>);

impl<T> Default for Fresh<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T> Fresh<T> {
    /// For how long an answer is believed.
    const FOR: Duration = Duration::from_secs(60);

    /// Whoever comes while it is made waits for it, so that it is made once.
    fn get(&self, now: Timestamp, make: impl FnOnce() -> T) -> Arc<T> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((made, answer)) = &*kept {
            // A clock that was set back makes an answer old, never young.
            if *made <= now && now < made.plus(Self::FOR) {
                return Arc::clone(answer);
            }
        }
        let answer = Arc::new(make());
        *kept = Some((now, Arc::clone(&answer)));
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_given_again_for_a_minute_and_not_after_the_clock_was_set_back() {
        let start = Timestamp::EPOCH.plus(Duration::from_secs(1_000));
        let fresh = Fresh::default();
        assert_eq!(*fresh.get(start, || 1), 1);
        assert_eq!(*fresh.get(start.plus(Duration::from_secs(59)), || 2), 1);
        assert_eq!(*fresh.get(start.plus(Duration::from_secs(60)), || 3), 3);
        assert_eq!(*fresh.get(start, || 4), 4);
    }
}

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use depaudit_model::{Clock, Timestamp};

/// A clock that is set: a month is told in seconds.
#[derive(Debug)]
pub(super) struct SetClock {
    today: Timestamp,
    millis: AtomicI64,
}

impl SetClock {
    pub(super) fn at(today: Timestamp) -> Self {
        Self { today, millis: AtomicI64::new(today.as_millis()) }
    }

    /// A moment of the history.
    pub(super) fn days_ago(&self, days: u32) -> Timestamp {
        self.today.minus(Duration::from_secs(u64::from(days) * 24 * 60 * 60))
    }

    /// Sets it.
    pub(super) fn set_days_ago(&self, days: u32) {
        self.millis.store(self.days_ago(days).as_millis(), Ordering::Relaxed);
    }

    /// Goes on by a little, so that what follows is later.
    pub(super) fn go_on(&self) {
        self.millis.fetch_add(2_000, Ordering::Relaxed);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.millis.load(Ordering::Relaxed))
    }
}

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use depaudit_model::{Clock, Timestamp};

/// A clock that stands still until a test moves it, in either direction.
///
/// Share it in an `Arc`: one end goes into the code under test as its [`Clock`], the other stays
/// in the test.
#[derive(Debug)]
pub struct BentClock {
    now: Mutex<Timestamp>,
}

impl BentClock {
    /// A clock that shows `moment`, such as `2026-03-01T12:00:00Z`.
    ///
    /// # Panics
    /// When the text is no moment.
    #[must_use]
    pub fn at(moment: &str) -> Self {
        Self { now: Mutex::new(moment.parse().expect("a moment such as 2026-03-01T12:00:00Z")) }
    }

    /// Shows `moment` from here on.
    pub fn set(&self, moment: Timestamp) {
        self.change(|now| *now = moment);
    }

    /// Moves forward.
    pub fn advance(&self, span: Duration) {
        self.change(|now| *now = now.plus(span));
    }

    /// Moves backwards, as when an operator corrects the machine's clock; not before 1970.
    pub fn turn_back(&self, span: Duration) {
        self.change(|now| *now = now.minus(span));
    }

    fn change(&self, change: impl FnOnce(&mut Timestamp)) {
        change(&mut self.now.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Default for BentClock {
    fn default() -> Self {
        Self::at("2026-03-01T12:00:00Z")
    }
}

impl Clock for BentClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_passes_only_when_told() {
        let clock = BentClock::at("2026-03-01T12:00:00Z");
        let before = clock.now();
        assert_eq!(clock.now(), before);
        clock.advance(Duration::from_secs(60));
        assert_eq!(clock.now().to_string(), "2026-03-01T12:01:00.000Z");
        clock.turn_back(Duration::from_secs(120));
        assert_eq!(clock.now().since(before), None);
        clock.set(before);
        assert_eq!(clock.now(), before);
    }
}

//! Whether an upstream answers, and how long it is left alone when it does not.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::UpstreamError;

/// Remembers whether an upstream answers, and leaves it alone for a while when it does not.
///
/// Three failures in a row close the door for one second, each further one twice as long, at most the
/// configured bound. An upstream that asks for time (`Retry-After`) gets it at once, within the same
/// bound. One good answer opens the door again.
#[derive(Debug)]
pub struct Health {
    state: Mutex<State>,
    longest: Duration,
}

#[derive(Debug, Default)]
struct State {
    failures: u32,
    closed_until: Option<Instant>,
    last_error: Option<&'static str>,
    answered: bool,
}

/// What is known of an upstream, for `/readyz`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpstreamState {
    /// Nobody has asked it yet.
    Unknown,
    /// Its last answer was good.
    Up,
    /// Its last answer was a failure of this kind.
    Down(&'static str),
}

impl Health {
    const TOLERATED: u32 = 3;

    /// `longest` bounds every pause.
    #[must_use]
    pub fn new(longest: Duration) -> Self {
        Self { state: Mutex::default(), longest }
    }

    /// Whether the upstream may be asked now.
    ///
    /// # Errors
    /// [`UpstreamError::BackedOff`] with the time that is left.
    pub fn check(&self, now: Instant) -> Result<(), UpstreamError> {
        match self.lock().closed_until {
            Some(until) if until > now => Err(UpstreamError::BackedOff(until - now)),
            _ => Ok(()),
        }
    }

    /// It answered.
    pub fn succeeded(&self) {
        *self.lock() = State { answered: true, ..State::default() };
    }

    /// It failed. Failures of one document alone are no news about the upstream.
    pub fn failed(&self, error: &UpstreamError, now: Instant) {
        if !error.is_outage() || matches!(error, UpstreamError::BackedOff(_)) {
            return;
        }
        let mut state = self.lock();
        // Requests that were under way when the door closed fail together: that is one failure.
        if state.closed_until.is_some_and(|until| until > now) {
            return;
        }
        state.failures = state.failures.saturating_add(1);
        state.last_error = Some(error.label());
        let asked = match error {
            UpstreamError::Overloaded { retry_after, .. } => *retry_after,
            _ => None,
        };
        let doubled = state
            .failures
            .checked_sub(Self::TOLERATED)
            .map(|further| Duration::from_secs(1 << further.min(10)));
        if let Some(pause) = asked.max(doubled) {
            state.closed_until = Some(now + pause.min(self.longest));
        }
    }

    /// What is known.
    #[must_use]
    pub fn state(&self) -> UpstreamState {
        let state = self.lock();
        match state.last_error {
            Some(error) => UpstreamState::Down(error),
            None if state.answered => UpstreamState::Up,
            None => UpstreamState::Unknown,
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // The state is replaced field by field and is sensible at every moment.
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: Duration = Duration::from_secs(30);

    fn overloaded(seconds: u64) -> UpstreamError {
        UpstreamError::Overloaded { status: 503, retry_after: Some(Duration::from_secs(seconds)) }
    }

    #[test]
    fn bad_input_15_a_retry_after_of_an_hour_is_bounded() {
        let (health, now) = (Health::new(LONGEST), Instant::now());
        health.failed(&overloaded(3_600), now);
        assert!(health.check(now + LONGEST - Duration::from_millis(1)).is_err());
        assert!(health.check(now + LONGEST).is_ok());
    }

    #[test]
    fn single_failures_are_forgiven_and_repeated_ones_cost_more_each_time() {
        let (health, now) = (Health::new(LONGEST), Instant::now());
        let error = UpstreamError::Unreachable("refused".into());
        for _ in 0..2 {
            health.failed(&error, now);
            assert!(health.check(now).is_ok());
        }
        let (mut last, mut now) = (Duration::ZERO, now);
        for _ in 0..4 {
            for _ in 0..40 {
                health.failed(&error, now);
            }
            let Err(UpstreamError::BackedOff(pause)) = health.check(now) else { panic!() };
            assert!(pause > last && pause <= LONGEST, "{pause:?} after {last:?}");
            (last, now) = (pause, now + pause);
        }
        assert_eq!(last, Duration::from_secs(8), "forty failures together are one");
        assert!(health.check(now).is_ok());
        health.succeeded();
        assert!(health.check(now).is_ok());
        assert_eq!(health.state(), UpstreamState::Up);
    }

    #[test]
    fn one_bad_document_says_nothing_about_the_upstream() {
        let (health, now) = (Health::new(LONGEST), Instant::now());
        for _ in 0..10 {
            health.failed(&UpstreamError::TooLarge(1), now);
        }
        assert!(health.check(now).is_ok());
        assert_eq!(health.state(), UpstreamState::Unknown);
    }
}

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use depaudit_model::Timestamp;

use super::window::Window;

/// How many one holder has in a window: far more than a person needs.
const OF_ONE: u32 = 20;

/// Counts who logged in how often. Each login is an event that stays for good, so that somebody with a
/// token could fill the record. Only who holds one is counted: there are no more of them than tokens and
/// persons.
#[derive(Debug, Default)]
pub(super) struct Logins(Mutex<Window<String>>);

impl Logins {
    /// Counts one more; or says for how long the holder has to wait.
    pub(super) fn wait(&self, holder: &str, now: Timestamp) -> Option<Duration> {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (left, holder) = (window.left(now), holder.to_owned());
        if window.count(&holder) >= OF_ONE {
            return left;
        }
        window.begin(now);
        window.add(holder, usize::MAX);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_logs_in_too_often_waits_and_nobody_else_does() {
        let logins = Logins::default();
        let at = |second: i64| Timestamp::from_millis(second * 1_000);
        for _ in 0..OF_ONE {
            assert_eq!(logins.wait("ann", at(100)), None);
        }
        assert_eq!(logins.wait("ann", at(101)), Some(Duration::from_secs(59)));
        assert_eq!(logins.wait("bob", at(101)), None);
        assert_eq!(logins.wait("ann", at(161)), None);
        // A clock that was set back opens again.
        assert_eq!(logins.wait("ann", at(50)), None);
    }
}

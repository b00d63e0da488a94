use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use depaudit_model::Checksum;

/// How many are remembered. To push one out, as many have to be spent after it, and each of them costs
/// whoever does so a failure or a person's login.
const MOST: usize = 1_024;

/// Which attempts to sign on have ended. Browsers drop their cookies and issuers take a code once; this
/// is for those that do not.
#[derive(Debug, Default)]
pub(super) struct Spent(Mutex<VecDeque<Checksum>>);

impl Spent {
    /// Whether it was not spent before.
    pub(super) fn spend(&self, attempt: Checksum) -> bool {
        let mut spent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if spent.contains(&attempt) {
            return false;
        }
        if spent.len() == MOST {
            spent.pop_front();
        }
        spent.push_back(attempt);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_is_spent_once_and_memory_is_bounded() {
        let spent = Spent::default();
        let attempt = |number: usize| Checksum::of(number.to_string().as_bytes());
        for number in 0..MOST {
            assert!(spent.spend(attempt(number)));
        }
        assert!(!spent.spend(attempt(0)) && !spent.spend(attempt(MOST - 1)));
        assert!(spent.spend(attempt(MOST)));
        assert!(!spent.spend(attempt(1)));
        assert_eq!(spent.0.lock().unwrap().len(), MOST);
    }
}

//! Another server on the same data that goes by another policy.

use std::sync::{Mutex, PoisonError};

use depaudit_model::{Checksum, Timestamp};
use depaudit_store::PolicyMark;

use crate::Proxy;

/// The policy of another server, which it has put on record since this one did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rival {
    /// Its digest; absent for none.
    pub digest: Option<Checksum>,
    /// Since when it is in force there.
    pub since: Timestamp,
}

/// What this process has put on record last, and whom it has met there.
#[derive(Debug, Default)]
pub(crate) struct Rivalry {
    own: Mutex<Option<PolicyMark>>,
    met: Mutex<Option<Rival>>,
}

impl Rivalry {
    /// This is the last word of this process.
    pub(crate) fn is_own(&self, mark: PolicyMark) {
        *self.own.lock().unwrap_or_else(PoisonError::into_inner) = Some(mark);
    }

    /// Whose word a mark is, where it is of another policy and later than this process's own. What this
    /// process says itself it takes for its own before it is marked.
    fn of(&self, mark: PolicyMark) -> Option<Rival> {
        if mark.index == PolicyMark::NOWHERE {
            return None;
        }
        let own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        let is_rival = match &*own {
            Some(own) => mark.index > own.index && mark.digest != own.digest,
            // There was no word about any policy when this process began without one.
            None => mark.digest.is_some(),
        };
        is_rival.then_some(Rival { digest: mark.digest, since: mark.since })
    }
}

impl Proxy {
    /// Looks whether another server on the same data has put another policy on record since this one did. To
    /// be called again and again. Only the one that was there first can tell: for the other one, what is on
    /// record before it begins may be of a server that has ended.
    pub async fn look_for_rival(&self) {
        // A store that cannot be read is told of by whoever needs it.
        let Ok(mark) = self.parts.meta.policy_mark().await else { return };
        let found = mark.and_then(|mark| self.rivalry.of(mark));
        let mut met = self.rivalry.met.lock().unwrap_or_else(PoisonError::into_inner);
        if *met == found {
            return;
        }
        match &found {
            Some(rival) => tracing::warn!(
                policy = rival.digest.map(tracing::field::display),
                since = %rival.since,
                "another server on the same data goes by another policy: what a team gets depends on whom it \
                 asks; give both the same"
            ),
            None => tracing::info!("no other policy is on record any more"),
        }
        *met = found;
    }

    /// The other policy, as it was seen last.
    #[must_use]
    pub fn rival(&self) -> Option<Rival> {
        self.rivalry.met.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

//! Who may follow the record at the same time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// Who follows the record: so many at most, until the server stops.
#[derive(Debug, Clone)]
pub struct Following {
    taken: Arc<Taken>,
    stopping: watch::Receiver<bool>,
}

/// How many places each has, by the name that the record knows them by.
#[derive(Debug, Default)]
struct Taken(Mutex<BTreeMap<Option<String>, usize>>);

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(in super::super) enum Full {
    #[error("{} follow the record already; try again later", Following::MOST)]
    Everybody,
    #[error(
        "{} pages of yours follow the record already; close one of them",
        Following::MOST_OF_ONE
    )]
    Own,
}

impl Following {
    /// How many may follow at the same time.
    pub const MOST: usize = 64;
    /// How many places one of them takes, so that nobody alone shuts others out.
    pub const MOST_OF_ONE: usize = 8;

    /// Every follower is let go when `stopping` becomes true.
    #[must_use]
    pub fn until(stopping: watch::Receiver<bool>) -> Self {
        Self { taken: Arc::default(), stopping }
    }

    /// A place for somebody of this name. Where nobody has to say who they are, all are nameless, and all
    /// places are theirs.
    pub(in super::super) fn place(&self, name: Option<&str>) -> Result<Place, Full> {
        let mut taken = self.taken.lock();
        if taken.values().sum::<usize>() >= Self::MOST {
            return Err(Full::Everybody);
        }
        let name = name.map(str::to_owned);
        let own = taken.get(&name).copied().unwrap_or_default();
        if name.is_some() && own >= Self::MOST_OF_ONE {
            return Err(Full::Own);
        }
        taken.insert(name.clone(), own + 1);
        Ok(Place { name, taken: Arc::clone(&self.taken), stopping: self.stopping.clone() })
    }
}

impl Taken {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Option<String>, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of one follower, which is free again when it has gone.
#[derive(Debug)]
pub(in super::super) struct Place {
    name: Option<String>,
    taken: Arc<Taken>,
    stopping: watch::Receiver<bool>,
}

impl Place {
    pub(super) fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Waits until the server stops.
    pub(super) async fn stop(&mut self) {
        // An error means that the server is gone, which is a stop as well.
        let _ = self.stopping.wait_for(|stopping| *stopping).await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock();
        if let Some(own) = taken.get_mut(&self.name) {
            *own = own.saturating_sub(1);
        }
        // Whoever has gone is not remembered.
        taken.retain(|_, own| *own > 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_alone_takes_all_places_and_whoever_has_gone_is_not_remembered() {
        let following = Following::until(watch::channel(false).1);
        let take = |name| (0..8).map(|_| following.place(Some(name)).unwrap()).collect::<Vec<_>>();
        let mut ann = take("ann");
        assert_eq!(following.place(Some("ann")).err(), Some(Full::Own));
        let others = ["b", "c", "d", "e", "f", "g", "h"].map(take);
        assert_eq!(following.place(Some("bob")).err(), Some(Full::Everybody));
        ann.pop();
        let bob = following.place(Some("bob"));
        assert!(bob.is_ok());
        drop((ann, others, bob));
        assert!(following.taken.lock().is_empty());
        let nameless: Vec<_> = (0..64).map(|_| following.place(None).unwrap()).collect();
        assert_eq!(following.place(None).err(), Some(Full::Everybody));
        drop(nameless);
    }
}

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

use super::ServerSettings;

/// The places for connections: so many in all, so many for one client.
#[derive(Debug)]
pub(super) struct Places {
    free: Arc<Semaphore>,
    per_client: usize,
    taken: Mutex<HashMap<IpAddr, usize>>,
}

/// One connection's place, free again when dropped.
#[derive(Debug)]
pub(super) struct Place {
    _free: OwnedSemaphorePermit,
    places: Arc<Places>,
    client: Option<IpAddr>,
}

impl Places {
    pub(super) fn new(settings: &ServerSettings) -> Arc<Self> {
        Arc::new(Self {
            free: Arc::new(Semaphore::new(settings.connections.min(Semaphore::MAX_PERMITS))),
            per_client: settings.connections_per_client,
            taken: Mutex::default(),
        })
    }

    /// Waits until any place is free.
    pub(super) async fn free(&self) -> Result<OwnedSemaphorePermit, AcquireError> {
        Arc::clone(&self.free).acquire_owned().await
    }

    /// Gives the free place to a client, unless it has its share already.
    pub(super) fn take(
        self: &Arc<Self>,
        free: OwnedSemaphorePermit,
        address: IpAddr,
    ) -> Option<Place> {
        let client = client(address);
        if let Some(client) = client {
            let mut taken = self.taken();
            let count = taken.entry(client).or_default();
            if *count >= self.per_client {
                return None;
            }
            *count += 1;
        }
        Some(Place { _free: free, places: Arc::clone(self), client })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        // Each change is one step; the map is sensible at every moment.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(client) = self.client else { return };
        let mut taken = self.places.taken();
        if let Some(count) = taken.get_mut(&client) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&client);
            }
        }
    }
}

/// Who counts as one client; nobody for loopback.
fn client(address: IpAddr) -> Option<IpAddr> {
    match address.to_canonical() {
        local if local.is_loopback() => None,
        IpAddr::V4(address) => Some(address.into()),
        IpAddr::V6(address) => {
            const NETWORK: u128 = !(u64::MAX as u128);
            Some(Ipv6Addr::from_bits(address.to_bits() & NETWORK).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_client_gets_its_share_and_others_get_theirs() {
        let settings =
            ServerSettings { connections: 6, connections_per_client: 2, ..ServerSettings::DEFAULT };
        let places = Places::new(&settings);
        let mut held = Vec::new();
        for (address, welcome) in [
            ("2001:db8::1", true),
            ("2001:db8::2", true),
            ("2001:db8::3", false),
            ("2001:db8:0:1::1", true),
            ("192.0.2.1", true),
            ("::ffff:192.0.2.1", true),
            ("192.0.2.1", false),
        ] {
            let free = places.free().await.unwrap();
            let place = places.take(free, address.parse().unwrap());
            assert_eq!(place.is_some(), welcome, "{address}");
            held.extend(place);
        }
        held.clear();
        assert!(places.taken().is_empty());
        for _ in 0..6 {
            let free = places.free().await.unwrap();
            held.extend(places.take(free, "127.0.0.1".parse().unwrap()));
        }
        assert_eq!((held.len(), places.free.available_permits()), (6, 0));
    }
}

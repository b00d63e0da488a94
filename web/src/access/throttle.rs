use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use depaudit_model::Timestamp;

/// For how long failures are counted, and whoever had too many waits.
const WINDOW: Duration = Duration::from_secs(60);
/// How many failures one client has in that time.
const OF_ONE: u32 = 10;
/// How many all clients have: that many addresses are remembered, and no more.
const OF_ALL: u32 = 200;

/// Counts logins that failed. What is guessed at has 192 random bits, so this is about the work that
/// guessing makes, and about the log.
#[derive(Debug, Default)]
pub(super) struct Throttle(Mutex<Window>);

#[derive(Debug, Default)]
struct Window {
    began: Option<Timestamp>,
    all: u32,
    by_client: HashMap<IpAddr, u32>,
}

impl Throttle {
    /// For how long a client that failed has to wait; `None` when it was not too often, its own failures
    /// and those of all.
    pub(super) fn wait(&self, client: Option<IpAddr>, now: Timestamp) -> Option<Duration> {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = window.left(now)?;
        (window.all >= OF_ALL || window.has_failed_too_often(client)).then_some(left)
    }

    /// The same, of its own failures alone.
    pub(super) fn own_wait(&self, client: Option<IpAddr>, now: Timestamp) -> Option<Duration> {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = window.left(now)?;
        window.has_failed_too_often(client).then_some(left)
    }

    pub(super) fn failed(&self, client: Option<IpAddr>, now: Timestamp) {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        window.began.get_or_insert(now);
        window.all = window.all.saturating_add(1);
        let Some(client) = client.map(network) else { return };
        if window.by_client.len() < OF_ALL as usize || window.by_client.contains_key(&client) {
            let own = window.by_client.entry(client).or_default();
            *own = own.saturating_add(1);
        }
    }
}

impl Window {
    /// How much of it is left; begins anew when nothing is.
    fn left(&mut self, now: Timestamp) -> Option<Duration> {
        let gone = self.began.and_then(|began| now.since(began));
        let left = gone.and_then(|gone| WINDOW.checked_sub(gone));
        if left.is_none() {
            *self = Self::default();
        }
        left
    }

    fn has_failed_too_often(&self, client: Option<IpAddr>) -> bool {
        let own = client.and_then(|it| self.by_client.get(&network(it)));
        own.is_some_and(|own| *own >= OF_ONE)
    }
}

/// Whoever has one IPv6 address has the 2^64 beside it.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_fails_too_often_waits_and_others_do_not_until_all_have_failed_too_often() {
        let throttle = Throttle::default();
        let at = |second: i64| Timestamp::from_millis(second * 1_000);
        let client = |last: u128| Some(IpAddr::V6(Ipv6Addr::from_bits(last)));
        for _ in 0..OF_ONE {
            assert_eq!(throttle.wait(client(1), at(100)), None);
            throttle.failed(client(1), at(100));
        }
        assert_eq!(throttle.wait(client(1), at(101)), Some(Duration::from_secs(59)));
        assert!(throttle.wait(client(2), at(101)).is_some(), "the same network");
        assert_eq!(throttle.wait(client(1 << 64), at(101)), None);
        for other in u128::from(OF_ONE)..u128::from(OF_ALL) {
            throttle.failed(client(other << 64), at(102));
        }
        assert!(throttle.wait(client(1 << 100), at(103)).is_some());
        assert_eq!(throttle.own_wait(client(1 << 100), at(103)), None);
        assert!(throttle.own_wait(client(1), at(103)).is_some());
        assert!(throttle.0.lock().unwrap().by_client.len() <= OF_ALL as usize);
        assert_eq!(throttle.wait(client(1), at(161)), None);
        // A clock that was set back opens again.
        throttle.failed(client(1), at(500));
        assert_eq!(throttle.wait(client(1), at(400)), None);
    }
}

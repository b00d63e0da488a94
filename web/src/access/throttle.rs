use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use depaudit_model::Timestamp;

use super::window::Window;

/// How many failures one client has in a window.
const OF_ONE: u32 = 10;
/// How many all clients have: that many addresses are remembered, and no more.
const OF_ALL: u32 = 200;

/// Counts logins that failed. What is guessed at has 192 random bits, so this is about the work that
/// guessing makes, and about the log.
#[derive(Debug, Default)]
pub(super) struct Throttle(Mutex<Failures>);

#[derive(Debug, Default)]
struct Failures {
    /// Those of all, also where no address is known.
    all: Window<()>,
    by_client: Window<IpAddr>,
}

impl Throttle {
    /// For how long a client that failed has to wait; `None` when it was not too often, its own failures
    /// and those of all.
    pub(super) fn wait(&self, client: Option<IpAddr>, now: Timestamp) -> Option<Duration> {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (left, own) = (failures.all.left(now), failures.own_wait(client, now));
        let too_many = failures.all.count(&()) >= OF_ALL;
        left.filter(|_| too_many || own.is_some())
    }

    /// The same, of its own failures alone.
    pub(super) fn own_wait(&self, client: Option<IpAddr>, now: Timestamp) -> Option<Duration> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).own_wait(client, now)
    }

    pub(super) fn failed(&self, client: Option<IpAddr>, now: Timestamp) {
        let Failures { all, by_client } =
            &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.begin(now);
        all.add((), 1);
        by_client.begin(now);
        if let Some(client) = client {
            by_client.add(network(client), OF_ALL as usize);
        }
    }
}

impl Failures {
    fn own_wait(&mut self, client: Option<IpAddr>, now: Timestamp) -> Option<Duration> {
        let left = self.by_client.left(now)?;
        let own = client.map_or(0, |client| self.by_client.count(&network(client)));
        (own >= OF_ONE).then_some(left)
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
        assert!(throttle.0.lock().unwrap().by_client.keys() <= OF_ALL as usize);
        assert_eq!(throttle.wait(client(1), at(161)), None);
        // A clock that was set back opens again.
        throttle.failed(client(1), at(500));
        assert_eq!(throttle.wait(client(1), at(400)), None);
    }
}

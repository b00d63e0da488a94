use std::net::IpAddr;

use depaudit_model::event::Client;
use depaudit_store::{ClientFilter, EventFilter, EventOrder};

use crate::audit::{AuditPlace, Sqlite};
use crate::contract;
use crate::trace::{moment, served};

contract! {
    [
        clients_are_forgotten_as_asked_and_the_events_stay,
    ]
    sqlite => Sqlite(tempfile::tempdir().unwrap()),
}

async fn clients_are_forgotten_as_asked_and_the_events_stay(place: &impl AuditPlace) {
    let log = place.open().await;
    let address = |last: u8| IpAddr::from([192, 0, 2, last]);
    let mut records = Vec::new();
    for (second, team, last) in [(1, "payments", 1), (2, "payments", 2), (3, "search", 1)] {
        let mut record = served(second, team, "1.0.0");
        let client = Client { address: Some(address(last)), user_agent: None, salt: 9 };
        record.event.client = Some(client.commitment());
        record.client = Some(client);
        records.push(record);
    }
    log.append(records).await.unwrap();
    let kept = async || -> Vec<u64> {
        let all = log.read(&EventFilter::default(), EventOrder::OldestFirst, 10).await.unwrap();
        assert_eq!(all.len(), 3);
        assert!(all.iter().all(|it| it.event.client.is_some()), "the commitments stay");
        all.iter().filter(|it| it.client.is_some()).map(|it| it.index).collect()
    };
    let none = ClientFilter::default;
    let both = ClientFilter {
        team: "payments".parse().ok(),
        address: Some(address(1)),
        before: Some(moment(1)),
        below: None,
    };
    assert_eq!(log.count_clients(&both).await.unwrap(), 0, "it is not older than itself");
    let both = ClientFilter { before: None, ..both };
    assert_eq!(log.count_clients(&both).await.unwrap(), 1);
    let early = ClientFilter { below: Some(0), ..both.clone() };
    assert_eq!(log.count_clients(&early).await.unwrap(), 0, "it comes later");
    assert_eq!(log.forget_clients(&early).await.unwrap(), 0);
    assert_eq!(kept().await, [0, 1, 2], "counting erases nothing");
    assert_eq!(log.forget_clients(&both).await.unwrap(), 1);
    assert_eq!(kept().await, [1, 2]);
    assert_eq!(log.forget_clients(&both).await.unwrap(), 0);
    let before = ClientFilter { before: Some(moment(3)), ..none() };
    assert_eq!(log.forget_clients(&before).await.unwrap(), 1);
    assert_eq!(kept().await, [2]);
    let address = ClientFilter { address: Some(address(1)), ..none() };
    assert_eq!(log.forget_clients(&address).await.unwrap(), 1);
    assert_eq!(kept().await, [0_u64; 0]);
}

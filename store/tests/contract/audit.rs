use std::collections::BTreeSet;
use std::sync::Arc;

use depaudit_model::event::{Client, Event, EventKind};
use depaudit_model::{Checksum, RegistryName, Timestamp, canonical};
use depaudit_store::sqlite::SqliteAuditLog;
use depaudit_store::{AuditLog, DigestPrefix, EventFilter, EventOrder, Record, StoreError};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::{Place, contract};

contract! {
    [
        an_empty_log_has_nothing,
        records_stand_in_their_order_from_zero,
        many_callers_share_the_indices_without_a_gap,
        what_was_acknowledged_is_there_after_a_restart,
        a_leaf_is_the_canonical_encoding_byte_for_byte,
        who_asked_comes_back_as_it_was,
        each_filter_narrows,
        filters_hold_together,
        times_count_when_the_clock_was_set_back,
        the_newest_come_first_when_asked_so,
        two_servers_append_to_one_log,
        an_event_that_cannot_be_encoded_harms_nobody_else,
        a_caller_that_leaves_harms_nobody_else,
        an_empty_append_says_where_the_log_ends,
        nothing_waits_when_everything_is_answered,
    ]
    sqlite => Sqlite(tempfile::tempdir().unwrap()),
}

pub(crate) struct Sqlite(pub(crate) TempDir);

impl Place for Sqlite {
    type Store = dyn AuditLog;

    async fn open(&self) -> Arc<dyn AuditLog> {
        Arc::new(SqliteAuditLog::open(self.0.path()).unwrap())
    }
}

pub(crate) trait AuditPlace: Place<Store = dyn AuditLog> {}
impl<P: Place<Store = dyn AuditLog>> AuditPlace for P {}

pub(crate) fn event(kind: EventKind, second: i64) -> Event {
    Event::new(kind, Timestamp::from_millis(second * 1_000))
}

pub(crate) fn record(event: Event) -> Record {
    Record { event, client: None }
}

/// A download of `team`, `name` and `version`, with the digest of these two.
fn download(second: i64, team: &str, name: &str, version: &str) -> Record {
    let mut event = event(EventKind::DownloadDecided, second);
    event.team = Some(team.parse().unwrap());
    event.registry = Some(RegistryName::crates_io());
    event.name = Some(name.parse().unwrap());
    event.version = Some(version.parse().unwrap());
    event.sha256 = Some(digest(name, version));
    record(event)
}

fn digest(name: &str, version: &str) -> Checksum {
    Checksum::of(format!("{name} {version}").as_bytes())
}

async fn indices(log: &dyn AuditLog, filter: EventFilter) -> Vec<u64> {
    let events = log.read(&filter, EventOrder::OldestFirst, 1_000).await.unwrap();
    events.iter().map(|stored| stored.index).collect()
}

async fn an_empty_log_has_nothing(place: &impl AuditPlace) {
    let log = place.open().await;
    assert_eq!(log.length().await.unwrap(), 0);
    assert!(indices(&*log, EventFilter::default()).await.is_empty());
}

async fn records_stand_in_their_order_from_zero(place: &impl AuditPlace) {
    let log = place.open().await;
    let two = vec![download(1, "a", "serde", "1.0.0"), download(2, "b", "syn", "2.0.0")];
    let expected: Vec<Event> = two.iter().map(|record| record.event.clone()).collect();
    assert_eq!(log.append(two).await.unwrap().first, 0);
    let third = event(EventKind::Administration, 3);
    assert_eq!(log.append(vec![record(third.clone())]).await.unwrap().first, 2);

    assert_eq!(log.length().await.unwrap(), 3);
    let events = log.read(&EventFilter::default(), EventOrder::OldestFirst, 10).await.unwrap();
    let read: Vec<_> = events.into_iter().map(|stored| (stored.index, stored.event)).collect();
    assert_eq!(read, [(0, expected[0].clone()), (1, expected[1].clone()), (2, third)]);
}

async fn many_callers_share_the_indices_without_a_gap(place: &impl AuditPlace) {
    let log = place.open().await;
    let mut callers = JoinSet::new();
    for caller in 0..64_u64 {
        let log = Arc::clone(&log);
        callers.spawn(async move {
            let mut mine = Vec::new();
            for round in 0..10 {
                // One, two or three at a time: they have to stay together.
                let count = 1 + (caller + round) % 3;
                let bytes = caller * 100 + round;
                let mut event = event(EventKind::DownloadFinished, 1);
                event.bytes = Some(bytes);
                let records = (0..count).map(|_| record(event.clone())).collect();
                let first = log.append(records).await.unwrap().first;
                mine.extend((first..first + count).map(|index| (index, bytes)));
            }
            mine
        });
    }
    let acknowledged: BTreeSet<_> = callers.join_all().await.into_iter().flatten().collect();

    let stored = log.read(&EventFilter::default(), EventOrder::OldestFirst, 5_000).await.unwrap();
    let stored: Vec<_> =
        stored.into_iter().map(|stored| (stored.index, stored.event.bytes.unwrap())).collect();
    assert!(stored.iter().map(|(index, _)| *index).eq(0..stored.len() as u64));
    assert!(acknowledged.into_iter().eq(stored));
}

async fn what_was_acknowledged_is_there_after_a_restart(place: &impl AuditPlace) {
    let log = place.open().await;
    log.append(vec![download(1, "a", "serde", "1.0.0")]).await.unwrap();
    drop(log);
    let log = place.open().await;
    assert_eq!(log.length().await.unwrap(), 1);
    assert_eq!(log.append(vec![record(event(EventKind::FirstSeen, 2))]).await.unwrap().first, 1);
}

async fn a_leaf_is_the_canonical_encoding_byte_for_byte(place: &impl AuditPlace) {
    let log = place.open().await;
    let record = download(1, "a", "Inflector", "0.11.4+x");
    let event = record.event.clone().with_detail("é \"quoted\"\n\u{1}");
    log.append(vec![Record { event: event.clone(), ..record }]).await.unwrap();
    let stored = log.read(&EventFilter::default(), EventOrder::OldestFirst, 1).await.unwrap();
    assert_eq!(stored[0].leaf, canonical::encode(&event).unwrap());
    assert_eq!(stored[0].event, event);
}

async fn who_asked_comes_back_as_it_was(place: &impl AuditPlace) {
    let log = place.open().await;
    let clients = [
        Some(Client {
            address: Some("2001:db8::7".parse().unwrap()),
            user_agent: Some("cargo\n{\"kind\":\"forged\"}".into()),
            salt: u128::MAX - 1,
        }),
        Some(Client { address: None, user_agent: None, salt: 7 }),
        None,
    ];
    let records = clients.iter().map(|client| {
        let mut event = event(EventKind::IndexServed, 1);
        event.client = client.as_ref().map(Client::commitment);
        Record { event, client: client.clone() }
    });
    log.append(records.collect()).await.unwrap();
    let stored = log.read(&EventFilter::default(), EventOrder::OldestFirst, 10).await.unwrap();
    for (stored, client) in stored.iter().zip(&clients) {
        assert_eq!(&stored.client, client);
        assert_eq!(stored.event.client, client.as_ref().map(Client::commitment));
    }
    assert_eq!(stored.len(), 3);
}

async fn filled(place: &impl AuditPlace) -> Arc<dyn AuditLog> {
    let log = place.open().await;
    let records = vec![
        download(10, "payments", "serde", "1.0.0"),
        download(20, "search", "Serde", "1.0.1"),
        download(30, "payments", "syn", "1.0.0"),
        record(event(EventKind::Administration, 40)),
        download(50, "search", "serde", "1.0.0"),
    ];
    log.append(records).await.unwrap();
    log
}

fn beginning(digest: Checksum) -> DigestPrefix {
    digest.to_string()[..7].parse().unwrap()
}

async fn each_filter_narrows(place: &impl AuditPlace) {
    let log = filled(place).await;
    let filter = EventFilter::default;
    let second = |second: i64| Some(Timestamp::from_millis(second * 1_000));
    let cases = [
        (filter(), vec![0, 1, 2, 3, 4]),
        (EventFilter { from: 3, ..filter() }, vec![3, 4]),
        (EventFilter { from: 5, ..filter() }, vec![]),
        (EventFilter { since: second(30), ..filter() }, vec![2, 3, 4]),
        (EventFilter { since: second(51), ..filter() }, vec![]),
        (EventFilter { team: Some("payments".parse().unwrap()), ..filter() }, vec![0, 2]),
        (EventFilter { name: Some("SERDE".parse().unwrap()), ..filter() }, vec![0, 1, 4]),
        (EventFilter { name: Some("serde_json".parse().unwrap()), ..filter() }, vec![]),
        (EventFilter { version: Some("1.0.0".parse().unwrap()), ..filter() }, vec![0, 2, 4]),
        (EventFilter { sha256: Some(digest("syn", "1.0.0").into()), ..filter() }, vec![2]),
        (EventFilter { sha256: Some(beginning(digest("syn", "1.0.0"))), ..filter() }, vec![2]),
        (EventFilter { kinds: vec![EventKind::Administration], ..filter() }, vec![3]),
        (
            EventFilter {
                kinds: vec![EventKind::Administration, EventKind::DownloadDecided],
                ..filter()
            },
            vec![0, 1, 2, 3, 4],
        ),
    ];
    for (filter, expected) in cases {
        assert_eq!(indices(&*log, filter.clone()).await, expected, "{filter:?}");
    }
}

async fn filters_hold_together(place: &impl AuditPlace) {
    let log = filled(place).await;
    let filter = EventFilter {
        from: 1,
        since: Some(Timestamp::from_millis(20_000)),
        team: Some("search".parse().unwrap()),
        name: Some("serde".parse().unwrap()),
        version: Some("1.0.0".parse().unwrap()),
        sha256: Some(digest("serde", "1.0.0").into()),
        kinds: vec![EventKind::DownloadDecided],
    };
    assert_eq!(indices(&*log, filter.clone()).await, [4]);
    let nobody = EventFilter { team: Some("payments".parse().unwrap()), ..filter };
    assert!(indices(&*log, nobody).await.is_empty());
}

async fn times_count_when_the_clock_was_set_back(place: &impl AuditPlace) {
    let log = place.open().await;
    let at = |second| record(event(EventKind::IndexServed, second));
    log.append(vec![at(100), at(200), at(50), at(150)]).await.unwrap();
    let since = |second: i64| EventFilter {
        since: Some(Timestamp::from_millis(second * 1_000)),
        ..EventFilter::default()
    };
    assert_eq!(indices(&*log, since(100)).await, [0, 1, 3]);
    assert_eq!(indices(&*log, since(150)).await, [1, 3]);
}

async fn the_newest_come_first_when_asked_so(place: &impl AuditPlace) {
    let log = filled(place).await;
    for (filter, expected) in [
        (EventFilter::default(), [4, 3]),
        (EventFilter { name: Some("serde".parse().unwrap()), ..EventFilter::default() }, [4, 1]),
        (EventFilter { team: Some("payments".parse().unwrap()), ..EventFilter::default() }, [2, 0]),
    ] {
        let events = log.read(&filter, EventOrder::NewestFirst, 2).await.unwrap();
        let read: Vec<_> = events.iter().map(|stored| stored.index).collect();
        assert_eq!(read, expected, "{filter:?}");
    }
}

async fn two_servers_append_to_one_log(place: &impl AuditPlace) {
    let logs = [place.open().await, place.open().await];
    let mut callers = JoinSet::new();
    for caller in 0..20 {
        let log = Arc::clone(&logs[caller % 2]);
        callers.spawn(async move {
            let mut mine = Vec::new();
            for _ in 0..10 {
                let records = vec![record(event(EventKind::DownloadFinished, 1))];
                mine.push(log.append(records).await.unwrap().first);
            }
            mine
        });
    }
    let mut all: Vec<_> = callers.join_all().await.into_iter().flatten().collect();
    all.sort_unstable();
    assert!(all.into_iter().eq(0..200));
    for log in logs {
        assert_eq!(log.length().await.unwrap(), 200);
        assert!(indices(&*log, EventFilter::default()).await.into_iter().eq(0..200));
    }
}

async fn an_event_that_cannot_be_encoded_harms_nobody_else(place: &impl AuditPlace) {
    let log = place.open().await;
    let mut too_long = event(EventKind::IndexServed, 1);
    too_long.rule = Some("r".repeat(canonical::LONGEST));
    let good = || log.append(vec![record(event(EventKind::IndexServed, 1))]);
    let bad = log.append(vec![record(event(EventKind::IndexServed, 1)), record(too_long)]);

    let (first, bad, second) = tokio::join!(good(), bad, good());
    assert!(matches!(bad, Err(StoreError::NotRecordable { .. })), "{bad:?}");
    let mut firsts = [first.unwrap().first, second.unwrap().first];
    firsts.sort_unstable();
    assert_eq!(firsts, [0, 1]);
    assert_eq!(log.length().await.unwrap(), 2);
}

async fn a_caller_that_leaves_harms_nobody_else(place: &impl AuditPlace) {
    let log = place.open().await;
    let mut callers = JoinSet::new();
    for caller in 0..64 {
        let log = Arc::clone(&log);
        callers.spawn(async move {
            let append = log.append(vec![record(event(EventKind::IndexServed, 1))]);
            if caller % 2 == 0 {
                // Polled once, then dropped: it may be queued, and may be written.
                tokio::select! { biased; _ = append => {}, () = std::future::ready(()) => {} }
                None
            } else {
                Some(append.await.unwrap().first)
            }
        });
    }
    let stayed: BTreeSet<_> = callers.join_all().await.into_iter().flatten().collect();
    assert_eq!(stayed.len(), 32);
    drop(log);

    let log = place.open().await;
    let stored = indices(&*log, EventFilter::default()).await;
    assert!(stored.iter().copied().eq(0..stored.len() as u64));
    assert!((32..=64).contains(&stored.len()));
    assert!(stayed.iter().all(|index| stored.contains(index)));
}

async fn an_empty_append_says_where_the_log_ends(place: &impl AuditPlace) {
    let log = filled(place).await;
    assert_eq!(log.append(Vec::new()).await.unwrap().first, 5);
    assert_eq!(log.length().await.unwrap(), 5);
}

async fn nothing_waits_when_everything_is_answered(place: &impl AuditPlace) {
    let log = filled(place).await;
    assert_eq!(log.queued(), 0);
}

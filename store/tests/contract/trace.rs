use std::collections::BTreeSet;
use std::sync::Arc;

use depaudit_model::cargo::Release;
use depaudit_model::event::{Client, Decision, Event, EventKind};
use depaudit_model::{Checksum, RegistryName, RequestId, TeamId, Timestamp};
use depaudit_store::{AuditLog, LastTime, Record, StoredEvent, Tally, TeamOnRecord, Traced};
use tokio::task::JoinSet;

use crate::audit::{AuditPlace, Sqlite};
use crate::contract;

contract! {
    [
        decisions_are_counted_for_whom_they_were_made,
        a_trace_is_of_one_crate_in_any_spelling_and_narrows,
        only_what_was_let_through_arrives,
        the_few_incidents_are_found_among_the_downloads,
        a_request_leads_to_its_events,
        a_digest_leads_to_its_releases,
        known_bytes_tell_teams_and_registries_apart,
        the_teams_are_told_and_when_each_received_and_was_refused_last,
        what_a_dry_run_would_have_refused_is_counted_by_release_team_and_rule,
        what_each_team_received_is_told_for_all_at_once,
        two_servers_count_in_one_log,
    ]
    sqlite => Sqlite(tempfile::tempdir().unwrap()),
}

pub(crate) fn moment(second: i64) -> Timestamp {
    Timestamp::from_millis(second * 1_000)
}

fn event(kind: EventKind, second: i64, name: &str, version: &str) -> Event {
    let mut event = Event::new(kind, moment(second));
    event.registry = Some(RegistryName::crates_io());
    event.name = Some(name.parse().unwrap());
    event.version = Some(version.parse().unwrap());
    event.sha256 = Some(digest(name, version));
    event
}

fn decided(second: i64, team: &str, version: &str, decision: Decision) -> Record {
    let mut event = event(EventKind::DownloadDecided, second, "Serde", version);
    event.team = Some(team.parse().unwrap());
    event.decision = Some(decision);
    let client = Client { address: None, user_agent: Some("cargo".into()), salt: 7 };
    event.client = Some(client.commitment());
    Record { event, client: Some(client) }
}

pub(crate) fn served(second: i64, team: &str, version: &str) -> Record {
    decided(second, team, version, Decision::Allow)
}

fn digest(name: &str, version: &str) -> Checksum {
    Checksum::of(format!("{name} {version}").as_bytes())
}

fn release(version: &str) -> Release {
    Release { name: "serde".parse().unwrap(), version: version.parse().unwrap() }
}

fn serde() -> Traced {
    Traced { name: "serde".parse().unwrap(), version: None, sha256: None, team: None }
}

async fn tallies(log: &dyn AuditLog, of: &Traced) -> Vec<Tally> {
    log.tallies(of, 100).await.unwrap()
}

async fn what_a_dry_run_would_have_refused_is_counted_by_release_team_and_rule(
    place: &impl AuditPlace,
) {
    let log = place.open().await;
    assert_eq!(log.dry_runs(None, 10).await.unwrap(), []);
    let would = |second, team: &str, version: &str, principal: &str| {
        let mut record = decided(second, team, version, Decision::WouldDeny);
        record.event.rule = Some("licence".into());
        record.event.principal = Some(principal.into());
        record
    };
    let of_search = would(7, "search", "1.0.0", "c0ffee ci");
    let mut denied = decided(8, "payments", "1.0.0", Decision::Deny);
    denied.event.rule = Some("licence".into());
    let records = vec![
        would(5, "payments", "1.0.0", "c0ffee ci"),
        of_search,
        // Another principal and another policy are the same rule's.
        would(9, "payments", "1.0.0", "deed person"),
        would(6, "payments", "1.1.0", "c0ffee ci"),
        served(10, "payments", "1.2.0"),
        denied,
    ];
    log.append(records).await.unwrap();
    let told = |team: Option<&str>, most| {
        let (log, team) = (&log, team.map(|team| team.parse::<TeamId>().unwrap()));
        async move {
            let rows = log.dry_runs(team.as_ref(), most).await.unwrap();
            let row = |it: &depaudit_store::DryRun| {
                assert_eq!((it.name.as_str(), it.rule.as_str()), ("serde", "licence"));
                assert_eq!(it.registry, Some(RegistryName::crates_io()));
                let (first, last) = (it.first.as_millis() / 1_000, it.last.as_millis() / 1_000);
                let whose = format!("{} {}", it.team, it.version);
                (whose, it.count, first, last, it.last_index)
            };
            rows.iter().map(row).collect::<Vec<_>>()
        }
    };
    let row =
        |whose: &str, count, first, last, index| (whose.to_owned(), count, first, last, index);
    let of_payments = [row("payments 1.1.0", 1, 6, 6, 3), row("payments 1.0.0", 2, 5, 9, 2)];
    assert_eq!(told(Some("payments"), 10).await, of_payments);
    let all = told(None, 10).await;
    assert_eq!(all.len(), 3);
    assert_eq!(all[2], row("search 1.0.0", 1, 7, 7, 1));
    assert_eq!(told(None, 1).await, of_payments[..1]);
}

async fn decisions_are_counted_for_whom_they_were_made(place: &impl AuditPlace) {
    let log = place.open().await;
    let mut of_ci = served(5, "payments", "1.0.0");
    of_ci.event.principal = Some("c0ffee ci".into());
    of_ci.event.policy = Some(Checksum::of(b"policy"));
    of_ci.event.waiver = Some("minimum-age by w-1".into());
    let mut denied = decided(6, "search", "1.0.0", Decision::Deny);
    denied.event.rule = Some("advisory".into());
    let view = event(EventKind::IndexServed, 3, "serde", "1.0.0");
    // The third has the time of a clock that was set back.
    let served = [served(10, "payments", "1.0.0"), served(11, "payments", "1.0.0")];
    let [first, second] = served;
    let mut back = first.clone();
    back.event.time = moment(2);
    let view = Record { event: view, client: None };
    log.append(vec![first, view, second, back, of_ci, denied]).await.unwrap();

    let [plain, ci, denied] = tallies(&*log, &serde()).await.try_into().unwrap();
    assert_eq!((plain.count, plain.first, plain.last), (3, moment(2), moment(11)));
    assert_eq!((plain.first_index, plain.last_index), (0, 3));
    assert_eq!((&plain.principal, &plain.rule, &plain.policy), (&None, &None, &None));
    assert_eq!(plain.sha256, Some(digest("Serde", "1.0.0")));
    assert_eq!((ci.count, ci.principal.as_deref()), (1, Some("c0ffee ci")));
    assert_eq!(ci.policy, Some(Checksum::of(b"policy")));
    assert_eq!(ci.waiver.as_deref(), Some("minimum-age by w-1"));
    assert_eq!((denied.team.as_str(), denied.decision), ("search", Decision::Deny));
    assert_eq!(denied.rule.as_deref(), Some("advisory"));
}

async fn a_trace_is_of_one_crate_in_any_spelling_and_narrows(place: &impl AuditPlace) {
    let log = place.open().await;
    let mut other = served(4, "search", "1.0.0");
    other.event.name = Some("syn".parse().unwrap());
    let records = [("payments", "1.0.0"), ("search", "1.0.0"), ("search", "1.0.1")];
    let records = records.map(|(team, version)| served(1, team, version));
    log.append([records.to_vec(), vec![other]].concat()).await.unwrap();
    let count = async |of: Traced| tallies(&*log, &of).await.len();
    assert_eq!(count(Traced { name: "SERDE".parse().unwrap(), ..serde() }).await, 3);
    assert_eq!(count(Traced { version: "1.0.0".parse().ok(), ..serde() }).await, 2);
    assert_eq!(count(Traced { team: "search".parse().ok(), ..serde() }).await, 2);
    let sha256 = Some(digest("Serde", "1.0.1").into());
    assert_eq!(count(Traced { sha256, ..serde() }).await, 1);
    assert_eq!(log.tallies(&serde(), 1).await.unwrap().len(), 1);
}

async fn only_what_was_let_through_arrives(place: &impl AuditPlace) {
    let log = place.open().await;
    log.append(vec![
        decided(1, "payments", "1.0.0", Decision::Deny),
        served(2, "payments", "1.0.0"),
        decided(3, "payments", "1.0.1", Decision::WouldDeny),
        served(4, "payments", "1.0.0"),
        served(5, "search", "1.0.0"),
    ])
    .await
    .unwrap();
    let name = "serde".parse().unwrap();
    let arrivals = log.arrivals(&name, None, 10).await.unwrap();
    let told: Vec<_> = arrivals
        .iter()
        .map(|it| (it.team.as_str(), it.version.to_string(), it.first, it.first_index))
        .collect();
    let version = |text: &str| text.to_owned();
    assert_eq!(
        told,
        [
            ("payments", version("1.0.0"), moment(2), 1),
            ("payments", version("1.0.1"), moment(3), 2),
            ("search", version("1.0.0"), moment(5), 4),
        ]
    );
    let search: TeamId = "search".parse().unwrap();
    assert_eq!(log.arrivals(&name, Some(&search), 10).await.unwrap().len(), 1);
}

async fn the_few_incidents_are_found_among_the_downloads(place: &impl AuditPlace) {
    let log = place.open().await;
    let mut records: Vec<_> = (0..50).map(|second| served(second, "payments", "1.0.0")).collect();
    for (second, kind) in [(20, EventKind::FirstSeen), (30, EventKind::ChecksumConflict)] {
        records.push(Record { event: event(kind, second, "serde", "1.0.0"), client: None });
        let event = event(EventKind::DownloadFinished, second, "serde", "1.0.0");
        records.push(Record { event, client: None });
    }
    let other = event(EventKind::CrateRefused, 40, "syn", "1.0.0");
    records.push(Record { event: other, client: None });
    log.append(records).await.unwrap();
    let kinds =
        |found: &[StoredEvent]| -> Vec<_> { found.iter().map(|it| it.event.kind).collect() };
    let name = "serde".parse().unwrap();
    let found = log.incidents(&name, 10).await.unwrap();
    assert_eq!(kinds(&found), [EventKind::FirstSeen, EventKind::ChecksumConflict]);
    let newest = log.incidents(&name, 1).await.unwrap();
    assert_eq!(kinds(&newest), [EventKind::ChecksumConflict]);
}

async fn a_request_leads_to_its_events(place: &impl AuditPlace) {
    let log = place.open().await;
    let [mine, other] = [1, 2].map(|random| RequestId::new(moment(7), random));
    let mut records = [1, 2, 3].map(|second| served(second, "payments", "1.0.0"));
    for (record, id) in records.iter_mut().zip([&mine, &other, &mine]) {
        record.event.request_id = Some(id.clone());
    }
    log.append(records.to_vec()).await.unwrap();
    let found = log.of_request(&mine, 10).await.unwrap();
    assert_eq!(found.iter().map(|it| it.index).collect::<Vec<_>>(), [0, 2]);
    assert_eq!(found[0].event, records[0].event);
    assert_eq!(found[0].client, records[0].client);
    assert!(log.of_request(&RequestId::new(moment(7), 3), 10).await.unwrap().is_empty());
}

async fn a_digest_leads_to_its_releases(place: &impl AuditPlace) {
    let log = place.open().await;
    log.append(vec![served(1, "payments", "1.0.0"), served(2, "payments", "1.0.1")]).await.unwrap();
    let whole = digest("Serde", "1.0.1");
    assert_eq!(log.releases_with(whole.into(), 10).await.unwrap(), [release("1.0.1")]);
    let begins = whole.to_string()[..10].parse().unwrap();
    assert_eq!(log.releases_with(begins, 10).await.unwrap(), [release("1.0.1")]);
    assert!(log.releases_with(digest("no", "1.0.0").into(), 10).await.unwrap().is_empty());
}

async fn known_bytes_tell_teams_and_registries_apart(place: &impl AuditPlace) {
    let log = place.open().await;
    let mut elsewhere = served(4, "payments", "1.0.0");
    elsewhere.event.registry = Some("internal".parse().unwrap());
    elsewhere.event.sha256 = Some(Checksum::of(b"other bytes"));
    let seen = event(EventKind::FirstSeen, 1, "serde", "1.0.2");
    log.append(vec![
        served(1, "payments", "1.0.0"),
        served(2, "search", "1.0.0"),
        served(3, "search", "1.0.0"),
        elsewhere,
        decided(5, "payments", "1.0.1", Decision::Deny),
        Record { event: seen, client: None },
    ])
    .await
    .unwrap();
    let crates_io = RegistryName::crates_io();
    let payments: TeamId = "payments".parse().unwrap();
    let asked = ["1.0.0", "1.0.1", "1.0.2", "9.0.0"].map(release);
    let known = log.known_bytes(&crates_io, Some(&payments), &asked).await.unwrap();
    let [served, denied, seen, unknown] = known.try_into().unwrap();
    let [served] = served.try_into().unwrap();
    assert_eq!(served.sha256, digest("Serde", "1.0.0"), "not what another registry has");
    let (mine, others) = (served.to_team.unwrap(), served.to_others.unwrap());
    assert_eq!((mine.count, mine.first), (1, moment(1)));
    assert_eq!((others.count, others.first, others.last), (2, moment(2), moment(3)));
    assert!(denied.is_empty() && unknown.is_empty());
    assert_eq!((seen[0].first_seen, seen[0].to_team), (Some(moment(1)), None));

    let all = log.known_bytes(&crates_io, None, &asked[..1]).await.unwrap();
    assert_eq!((all[0][0].to_team, all[0][0].to_others.unwrap().count), (None, 3));
}

async fn the_teams_are_told_and_when_each_received_and_was_refused_last(place: &impl AuditPlace) {
    let log = place.open().await;
    assert_eq!(log.teams(10).await.unwrap(), []);
    let mut name_refused = event(EventKind::IndexServed, 9, "serde", "1.0.0");
    name_refused.team = Some("ads".parse().unwrap());
    name_refused.decision = Some(Decision::Deny);
    let mut viewed = event(EventKind::IndexServed, 11, "serde", "1.0.0");
    viewed.team = Some("web".parse().unwrap());
    let records = vec![
        served(1, "web", "1.0.0"),
        decided(2, "web", "1.0.1", Decision::Deny),
        decided(3, "web", "1.0.2", Decision::WouldDeny),
        served(4, "payments", "1.0.0"),
        Record { event: name_refused, client: None },
        Record { event: viewed, client: None },
    ];
    log.append(records).await.unwrap();
    let told = |team: &str, received, refused| TeamOnRecord {
        team: team.parse().unwrap(),
        received,
        refused,
    };
    let (never, at) = (LastTime::Never, |second| LastTime::At(moment(second)));
    let all =
        [told("ads", never, at(9)), told("payments", at(4), never), told("web", at(3), at(2))];
    assert_eq!(log.teams(10).await.unwrap(), all);
    assert_eq!(log.teams(1).await.unwrap(), all[..1]);

    // Nobody looks through a long record for what is long ago.
    let refusals = || (0..1_000).map(|_| decided(20, "payments", "1.0.3", Decision::Deny));
    for _ in 0..5 {
        log.append(refusals().collect()).await.unwrap();
    }
    let payments = told("payments", LastTime::Before(moment(20)), at(20));
    assert_eq!(log.teams(10).await.unwrap()[1], payments);
}

async fn what_each_team_received_is_told_for_all_at_once(place: &impl AuditPlace) {
    let log = place.open().await;
    let mut by_policy = served(9, "payments", "1.0.0");
    by_policy.event.policy = Some(Checksum::of(b"policy"));
    let mut view = served(20, "web", "1.0.0");
    view.event.kind = EventKind::IndexServed;
    view.event.version = None;
    let records = vec![
        served(2, "payments", "1.0.0"),
        served(3, "payments", "1.1.0"),
        served(4, "search", "1.0.0"),
        decided(5, "mobile", "1.0.0", Decision::Deny),
        by_policy,
        view,
    ];
    log.append(records).await.unwrap();
    let asked = ["1.0.0", "2.0.0"].map(|version| digest("Serde", version));
    let mut received = log.received(Arc::new(asked.into())).await.unwrap();
    received.sort_by(|a, b| a.team.cmp(&b.team));
    let told: Vec<_> =
        received.iter().map(|it| (it.team.as_str(), it.first, it.last, it.of.len())).collect();
    let expected = [("payments", moment(2), moment(9), 1), ("search", moment(4), moment(4), 1)];
    assert_eq!(told, expected);

    let teams: BTreeSet<TeamId> =
        ["payments", "mobile", "web"].map(|it| it.parse().unwrap()).into();
    let downloads = async |since: i64, most| -> Vec<_> {
        let found = log.downloads(&teams, moment(since), most).await.unwrap();
        assert!(found.iter().all(|it| it.team.as_str() == "payments"), "{found:?}");
        let mut told: Vec<_> = found.iter().map(|it| (it.version.to_string(), it.last)).collect();
        told.sort();
        told
    };
    let told = |pairs: &[(&str, i64)]| -> Vec<_> {
        pairs.iter().map(|(version, at)| ((*version).to_owned(), moment(*at))).collect()
    };
    assert_eq!(downloads(0, 9).await, told(&[("1.0.0", 2), ("1.0.0", 9), ("1.1.0", 3)]));
    assert_eq!(downloads(4, 9).await, told(&[("1.0.0", 9)]));
    assert_eq!(downloads(0, 2).await.len(), 2);
}

async fn two_servers_count_in_one_log(place: &impl AuditPlace) {
    let logs = [place.open().await, place.open().await];
    let mut callers = JoinSet::new();
    for caller in 0..20_usize {
        let log = std::sync::Arc::clone(&logs[caller % 2]);
        callers.spawn(async move {
            log.append(vec![served(1, "payments", "1.0.0"), served(2, "payments", "1.0.0")]).await
        });
    }
    assert!(callers.join_all().await.iter().all(Result::is_ok));
    let [tally] = tallies(&*logs[0], &serde()).await.try_into().unwrap();
    assert_eq!((tally.count, tally.first_index, tally.last_index), (40, 0, 39));
}

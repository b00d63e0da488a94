use depaudit_model::{Checksum, Timestamp};
use depaudit_store::{KeptReport, ReportRetention};

use crate::contract;
use crate::meta::{MetaPlace, Sqlite};

contract! {
    [
        bad_input_48_a_report_that_came_twice_is_kept_once,
        old_reports_are_forgotten_and_the_newest_of_a_branch_never,
    ]
    sqlite => Sqlite(tempfile::tempdir().unwrap()),
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(second * 1_000)
}

fn kept(team: &str, branch: &str, second: i64) -> KeptReport {
    let text = format!("{team} {branch} {second}");
    KeptReport {
        digest: Checksum::of(text.as_bytes()),
        team: team.parse().unwrap(),
        repository: "acme/shop".to_owned(),
        branch: branch.to_owned(),
        time: at(second),
        received: at(second + 1),
        body: text.into(),
    }
}

async fn bad_input_48_a_report_that_came_twice_is_kept_once(place: &impl MetaPlace) {
    let store = place.open().await;
    let (old, new) = (kept("payments", "main", 1), kept("payments", "main", 2));
    assert!(store.put_report(&new).await.unwrap());
    assert!(store.put_report(&old).await.unwrap());
    assert!(!store.put_report(&new).await.unwrap());
    assert!(store.has_report(&old.digest).await.unwrap());
    assert!(!store.has_report(&Checksum::of(b"other")).await.unwrap());
    let mut digests = store.report_digests().await.unwrap();
    digests.sort_by_key(|digest| *digest == new.digest);
    assert_eq!(digests, [old.digest, new.digest]);
    assert_eq!(store.report(&old.digest).await.unwrap().as_ref(), Some(&old));
    assert_eq!(store.report(&Checksum::of(b"other")).await.unwrap(), None);
    assert_eq!(store.reports().await.unwrap(), [old, new]);
}

async fn old_reports_are_forgotten_and_the_newest_of_a_branch_never(place: &impl MetaPlace) {
    let store = place.open().await;
    for (team, branch, second) in
        [("a", "main", 1), ("a", "main", 2), ("a", "main", 9), ("a", "old", 1), ("b", "main", 1)]
    {
        store.put_report(&kept(team, branch, second)).await.unwrap();
    }
    let left = async || -> Vec<_> {
        let reports = store.reports().await.unwrap();
        reports.iter().map(|it| String::from_utf8(it.body.to_vec()).unwrap()).collect()
    };
    let keep = ReportRetention { before: at(5), most_of_a_team: 10 };
    assert_eq!(store.forget_reports(keep).await.unwrap(), 2);
    let mut found = left().await;
    found.sort();
    assert_eq!(found, ["a main 9", "a old 1", "b main 1"]);
    let keep = ReportRetention { before: at(0), most_of_a_team: 1 };
    store.forget_reports(keep).await.unwrap();
    let mut found = left().await;
    found.sort();
    assert_eq!(found, ["a main 9", "b main 1"]);
}

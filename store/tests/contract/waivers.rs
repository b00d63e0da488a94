use depaudit_model::cargo::Release;
use depaudit_model::{Checksum, TeamId, WaiverId};
use depaudit_store::{Act, Asked, Waiver, WaiverAbout};

use crate::contract;
use crate::meta::{MetaPlace, Sqlite, at, crate_name, registry};

contract! {
    [
        a_waiver_is_granted_once_and_ended_for_good,
        what_is_asked_for_is_counted_for_each_team_and_forgotten_when_dismissed,
    ]
    sqlite => Sqlite(tempfile::tempdir().unwrap()),
}

fn act(by: &str, second: i64) -> Act {
    Act { by: by.into(), at: at(second) }
}

fn waiver(id: &str, about: WaiverAbout) -> Waiver {
    Waiver {
        id: id.parse().unwrap(),
        about,
        registry: registry("crates-io"),
        team: None,
        owner: "ann".into(),
        reason: "a release tonight".into(),
        link: Some("https://tickets.example/7".into()),
        expires: at(86_400),
        proposed: act("ann", 1),
        granted: None,
        ended: None,
        ended_for: None,
    }
}

async fn a_waiver_is_granted_once_and_ended_for_good(place: &impl MetaPlace) {
    let store = place.open().await;
    let name = crate_name("Serde");
    let lifts = vec!["denied".to_owned(), "upstream-changed".to_owned()];
    let release = WaiverAbout::Release { name, version: "=1.0.7".parse().unwrap(), lifts };
    let mut first = waiver("00000000aa", release);
    first.team = Some("payments".parse().unwrap());
    let other = waiver("00000000bb", WaiverAbout::Advisory("RUSTSEC-2026-0001".into()));
    store.add_waiver(&first).await.unwrap();
    store.add_waiver(&other).await.unwrap();
    assert_eq!(store.waivers().await.unwrap(), [first.clone(), other.clone()]);

    let (ann, bob, eve) = (act("ann", 2), act("bob", 3), act("eve", 4));
    // The proposer's own grant gives way to another person's, and to nobody else's after that.
    assert!(store.grant_waiver(&first.id, &ann).await.unwrap());
    assert!(store.grant_waiver(&first.id, &bob).await.unwrap());
    assert!(!store.grant_waiver(&first.id, &eve).await.unwrap());
    assert!(store.end_waiver(&first.id, &eve, Some("migrated")).await.unwrap());
    assert!(!store.end_waiver(&first.id, &bob, None).await.unwrap());
    assert!(!store.grant_waiver(&first.id, &bob).await.unwrap());
    let nobody: WaiverId = "00000000cc".parse().unwrap();
    assert!(!store.grant_waiver(&nobody, &bob).await.unwrap());
    assert!(!store.end_waiver(&nobody, &bob, None).await.unwrap());
    first.granted = Some(bob);
    first.ended = Some(eve);
    first.ended_for = Some("migrated".into());
    drop(store);
    assert_eq!(place.open().await.waivers().await.unwrap(), [first, other]);
}

async fn what_is_asked_for_is_counted_for_each_team_and_forgotten_when_dismissed(
    place: &impl MetaPlace,
) {
    let store = place.open().await;
    let release = Release { name: crate_name("Serde"), version: "1.0.7".parse().unwrap() };
    let asked = |team: &str, second| Asked {
        registry: registry("crates-io"),
        release: release.clone(),
        checksum: Checksum::of(b"x"),
        rule: "denied".into(),
        reason: "it leaks".into(),
        first: at(second),
        last: at(second),
        times: 1,
        teams: vec![team.parse().unwrap()],
    };
    for (team, second) in [("pay", 1), ("payments", 2), ("pay", 9), ("payments", 5)] {
        store.ask_for(&asked(team, second)).await.unwrap();
    }
    let pay = Asked { last: at(9), times: 2, ..asked("pay", 1) };
    let payments = Asked { last: at(5), times: 2, ..asked("payments", 2) };
    assert_eq!(store.asked_for().await.unwrap(), [pay.clone(), payments.clone()]);
    let teams = vec!["pay".parse().unwrap(), "payments".parse().unwrap()];
    let together = Asked { last: at(9), times: 4, teams, ..asked("pay", 1) };
    assert_eq!(Asked::together(vec![pay, payments.clone()]), [together]);
    let dismiss = async |team: Option<&TeamId>| {
        store.dismiss(&registry("crates-io"), &release, team).await.unwrap()
    };
    let pay: TeamId = "pay".parse().unwrap();
    assert!(dismiss(Some(&pay)).await);
    assert!(!dismiss(Some(&pay)).await);
    assert_eq!(store.asked_for().await.unwrap(), [payments], "what others asked for waits on");
    assert!(dismiss(None).await);
    assert!(!dismiss(None).await);
    assert!(store.asked_for().await.unwrap().is_empty());
}

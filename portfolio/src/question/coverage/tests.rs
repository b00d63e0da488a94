use depaudit_model::Checksum;

use super::*;
use crate::report::Source;
use crate::testing::{Drawn, portfolio};

fn record(teams: &[(&str, &str, &[&str])]) -> Receipts {
    let received = |(team, day, of): &(&str, &str, &[&str])| Received {
        team: team.parse().unwrap(),
        last: format!("{day}T00:00:00Z").parse().unwrap(),
        of: of.iter().map(|bytes| Checksum::of(bytes.as_bytes())).collect(),
    };
    Receipts {
        begins: Some("2026-01-01T00:00:00Z".parse().unwrap()),
        served: vec![Source::CratesIo],
        teams: teams.iter().map(received).collect(),
        only: None,
    }
}

fn locking(name: &'static str, crates: &[&str]) -> Drawn {
    crates.iter().fold(Drawn::new(name), |drawn, it| drawn.checked(it, "1.0.0", it))
}

fn said(answer: Coverage) -> Vec<(String, Covered)> {
    answer.teams.into_iter().map(|it| (it.team.to_string(), it.covered)).collect()
}

fn expected(pairs: &[(&str, Covered)]) -> Vec<(String, Covered)> {
    pairs.iter().map(|(team, it)| ((*team).to_owned(), *it)).collect()
}

#[test]
fn each_way_of_not_being_seen_has_its_name() {
    let portfolio = portfolio([
        ("payments", locking("a", &["x"])),
        ("search", locking("b", &["x"])),
        ("data", locking("c", &["x", "y"])),
        // Nothing that could be received: no way past anything.
        ("docs", Drawn::new("d")),
    ]);
    let record = record(&[
        ("payments", "2026-01-02", &["x"]),
        ("data", "2026-01-02", &["x"]),
        ("web", "2026-01-02", &[]),
    ]);
    let configured = ["mobile".parse().unwrap()];
    let at = |record, now: &str| {
        let now = format!("{now}T00:00:00Z").parse().unwrap();
        said(coverage(&portfolio, &configured, record, now, 7))
    };
    assert_eq!(
        at(Some(&record), "2026-01-03"),
        expected(&[
            ("mobile", Covered::Unseen),
            ("web", Covered::NeverReported),
            ("search", Covered::Bypasses),
            ("data", Covered::Partly),
            ("docs", Covered::Yes),
            ("payments", Covered::Yes),
        ])
    );
    let old = ["data", "docs", "payments", "search"].map(|team| (team, Covered::Old));
    assert_eq!(
        at(None, "2026-01-08"),
        expected(&[&[("mobile", Covered::Unseen)], &old[..]].concat())
    );
    let own = Receipts { only: Some("payments".parse().unwrap()), ..record.clone() };
    assert_eq!(
        at(Some(&own), "2026-01-03"),
        expected(&[
            ("mobile", Covered::Unseen),
            ("data", Covered::Yes),
            ("docs", Covered::Yes),
            ("payments", Covered::Yes),
            ("search", Covered::Yes),
        ])
    );
}

#[test]
fn what_others_received_and_what_no_record_can_tell_of_is_told_apart() {
    let drawn = locking("a", &["own", "shared", "absent", "absent-too"])
        .git("fork", "1.0.0", "https://git.example/fork")
        .package("unproven", "1.0.0")
        .package("app", "0.1.0");
    let portfolio = portfolio([("payments", drawn)]);
    let record =
        record(&[("payments", "2026-01-02", &["own"]), ("web", "2026-01-02", &["shared"])]);
    let now = "2026-01-03T00:00:00Z".parse().unwrap();
    let answer = coverage(&portfolio, &[], Some(&record), now, 7);
    let payments = answer.teams.iter().find(|it| it.team.as_str() == "payments").unwrap();
    let held = payments.against_record.as_ref().unwrap();
    assert_eq!((held.locked, held.received, held.by_others, held.never), (4, 1, Some(1), 2));
    assert_eq!(held.not_knowable, 2);
    // Whoever sees one team alone cannot find out what others have by locking it.
    let only = "payments".parse().ok();
    let alone = coverage(&portfolio, &[], Some(&Receipts { only, ..record.clone() }), now, 7);
    let payments = alone.teams.iter().find(|it| it.team.as_str() == "payments").unwrap();
    let told = payments.against_record.as_ref().unwrap();
    assert_eq!((told.locked, told.received, told.by_others, told.never), (4, 1, None, 3));
    let told: Vec<_> = told.examples.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(told, ["absent", "absent-too", "shared"]);
    let names: Vec<_> = held.examples.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["absent", "absent-too", "shared"]);
    let asked = Receipts::asked_by(&portfolio, &record.served);
    assert_eq!(asked.len(), 4);
}

#[test]
fn a_mirror_that_is_not_served_here_is_named_with_what_comes_from_it() {
    let mirror = "sparse+https://mirror.example/index/";
    let portfolio = portfolio([
        ("mobile", locking("a", &["x"]).registry("shared", "1.2.0-acme.1", mirror)),
        ("web", locking("b", &["x"])),
    ]);
    let mut record = record(&[("mobile", "2026-01-02", &["x"]), ("web", "2026-01-02", &["x"])]);
    let now = "2026-01-03T00:00:00Z".parse().unwrap();
    let answer = coverage(&portfolio, &[], Some(&record), now, 7);
    let held = answer.teams[0].against_record.as_ref().unwrap();
    let [other] = held.other_registries.as_slice() else { panic!("{held:?}") };
    assert_eq!((other.registry.as_str(), other.packages), (mirror, 1));
    assert_eq!(other.examples[0].version.to_string(), "1.2.0-acme.1");
    assert_eq!((held.from_other_registries, held.not_knowable), (1, 1));
    let all = [("mobile", Covered::Elsewhere), ("web", Covered::Yes)];
    assert_eq!(said(answer), expected(&all));
    // Once it is served here, the record tells of it.
    record.served.push(Source::Registry(mirror.parse().unwrap()));
    let answer = coverage(&portfolio, &[], Some(&record), now, 7);
    assert_eq!(said(answer)[0], ("mobile".to_owned(), Covered::Partly));
}

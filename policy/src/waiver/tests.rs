use semver::Version;

use super::*;
use crate::testing::{central_and_local, day, finding, local, rule};
use crate::{Defect, Policy, Width};

/// A waiver that is narrow, owned and short, with these lines in addition.
fn waiver(lines: &str) -> String {
    format!("[[waiver]]\nowner = 'payments'\nreason = 'why'\nexpires = 2026-06-30\n{lines}\n")
}

const NARROW: &str = "rule = 'OVR02'\npackage = 'aws-lc'";

/// Whether the waiver hides the finding of `testing::finding`.
fn hides(lines: &str) -> bool {
    let version = Version::new(1, 2, 3);
    let (policy, rule) = (local(&waiver(lines)), rule("OVR02"));
    let used = policy.waived(&finding(&rule, &version), day("2026-05-01"));
    used.is_some_and(|used| used.hides())
}

/// The rules about waivers that fire, on 1 May 2026.
fn defects(policy: &Policy) -> Vec<String> {
    let found = policy.waiver_defects(day("2026-05-01"));
    found.into_iter().map(|it| format!("{}: {}", it.defect.rule(), it.defect)).collect()
}

#[test]
fn a_waiver_hides_what_all_its_keys_name_together() {
    for lines in [
        NARROW,
        "rule = 'patch-git-unpinned'\npackage = 'aws-*'\nversion = '=1.2.3'",
        "group = 'override'\npackage = 'aws-lc'\nteam = 'payments'",
        "rule = 'OVR02'\npath = 'services/api'",
        "rule = 'OVR02'\npath = 'services/api/Cargo.toml'",
        "fingerprint = '07070707070707070707070707070707'",
    ] {
        assert!(hides(lines), "{lines}");
    }
    for lines in [
        "rule = 'DRF02'\npackage = 'aws-lc'",
        "rule = 'OVR02'\npackage = 'aws'",
        "rule = 'OVR02'\npackage = 'aws-lc'\nversion = '=1.2.4'",
        "rule = 'OVR02'\npackage = 'aws-lc'\nteam = 'search'",
        "rule = 'OVR02'\npath = 'services/ap'",
        "group = 'drift'\npackage = 'aws-lc'",
        "fingerprint = '07070707070707070707070707070708'",
        "fingerprint = '07070707070707070707070707070707'\nteam = 'search'",
    ] {
        assert!(!hides(lines), "{lines}");
    }
}

#[test]
fn a_key_does_not_match_what_a_finding_lacks() {
    let version = Version::new(1, 2, 3);
    let rule = rule("OVR02");
    let mut across_teams = finding(&rule, &version);
    across_teams.subject.team = None;
    let policy = local(&waiver(&format!("{NARROW}\nteam = 'payments'")));
    assert!(policy.waived(&across_teams, day("2026-05-01")).is_none());
}

#[test]
fn a_waiver_is_announced_to_end_and_then_ends() {
    let version = Version::new(1, 2, 3);
    let (policy, rule) = (local(&waiver(NARROW)), rule("OVR02"));
    let on = |today: &str| {
        let used = policy.waived(&finding(&rule, &version), day(today)).unwrap();
        (used.expiry, used.hides())
    };
    assert_eq!(on("2026-06-15"), (Expiry::Holds, true));
    assert_eq!(on("2026-06-16"), (Expiry::Soon { days: 14 }, true));
    assert_eq!(on("2026-06-29"), (Expiry::Soon { days: 1 }, true));
    assert_eq!(on("2026-06-30"), (Expiry::Past, false));
}

#[test]
fn a_waiver_that_lasts_covers_for_one_that_has_expired() {
    let renewed = waiver(NARROW).replace("06-30", "09-30");
    let expired = waiver("rule = 'OVR02'\npackage = 'aws-*'").replace("06-30", "04-30");
    let version = Version::new(1, 2, 3);
    let rule = rule("OVR02");
    for text in [format!("{renewed}{expired}"), format!("{expired}{renewed}")] {
        let policy = local(&text);
        let used = policy.waived(&finding(&rule, &version), day("2026-05-01")).unwrap();
        assert_eq!(used.expiry, Expiry::Holds);
    }
}

#[test]
fn findings_about_waivers_are_never_waived() {
    let version = Version::new(1, 2, 3);
    let by_fingerprint = waiver("fingerprint = '07070707070707070707070707070707'");
    for code in ["WVR03", "POL01"] {
        let rule = rule(code);
        let policy = local(&by_fingerprint);
        assert!(policy.waived(&finding(&rule, &version), day("2026-05-01")).is_none(), "{code}");
    }
}

#[test]
fn a_sound_waiver_has_no_defects() {
    assert_eq!(defects(&local(&waiver(NARROW))), [""; 0]);
}

#[test]
fn a_waiver_needs_an_owner() {
    let policy = local(&waiver(NARROW).replace("owner = 'payments'\n", ""));
    assert_eq!(defects(&policy), ["WVR02: the waiver names no `owner` who answers for it"]);
}

#[test]
fn a_waiver_lasts_at_most_as_long_as_the_policy_says() {
    let lasting = |dates: &str| local(&waiver(NARROW).replace("expires = 2026-06-30", dates));
    // 180 days from today, the first of May.
    assert_eq!(defects(&lasting("expires = 2026-10-28")), [""; 0]);
    let found = defects(&lasting("expires = 2026-10-29"));
    assert_eq!(found, ["WVR03: the waiver lasts 181 days; at most 180 are allowed"]);
    // Counted from the day on which it was granted, however long ago.
    assert_eq!(defects(&lasting("granted = 2025-11-15\nexpires = 2026-05-14")), [""; 0]);
    let found = defects(&lasting("granted = 2025-11-15\nexpires = 2026-05-15"));
    assert_eq!(found, ["WVR03: the waiver lasts 181 days; at most 180 are allowed"]);
    // A day that is yet to come makes no room.
    let found = defects(&lasting("granted = 2030-01-01\nexpires = 2030-02-01"));
    assert!(found[0].starts_with("WVR03: the waiver lasts 1372 days"), "{found:?}");
    let found = defects(&lasting("granted = 2026-01-01"));
    assert!(found[0].starts_with("WVR03: the waiver has no `expires`"), "{found:?}");
}

#[test]
fn the_central_policy_decides_how_long_waivers_last() {
    let own = format!("[waivers]\nmax-days = 365\n{}", waiver(NARROW));
    let policy = central_and_local("waivers.max-days = 30", &own);
    let found = defects(&policy);
    assert_eq!(found, ["WVR03: the waiver lasts 60 days; at most 30 are allowed"]);
    assert_eq!(policy.weakenings().len(), 1);
}

#[test]
fn a_waiver_that_is_too_wide_says_why_and_hides_nothing() {
    for (lines, width) in [
        ("", Width::NoRule),
        ("package = 'aws-lc'", Width::NoRule),
        ("team = 'payments'\npath = 'services'", Width::NoRule),
        ("group = 'override'", Width::WholeGroup),
        ("group = 'override'\npath = 'services'", Width::WholeGroup),
        ("group = 'override'\npackage = '**'", Width::WholeGroup),
        ("rule = 'OVR02'", Width::WholeRule),
        ("rule = 'OVR02'\nteam = 'payments'\nversion = '1'", Width::WholeRule),
        ("rule = 'OVR02'\npackage = '*'", Width::WholeRule),
    ] {
        let policy = local(&waiver(lines));
        let found: Vec<_> =
            policy.waiver_defects(day("2026-05-01")).into_iter().map(|it| it.defect).collect();
        assert_eq!(found, [Defect::TooWide(width)], "{lines}");
        assert_eq!(found[0].rule().as_str(), "WVR04");
        assert!(!hides(lines), "{lines}");
    }
}

#[test]
fn a_waiver_about_nothing_that_was_found_is_unused() {
    let text = format!("{}{}", waiver(NARROW), waiver("rule = 'DRF02'\npackage = 'aws-lc'"));
    let version = Version::new(1, 2, 3);
    let rule = rule("OVR02");
    let findings = [finding(&rule, &version)];
    let lines = |policy: &Policy| -> Vec<u32> {
        policy.unused_waivers(&findings).iter().map(|it| it.place.span.line).collect()
    };
    assert_eq!(lines(&local(&text)), [7]);
    // Another repository may need what the central policy waives.
    assert_eq!(lines(&central_and_local(&text, "")), [0; 0]);
}

#[test]
fn a_path_stays_in_the_repository() {
    for bad in ["", "/", "/etc", "../a", "a/../b", "./a", "a//b", r"a\b", "a\0"] {
        assert_eq!(PathScope::try_from(bad.to_owned()), Err(PathScopeError), "{bad:?}");
    }
    assert!(PathScope::try_from("a/".to_owned()).unwrap().holds("a/b"));
}

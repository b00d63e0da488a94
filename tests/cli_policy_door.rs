//! `depaudit policy test`: the door of a policy, tried on releases that a file describes.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

mod cli_support;

use std::fs;

use cli_support::{Ran, run};

const POLICY: &str = "[door]\nlicences = ['MIT']\n\
                      [door.minimum-age-days]\ncrates-io = 3\n\
                      [[door.deny]]\npackage = 'foo'\nversion = '<1.1'\nreason = 'it phones home'\n\
                      [[door.deny]]\npackage = 'bar'\nteam = 'billing'\nreason = 'not there'\n";

const CASE: &str = "[[case]]\ncrate = 'foo'\nversion = '1.0.0'\nteam = 'payments'\n\
                    day = 2026-03-01\npublished = '2025-12-24T12:00:00Z'\n";

fn tried(policy: &str, cases: &str, flags: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("depaudit.toml"), policy).unwrap();
    fs::write(folder.path().join("cases.toml"), cases).unwrap();
    let crates = folder.path().join("advisory-db/crates/foo");
    fs::create_dir_all(&crates).unwrap();
    let advisory = "```toml\n[advisory]\nid = \"RUSTSEC-2026-0001\"\npackage = \"foo\"\n\
                    date = \"2026-02-01\"\n[versions]\npatched = [\">=1.2\"]\n```\n# It leaks\n";
    fs::write(crates.join("RUSTSEC-2026-0001.md"), advisory).unwrap();
    let arguments = [&["policy", "test", "cases.toml"], flags].concat();
    run(folder.path(), &arguments)
}

#[test]
fn the_example_comes_out_as_it_says() {
    let example = include_str!("../policy/examples/door-cases.toml");
    let ran = tried(POLICY, example, &[]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "3 cases, 0 failed\n"), "{}", ran.err);
}

#[test]
fn a_failure_says_what_was_expected_what_came_and_why() {
    let cases = format!("# one that is wrong\n{CASE}expect = 'allowed'\n");
    let ran = tried(POLICY, &cases, &[]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.out.contains("failed: foo 1.0.0 for payments (cases.toml:2)"), "{}", ran.out);
    assert!(ran.out.contains("expected  allowed\n  came      hard by `denied`"), "{}", ran.out);
    assert!(ran.out.contains("why       it phones home"), "{}", ran.out);
    assert!(ran.out.ends_with("1 case, 1 failed\n"), "{}", ran.out);
}

#[test]
fn the_rule_has_to_be_the_one_that_is_named() {
    let ran = tried(POLICY, &format!("{CASE}expect = 'hard'\nrule = 'licence'\n"), &[]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.out.contains("expected  hard by `licence`"), "{}", ran.out);
}

#[test]
fn a_rule_in_dry_run_would_deny() {
    let dry = format!("{POLICY}[[door.rule]]\nrule = 'denied'\nmode = 'dry-run'\n");
    let ran = tried(&dry, &format!("{CASE}expect = 'would-deny'\nrule = 'denied'\n"), &[]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
}

#[test]
fn advisories_and_missing_facts_decide_too() {
    let cases = "[[case]]\ncrate = 'foo'\nversion = '1.1.0'\nteam = 'payments'\nday = 2026-03-01\n\
                 published = '2025-12-24T12:00:00Z'\nexpect = 'soft'\nrule = 'advisory'\n\
                 [[case]]\ncrate = 'bar'\nversion = '1.0.0'\nteam = 'payments'\nday = 2026-03-01\n\
                 expect = 'soft'\nrule = 'minimum-age'\n\
                 [[case]]\ncrate = 'bar'\nversion = '1.0.0'\nteam = 'payments'\nday = 2026-03-01\n\
                 licence = ''\nexpect = 'hard'\nrule = 'licence'\n\
                 [[case]]\ncrate = 'bar'\nversion = '1.0.0'\nteam = 'billing'\nday = 2026-03-01\n\
                 expect = 'hard'\nrule = 'denied'\n";
    let ran = tried(POLICY, cases, &["--advisories", "advisory-db"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
}

#[test]
fn json_has_one_object_a_case_with_what_each_rule_saw() {
    let ran = tried(POLICY, &format!("{CASE}expect = 'soft'\n"), &["--json"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let row: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(row["passed"], false);
    assert_eq!(row["expected"]["outcome"], "soft");
    assert_eq!(row["came"]["outcome"], "hard");
    assert_eq!(row["came"]["rules"][0], "denied");
    assert_eq!(row["verdict"]["looked"].as_array().unwrap().len(), 11, "{row}");
}

#[test]
fn cases_that_mean_nothing_are_refused() {
    for (cases, wanted) in [
        ("", "holds no `[[case]]`"),
        (&*format!("{CASE}expect = 'allowed'\nrule = 'denied'\n"), "cases.toml:1: `rule` names"),
        (&*format!("{CASE}expect = 'maybe'\n"), "maybe"),
        (&*format!("{CASE}expect = 'hard'\nteem = 'x'\n"), "teem"),
        ("[[case]]\ncrate = 'foo'\nversion = '1.0.0'\nteam = 'a'\nexpect = 'hard'\n", "day"),
    ] {
        let ran = tried(POLICY, cases, &[]);
        assert_eq!(ran.code, Some(2), "{cases}: {}", ran.out);
        assert!(ran.err.contains(wanted), "{cases}: {}", ran.err);
    }
}

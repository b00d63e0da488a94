//! `depaudit rules` and `depaudit explain`.
#![expect(clippy::expect_used, reason = "in a test, a panic is the report")]

mod cli_support;

use std::collections::BTreeSet;
use std::path::Path;

use cli_support::{Ran, command, run};
use serde_json::Value;

fn depaudit(arguments: &[&str]) -> Ran {
    run(Path::new("."), arguments)
}

fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

#[test]
fn the_table_and_its_json_hold_the_same_rules() {
    let table = depaudit(&["rules"]);
    assert_eq!(table.code, Some(0), "{table:?}");
    let rules = json_lines(&depaudit(&["rules", "--json"]).out);
    assert_eq!(table.out.lines().count(), rules.len() + 1);
    assert!(table.out.starts_with("CODE   NAME"), "{}", table.out);
    for (line, rule) in table.out.lines().skip(1).zip(&rules) {
        for field in ["code", "name", "group", "severity", "level", "title"] {
            let value = rule[field].as_str().expect("a text");
            assert!(line.contains(value), "{value} is not in {line}");
        }
    }
    let codes: BTreeSet<_> = rules.iter().map(|rule| rule["code"].as_str()).collect();
    assert_eq!(codes.len(), rules.len());
}

#[test]
fn a_group_narrows_the_table_and_an_unknown_one_is_refused() {
    let rules = json_lines(&depaudit(&["rules", "--json", "--group", "lock"]).out);
    assert!(rules.iter().any(|rule| rule["code"] == "LCK07"), "{rules:?}");
    assert!(rules.iter().all(|rule| rule["group"] == "lock"), "{rules:?}");
    let wrong = depaudit(&["rules", "--group", "locks"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.out.is_empty() && wrong.err.contains("integrity, override"), "{wrong:?}");
}

#[test]
fn into_a_pipe_a_rule_is_explained_in_markdown() {
    let ran = command(Path::new("."), &["explain", "ovr02", "Scan-Incomplete"])
        .env("CLICOLOR_FORCE", "1")
        .output()
        .expect("the binary runs");
    let ran = Ran::from(ran);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(!ran.out.contains('\u{1b}'), "Markdown has no colours: {}", ran.out);
    let headings: Vec<_> = ran.out.lines().filter(|line| line.starts_with("# ")).collect();
    assert_eq!(headings, ["# OVR02 patch-git-unpinned", "# SCN01 scan-incomplete"]);
    assert!(ran.out.contains("\n\nGroup override, severity high, deny where no policy says"));
    let explained = json_lines(&depaudit(&["explain", "--json", "OVR02"]).out);
    let documentation = explained[0]["documentation"].as_str().expect("a text");
    assert!(ran.out.contains(documentation), "{documentation}");
    assert!(documentation.contains("## Why it is bad\n"), "{documentation}");
}

#[test]
fn a_rule_that_a_refusal_names_is_explained_too() {
    let told = depaudit(&["explain", "denied", "minimum-age"]).out;
    assert!(told.contains("# denied: ") && told.contains("# minimum-age: "), "{told}");
    assert!(told.contains("## How to fix it"), "{told}");
    let explained = json_lines(&depaudit(&["explain", "--json", "denied"]).out);
    assert_eq!(explained[0]["group"], "door");
    assert!(explained[0]["documentation"].as_str().is_some_and(|it| it.contains("## Example")));
}

#[test]
fn a_misspelt_rule_is_refused_and_the_right_one_offered() {
    let ran = depaudit(&["explain", "SCN01", "patch-git-unpined"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.out.is_empty(), "{ran:?}");
    assert!(ran.err.contains("`patch-git-unpined`"), "{}", ran.err);
    assert!(ran.err.contains("`patch-git-unpinned`"), "{}", ran.err);
    assert_eq!(depaudit(&["explain"]).code, Some(2));
}

#[test]
fn help_tells_of_both_commands() {
    // What completes in a shell would be a long list here.
    assert!(!depaudit(&["help", "explain"]).out.contains("scan-incomplete,"));
    for (name, what) in [("explain", "<RULE>..."), ("rules", "--group <GROUP>")] {
        let help = depaudit(&["help", name]);
        assert_eq!(help.code, Some(0), "{help:?}");
        assert!(help.out.contains(what) && help.out.contains("\nExample"), "{}", help.out);
        assert!(help.out.contains(&format!("Usage: depaudit {name}")), "{}", help.out);
    }
}

#[test]
fn a_shell_completes_the_rules() {
    for shell in ["zsh", "fish"] {
        let script = depaudit(&["completions", shell]).out;
        assert!(script.contains("OVR02") && script.contains("scan-incomplete"), "{shell}");
    }
}

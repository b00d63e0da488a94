use std::path::PathBuf;
use std::process::Command;

use depaudit_auditor::report::{Location, Place, ScanReport, Span, TeamName};
use depaudit_auditor::{RepoPath, rules};
use depaudit_policy::Level;
use serde_json::Value;

use super::super::testing::{self, HOSTILE, finding, hostile, report, team};
use super::*;

fn rendered(report: &ScanReport) -> String {
    testing::render(report, |view, out| write(view, out).unwrap())
}

fn run(report: &ScanReport) -> Value {
    let mut log: Value = serde_json::from_str(&rendered(report)).unwrap();
    log["runs"][0].take()
}

/// The official schema. It comes with the sources of `serde-sarif`, which Cargo has fetched for
/// this test: the text is not ours to keep in the repository.
fn official_schema() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut packages = metadata["packages"].as_array().unwrap().iter();
    let package = packages.find(|package| package["name"] == "serde-sarif").unwrap();
    let manifest = PathBuf::from(package["manifest_path"].as_str().unwrap());
    let schema = std::fs::read(manifest.with_file_name("src").join("schema.json")).unwrap();
    let mut schema = serde_json::from_slice(&schema).unwrap();
    // The schema's expression for a language has a stray bracket, and a careful validator refuses
    // it. No language is written here.
    let stray = "^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$";
    without(&mut schema, &|key, value| key == "pattern" && value == stray);
    schema
}

fn without(value: &mut Value, unwanted: &dyn Fn(&str, &Value) -> bool) {
    if let Value::Object(fields) = value {
        fields.retain(|key, field| !unwanted(key, field));
        fields.values_mut().for_each(|field| without(field, unwanted));
    }
}

#[test]
fn a_report_is_valid_by_the_official_schema_and_another_reader_takes_it() {
    let schema = official_schema();
    assert_eq!(schema["title"], "Static Analysis Results Format (SARIF) Version 2.1.0 JSON Schema");
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let mut incomplete = report(vec![team("a", "a"), team("b", "/elsewhere/b")]);
    incomplete.summary.gaps = 2;
    for report in [hostile(), incomplete, report(Vec::new())] {
        let text = rendered(&report);
        let errors: Vec<_> = validator
            .iter_errors(&serde_json::from_str(&text).unwrap())
            .map(|e| e.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
        let read: serde_sarif::sarif::Sarif = serde_json::from_str(&text).unwrap();
        assert_eq!(read.runs.len(), 1);
    }
    // The validator is awake.
    assert!(!validator.is_valid(&serde_json::json!({"version": "2.1.0", "runs": [{}]})));
}

#[test]
fn a_result_names_its_rule_its_place_and_its_fingerprint() {
    let mut report = report(vec![team("a", "services/a b")]);
    report.findings.push(finding("a", "x/Cargo.toml", "follows a branch"));
    let run = run(&report);
    let result = &run["results"][0];
    assert_eq!(result["ruleId"], "OVR02");
    let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
    let rule = &run["tool"]["driver"]["rules"][index];
    assert_eq!((&rule["id"], &rule["name"]), (&"OVR02".into(), &"patch-git-unpinned".into()));
    assert_eq!(rule["defaultConfiguration"]["level"], "error");
    assert_eq!(rule["properties"]["security-severity"], "8.0");
    assert_eq!(result["level"], "error");
    assert_eq!(result["message"]["text"], "follows a branch\nhelp: pin it with `rev`");
    assert_eq!(
        result["locations"],
        serde_json::json!([{"physicalLocation": {
            "artifactLocation": {
                "uri": "services/a%20b/x/Cargo.toml",
                "uriBaseId": "%SRCROOT%",
            },
            "region": {"startLine": 3, "startColumn": 5, "endLine": 3, "endColumn": 9},
        }}])
    );
    assert!(run["originalUriBaseIds"]["%SRCROOT%"].is_object());
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let fingerprint = report.findings[0].fingerprint.to_string();
    assert_eq!(result["partialFingerprints"]["depaudit/v1"], fingerprint.as_str());
    assert_eq!(run["tool"]["driver"]["rules"].as_array().unwrap().len(), rules::ALL.len());
}

#[test]
fn a_fingerprint_says_the_same_when_lines_move() {
    let mut before = report(vec![team("a", "a")]);
    before.findings.push(finding("a", "Cargo.toml", "follows a branch"));
    let mut after = before.clone();
    after.findings[0].locations[0].location.span.line += 40;
    let prints = |report| run(report)["results"][0]["partialFingerprints"].clone();
    assert_eq!(prints(&before), prints(&after));
}

#[test]
fn what_is_waived_is_suppressed_and_what_is_allowed_is_left_out() {
    let mut report = report(vec![team("a", "a")]);
    let mut waived = finding("a", "Cargo.toml", "waived");
    waived.waived_by = Some("accepted until spring".to_owned());
    let mut allowed = finding("a", "Cargo.toml", "allowed");
    allowed.level = Level::Allow;
    report.findings = vec![waived, allowed, finding("a", "Cargo.toml", "counts")];
    let run = run(&report);
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    assert_eq!(results[0]["suppressions"], serde_json::json!([]));
    assert_eq!(results[1]["suppressions"][0]["justification"], "accepted until spring");
    let text = testing::render(&report, |view, out| write_for_github(view, out).unwrap());
    let open: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(open["runs"][0]["results"], serde_json::json!([results[0]]));
}

#[test]
fn a_finding_without_a_place_points_at_the_manifest_and_a_whole_file_at_its_first_line() {
    let mut report = report(vec![team("a", "a")]);
    let mut nowhere = finding("a", "Cargo.toml", "nowhere");
    nowhere.locations.clear();
    let mut whole = finding("a", "broken/Cargo.toml", "not parsed");
    whole.locations[0].location.span = Span::START;
    report.findings = vec![nowhere, whole];
    let run = run(&report);
    let location = |at: usize| run["results"][at]["locations"][0]["physicalLocation"].clone();
    assert_eq!(location(0)["artifactLocation"]["uri"], "a/Cargo.toml");
    assert_eq!(location(1)["region"], serde_json::json!({"startLine": 1}));
}

#[test]
fn other_places_are_linked_and_bounded() {
    let mut report = report(vec![team("a", "a"), team("b", "b[0]")]);
    let mut across = finding("a", "Cargo.lock", "two teams differ");
    across.team = None;
    across.locations[0].team = Some(TeamName::new("a"));
    let path = RepoPath::root().join("Cargo.lock").unwrap();
    let span = Span { line: 7, column: 1, end_line: 7, end_column: 2 };
    for _ in 0..2_000 {
        let location = Location { path: path.clone(), span };
        across.locations.push(Place { team: Some(TeamName::new("b")), location });
    }
    report.findings.push(across);
    let run = run(&report);
    let result = &run["results"][0];
    assert_eq!(result["relatedLocations"].as_array().unwrap().len(), 99);
    assert_eq!(result["relatedLocations"][0]["message"]["text"], "b");
    let text = result["message"]["text"].as_str().unwrap();
    assert!(text.contains(r"see also: [b\[0\]/Cargo.lock:7:1](0), "), "{text}");
    assert!(text.ends_with(" and 1990 more"), "{text}");
}

#[test]
fn the_worst_findings_are_kept_when_github_would_refuse_the_file() {
    let mut report = report(vec![team("a", "a")]);
    let mut warned = finding("a", "Cargo.toml", "a warning");
    warned.level = Level::Warn;
    report.findings = vec![warned; MOST_RESULTS];
    report.findings.push(finding("a", "Cargo.toml", "the worst, found last"));
    let run = run(&report);
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), MOST_RESULTS);
    assert_eq!(results[0]["level"], "error");
    let note = &run["invocations"][0]["toolExecutionNotifications"][0];
    assert_eq!(note["level"], "warning");
    assert!(note["message"]["text"].as_str().unwrap().starts_with("1 result left out"));
}

#[test]
fn what_was_not_read_not_seen_and_not_evaluated_is_told() {
    let mut report = hostile();
    report.summary.gaps = 1;
    let invocation = &run(&report)["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    assert_eq!(invocation["toolExecutionNotifications"].as_array().unwrap().len(), 2);
    let lacking = &invocation["toolConfigurationNotifications"][0];
    assert_eq!(lacking["associatedRule"]["id"], "OVR08");
}

#[test]
fn bad_input_45_hostile_texts_are_shown_and_never_obeyed() {
    let text = rendered(&hostile());
    assert!(!text.contains('<') && !text.contains("\\u001b") && !text.contains("\\u202e"));
    assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{ffff}']));
    assert_eq!(text.lines().count(), 1);
    assert!(text.len() < 200 << 10, "{}", text.len());
    let run = run(&hostile());
    let first = &run["results"][0];
    let message = first["message"]["text"].as_str().unwrap();
    assert!(message.starts_with("<script>alert(1)</script> ]]> \\u{202e}txt.exe"), "{message}");
    assert!(!message.contains("](") && !message.contains("{0}"), "{message}");
    assert!(message.contains("[link] (javascript:"), "{message}");
    let uri = &first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri, "a%20b/100%25%3Cscript%3E%E2%80%AE%0A%3A%3Aerror%3A%3Ax/Cargo.toml");
    assert!(HOSTILE.contains('\u{ffff}'), "the text is as hostile as it says");
}

#[test]
fn one_scan_has_one_text() {
    assert_eq!(rendered(&hostile()), rendered(&hostile()));
}

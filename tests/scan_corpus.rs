//! Scans real repositories and compares every count with what an independent program counted.
//!
//! The corpus lies beside the repository, not in it: its files are under many licences. Where it
//! is absent the test says so, loudly, and has shown nothing.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "in a test a panic is the report, and what was skipped is said aloud"
)]

#[path = "support/corpus.rs"]
mod archives;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use depaudit_auditor::report::{Override, OverrideKind, ScanReport, State, TeamName};
use depaudit_auditor::{Absent, ScanRequest, TeamRoot, scan};
use depaudit_model::Timestamp;
use depaudit_portfolio::Portfolio;
use depaudit_portfolio::question::{across, drift};
use depaudit_portfolio::report::{EncodedReport, Origin};
use semver::Version;
use serde_json::{Value, json};

struct Corpus {
    truth: Value,
    detail: Value,
    repositories: Vec<(String, PathBuf)>,
}

fn corpus() -> Option<Corpus> {
    let Some(archives) = archives::find() else {
        println!("SKIPPED: there is no corpus beside the repository; nothing was compared");
        return None;
    };
    // The tests of this file run side by side, and share one copy.
    static UNPACKED: OnceLock<PathBuf> = OnceLock::new();
    let folder = UNPACKED.get_or_init(|| archives::unpack(&archives));
    let read = |name: &str| -> Value {
        serde_json::from_str(&fs::read_to_string(folder.join(name)).unwrap()).unwrap()
    };
    let truth = read("truth_shared.json");
    let names = truth["rust"].as_object().unwrap().keys();
    let repositories = names
        .map(|name| (name.clone(), folder.join("rust").join(name.replace('/', "+"))))
        .collect();
    Some(Corpus { detail: read("truth_shared_detail.json"), truth, repositories })
}

impl Corpus {
    fn scan(&self, keep: impl Fn(&str) -> bool) -> ScanReport {
        let kept = self.repositories.iter().filter(|(name, _)| keep(name));
        let teams = kept.map(|(name, path)| TeamRoot::new(TeamName::new(name), path));
        let request = ScanRequest::new(teams.collect(), "2026-06-01".parse().unwrap());
        scan(&request, &Absent).unwrap()
    }
}

/// A number of the truth; counts of zero are absent there.
fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or(0)
}

/// Collects what differs, to be shown as one table.
#[derive(Default)]
struct Differences(Vec<String>);

impl Differences {
    fn compare(&mut self, of: &str, what: &str, ours: u64, truth: u64) {
        if ours != truth {
            self.0.push(format!("{of:40} {what:32} {ours:>8} {truth:>8}"));
        }
    }

    fn compare_names(&mut self, of: &str, what: &str, ours: &Value, truth: &BTreeSet<String>) {
        let ours: BTreeSet<String> = serde_json::from_value(ours.clone()).unwrap();
        let differing: Vec<_> = ours.symmetric_difference(truth).take(5).collect();
        if !differing.is_empty() {
            self.0.push(format!("{of:40} {what:32} {differing:?}"));
        }
    }

    fn assert_empty(self) {
        let head = format!("{:40} {:32} {:>8} {:>8}", "of", "what", "ours", "truth");
        assert!(self.0.is_empty(), "\n{head}\n{}\n", self.0.join("\n"));
    }
}

#[test]
fn every_count_of_every_repository_is_the_truths() {
    let Some(corpus) = corpus() else { return };
    let report = corpus.scan(|_| true);
    assert_eq!(report.teams.len(), corpus.repositories.len());
    let mut differences = Differences::default();
    for team in &report.teams {
        let truth = &corpus.truth["rust"][team.team.as_str()];
        let counts = serde_json::to_value(&team.counts).unwrap();
        let classes = &truth["classes"];
        let (locks, packages) = (&truth["lock_versions"], &truth["lock_pkgs"]);
        let (git, entries) = (&truth["git_deps"], &truth["dep_entries"]);
        for (what, truth) in [
            ("/manifests", &truth["manifests"]),
            ("/roots", &truth["roots"]),
            ("/members", &truth["members"]),
            ("/standalone", &classes["standalone"]),
            ("/orphans", &classes["orphan"]),
            ("/unparsable", &classes["unparsable"]),
            ("/locks/v1", &locks["v1"]),
            ("/locks/v2", &locks["v2"]),
            ("/locks/v3", &locks["v3"]),
            ("/locks/v4", &locks["v4"]),
            ("/lock_packages/crates-io", &packages["crates.io"]),
            ("/lock_packages/git", &packages["git"]),
            ("/lock_packages/path", &packages["path"]),
            ("/lock_packages/other", &packages["registry-other"]),
            ("/git_dependencies/rev", &git["rev"]),
            ("/git_dependencies/tag", &git["tag"]),
            ("/git_dependencies/branch", &git["branch"]),
            ("/git_dependencies/none", &git["none"]),
            ("/path_dependencies", &entries["path"]),
            ("/renamed", &entries["renamed"]),
            ("/inherited", &entries["inherited"]),
            ("/multi_version", &truth["multi_version_sum"]),
        ] {
            let ours = number(counts.pointer(what).unwrap());
            differences.compare(team.team.as_str(), what, ours, number(truth));
        }
        compare_patches(team.team.as_str(), &team.overrides, truth, &mut differences);
    }
    differences.assert_empty();
}

fn compare_patches(of: &str, records: &[Override], truth: &Value, differences: &mut Differences) {
    let of_kind = |kind| records.iter().filter(move |record| record.kind == kind);
    let states = &truth["patch"]["state"];
    for (state, named) in [
        (State::Used, "used"),
        (State::Unused, "unused-listed"),
        (State::Pending, "absent"),
        (State::NoLock, "no-lock"),
        (State::Ignored, "ignored"),
    ] {
        let ours = of_kind(OverrideKind::Patch).filter(|record| record.state == state).count();
        differences.compare(of, &format!("patches {named}"), ours as u64, number(&states[named]));
    }
    let replaces = of_kind(OverrideKind::Replace).count() as u64;
    differences.compare(of, "replaces", replaces, number(&truth["replace"]["total"]));
    for entry in truth["patch_entries"].as_array().unwrap() {
        let is_it = |record: &&Override| {
            record.location.path.as_str() == entry["manifest"]
                && record.package.as_deref() == entry["package"].as_str()
                && json!(record.target).pointer("/git/url").unwrap_or(&Value::Null) == &entry["git"]
        };
        let found = of_kind(OverrideKind::Patch).filter(is_it).count();
        differences.compare(of, &format!("patch {}", entry["key"]), found.min(1) as u64, 1);
    }
}

#[test]
fn every_count_across_repositories_is_the_truths() {
    let Some(corpus) = corpus() else { return };
    let mut differences = Differences::default();
    let all = corpus.scan(|_| true);
    let total = &corpus.truth["cross_rust_total"];
    compare_across("total", &all, total, &corpus.detail["rust"]["total"], &mut differences);
    for (family, truth) in corpus.truth["cross_rust_family"].as_object().unwrap() {
        let report = corpus.scan(|name| corpus.truth["rust"][name]["family"] == *family);
        let detail = &corpus.detail["rust"][family];
        compare_across(family, &report, truth, detail, &mut differences);
    }
    differences.assert_empty();
}

fn compare_across(
    of: &str,
    report: &ScanReport,
    truth: &Value,
    detail: &Value,
    differences: &mut Differences,
) {
    let across = serde_json::to_value(&report.cross_team).unwrap();
    compare_totals(of, &across, truth, differences);
    for (what, named) in TOTALS {
        if let Some(names) = detail[named].as_array() {
            let truth = names.iter().map(|row| row[0].as_str().unwrap().to_owned()).collect();
            let ours = across.pointer(&format!("/crates{what}")).unwrap();
            differences.compare_names(of, what, ours, &truth);
        }
    }
}

/// Our numbers, and what the truth calls them.
const TOTALS: [(&str, &str); 11] = [
    ("/shared", "shared"),
    ("/drift", "drift"),
    ("/incompatible", "incompatible"),
    ("/no_common", "no_common"),
    ("/split_source", "split_source"),
    ("/same_version/shared", "nv_shared"),
    ("/same_version/checksum", "nv_checksum"),
    ("/same_version/kind", "nv_kind"),
    ("/same_version/git_url", "nv_giturl"),
    ("/same_version/git_rev", "nv_gitrev"),
    ("/same_version/path_path", "nv_pathpath"),
];

fn compare_totals(of: &str, across: &Value, truth: &Value, differences: &mut Differences) {
    for (what, named) in TOTALS {
        differences.compare(of, what, number(across.pointer(what).unwrap()), number(&truth[named]));
    }
}

#[test]
fn a_portfolio_of_every_repositorys_report_counts_what_the_scan_counts() {
    let Some(corpus) = corpus() else { return };
    let teams =
        corpus.repositories.iter().map(|(name, path)| TeamRoot::new(TeamName::new(name), path));
    let mut request = ScanRequest::new(teams.collect(), "2026-06-01".parse().unwrap());
    request.keep_locked = true;
    let scanned = scan(&request, &Absent).unwrap();
    let reports = scanned.teams.iter().map(|team| {
        let repository = team.team.as_str();
        let origin = Origin {
            team: repository.to_lowercase().replace(['/', '.'], "-").parse().unwrap(),
            repository: repository.parse().unwrap(),
            branch: "main".parse().unwrap(),
            commit: None,
        };
        let (time, tool) = (Timestamp::EPOCH, Version::new(0, 1, 0));
        let sent = scanned.outgoing(team, origin, time, tool).unwrap().unwrap();
        // As a server would read it.
        let received = EncodedReport::read(sent.bytes()).unwrap();
        assert_eq!(received.digest(), sent.digest());
        Arc::new(received.into_report())
    });
    let portfolio = Portfolio::new(reports);
    assert_eq!(portfolio.reports().len(), corpus.repositories.len());
    let left_out: u32 = portfolio.reports().iter().map(|report| report.counts.left_out).sum();
    assert_eq!(left_out, 0);
    let across = json!(across(&portfolio));
    let truth = &corpus.truth["cross_rust_total"];
    let mut differences = Differences::default();
    compare_totals("reports", &across, truth, &mut differences);
    differences.assert_empty();
    let mut theirs = json!(scanned.cross_team);
    theirs.as_object_mut().unwrap().remove("crates");
    assert_eq!(across, theirs);
    let drift = drift(&portfolio, &Absent, "2026-06-01".parse().unwrap());
    assert_eq!(drift.crates.len() as u64, number(&truth["drift"]));
}

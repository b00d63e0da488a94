//! The failure that depaudit is there to prevent, as three small repositories: a fork in a folder,
//! a copy behind a private proxy, a patch release that the proxy never picked up, and a CI that
//! asks another proxy than the developers do. Every build of them is green.

#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the report")]

mod cli_support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use cli_support::run;
use depaudit_auditor::report::{Finding, ScanReport, TeamName};
use depaudit_auditor::{Facts, PublishedRelease, ScanRequest, TeamRoot, scan};
use depaudit_model::Checksum;
use depaudit_model::cargo::CrateName;
use serde_json::Value;
use tempfile::TempDir;

const TEAMS: [&str; 3] = ["payments", "search", "reports"];

/// Team A: its own fork, in a folder.
const PAYMENTS: &[(&str, &str)] = &[
    (
        "Cargo.toml",
        "[package]\nname = \"payments\"\nversion = \"0.1.0\"\n\n\
         [workspace]\nexclude = [\"forks\"]\n\n\
         [dependencies]\nshared = \"1.2\"\n\n\
         [patch.crates-io]\nshared = { path = \"forks/shared\" }\n",
    ),
    ("forks/shared/Cargo.toml", "[package]\nname = \"shared\"\nversion = \"1.2.0\"\n"),
    (
        "Cargo.lock",
        "version = 4\n\n\
         [[package]]\nname = \"payments\"\nversion = \"0.1.0\"\ndependencies = [\"shared\"]\n\n\
         [[package]]\nname = \"shared\"\nversion = \"1.2.0\"\n",
    ),
    (".gitlab-ci.yml", "build:\n  image: rust:1\n  script:\n    - cargo build --locked\n"),
];

/// Team B: a copy behind a private proxy, at a version that exists nowhere else. Its tools take the
/// release, as far as the proxy has it.
const SEARCH: &[(&str, &str)] = &[
    (
        "Cargo.toml",
        "[package]\nname = \"search\"\nversion = \"0.1.0\"\n\n[workspace]\nexclude = [\"tools\"]\n\n\
         [dependencies]\nshared = { version = \"=1.2.0-b1\", registry = \"internal\" }\n",
    ),
    (
        "tools/Cargo.toml",
        "[package]\nname = \"tools\"\nversion = \"0.1.0\"\n\n[workspace]\n\n\
         [dependencies]\nshared = \"1.2\"\n",
    ),
    (
        ".cargo/config.toml",
        "[registries.internal]\nindex = \"sparse+https://internal.example/index/\"\n\n\
         [registries.mirror]\nindex = \"sparse+https://mirror.example/index/\"\n\n\
         [source.crates-io]\nreplace-with = \"mirror\"\n",
    ),
    (
        ".github/workflows/ci.yml",
        "on: push\nenv:\n  CARGO_SOURCE_crates-io_REPLACE_WITH: internal\njobs:\n  build:\n    \
         runs-on: ubuntu-latest\n    steps:\n      - run: cargo build --locked\n",
    ),
    (
        "Dockerfile",
        "FROM rust:1\nCOPY . .\n\
         RUN cargo build --locked --config 'source.crates-io.replace-with=\"internal\"'\n",
    ),
];

/// Team C: the patch release, from crates.io.
const REPORTS: &[(&str, &str)] = &[
    (
        "Cargo.toml",
        "[package]\nname = \"reports\"\nversion = \"0.1.0\"\n\n[dependencies]\nshared = \"1.2.1\"\n",
    ),
    (
        ".github/workflows/ci.yml",
        "on: push\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n      \
         - run: cargo build --locked\n",
    ),
];

/// A lock that holds `shared` from a registry.
fn lock(version: &str, source: &str) -> String {
    let checksum = Checksum::of(format!("{version} from {source}").as_bytes());
    format!(
        "version = 4\n\n[[package]]\nname = \"shared\"\nversion = \"{version}\"\n\
         source = \"{source}\"\nchecksum = \"{checksum}\"\n"
    )
}

struct Incident(TempDir);

impl Incident {
    fn new() -> Self {
        let incident = Self(tempfile::tempdir().unwrap());
        for (team, files) in TEAMS.iter().zip([PAYMENTS, SEARCH, REPORTS]) {
            for (path, text) in files {
                incident.write(team, path, text);
            }
        }
        let crates_io = format!("registry+{}", tame_index::CRATES_IO_INDEX);
        let internal = "sparse+https://internal.example/index/";
        incident.write("search", "Cargo.lock", &lock("1.2.0-b1", internal));
        incident.write("search", "tools/Cargo.lock", &lock("1.2.0", &crates_io));
        incident.write("reports", "Cargo.lock", &lock("1.2.1", &crates_io));
        incident
    }

    fn folder(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, team: &str, path: &str, text: &str) {
        let path = self.folder().join(team).join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn scan(&self) -> ScanReport {
        let root = |team: &&str| TeamRoot::new(TeamName::new(team), self.folder().join(team));
        let teams = TEAMS.iter().map(root).collect();
        scan(&ScanRequest::new(teams, "2026-06-01".parse().unwrap()), &PatchIsOut).unwrap()
    }

    /// `team/file:line` of the first line with this text.
    fn line(&self, file: &str, text: &str) -> String {
        let content = fs::read_to_string(self.folder().join(file)).unwrap();
        let at = content.lines().position(|line| line.contains(text));
        let at = at.unwrap_or_else(|| panic!("`{text}` is not in {file}"));
        format!("{file}:{}", at + 1)
    }
}

/// Knows that 1.2.1 has been out for months.
#[derive(Debug)]
struct PatchIsOut;

impl Facts for PatchIsOut {
    fn releases(&self, name: &CrateName) -> Option<Arc<[PublishedRelease]>> {
        let release = |version: &str, published: &str| PublishedRelease {
            version: version.parse().unwrap(),
            yanked: Some(false),
            published: Some(published.parse().unwrap()),
        };
        let releases =
            [release("1.2.0", "2025-11-03T00:00:00Z"), release("1.2.1", "2026-01-12T00:00:00Z")];
        (name.as_str() == "shared").then(|| releases.into())
    }
}

/// `team/file:line` of each place of a finding.
fn places(finding: &Finding) -> BTreeSet<String> {
    let place = |place: &depaudit_auditor::report::Place| {
        let team = place.team.as_ref().or(finding.team.as_ref()).unwrap();
        format!("{team}/{}:{}", place.location.path, place.location.span.line)
    };
    finding.locations.iter().map(place).collect()
}

fn found<'r>(report: &'r ScanReport, code: &str) -> Vec<&'r Finding> {
    report.findings.iter().filter(|finding| finding.code == code).collect()
}

#[test]
fn the_split_identity_is_named_with_the_override_and_every_lock() {
    let incident = Incident::new();
    let report = incident.scan();
    let split = found(&report, "OVR05");
    assert_eq!(split.len(), 1, "{split:?}");
    let message = &split[0].message;
    for told in [
        "`shared` 1.2.0 is not the same everywhere",
        "the folder `forks/shared` in `payments`",
        "sparse+https://internal.example/index/ as 1.2.0-b1 in `search`",
        "crates.io in `search`",
    ] {
        assert!(message.contains(told), "{told} in {message}");
    }
    let name = "name = \"shared\"";
    let entry = |file: &str| {
        // The entry begins with its header, one line above its name.
        let at = incident.line(file, name);
        let (file, line) = at.rsplit_once(':').unwrap();
        format!("{file}:{}", line.parse::<u32>().unwrap() - 1)
    };
    let expected = [
        incident.line("payments/Cargo.toml", "forks/shared"),
        entry("payments/Cargo.lock"),
        incident.line("search/Cargo.toml", "=1.2.0-b1"),
        entry("search/Cargo.lock"),
        entry("search/tools/Cargo.lock"),
    ];
    assert_eq!(places(split[0]), expected.into());
    assert!(report.cross_team.crates.split_source.contains("shared"));
}

#[test]
fn the_source_that_ci_asks_in_place_of_the_developers_is_named() {
    let incident = Incident::new();
    let report = incident.scan();
    let differing = found(&report, "SRC04");
    let config = incident.line("search/.cargo/config.toml", "replace-with");
    let section = incident.line("search/.cargo/config.toml", "[source.crates-io]");
    for (file, setting) in
        [("search/.github/workflows/ci.yml", "REPLACE_WITH"), ("search/Dockerfile", "replace-with")]
    {
        let at = incident.line(file, setting);
        let finding = differing.iter().find(|finding| places(finding).contains(&at));
        let finding = finding.unwrap_or_else(|| panic!("nothing at {at}: {differing:?}"));
        let places = places(finding);
        assert!(places.contains(&config) || places.contains(&section), "{places:?}");
        for told in ["internal", "mirror"] {
            assert!(finding.message.contains(told), "{told} in {}", finding.message);
        }
    }
}

#[test]
fn the_patch_release_is_named_that_two_teams_do_not_have() {
    let incident = Incident::new();
    let report = incident.scan();
    let behind = found(&report, "OVR06");
    assert_eq!(behind.len(), 1, "{behind:?}");
    assert!(behind[0].message.contains("1.2.1"), "{behind:?}");
    let fork = incident.line("payments/Cargo.toml", "forks/shared");
    assert!(places(behind[0]).contains(&fork), "{behind:?}");

    let missed = found(&report, "DRF02");
    assert_eq!(missed.len(), 1, "{missed:?}");
    assert!(missed[0].message.contains("1.2.1"), "{missed:?}");
    let lock = places(missed[0]).into_iter().next().unwrap();
    assert!(lock.starts_with("search/tools/Cargo.lock:"), "{lock}");
}

#[test]
fn the_binary_says_so_and_fails() {
    let incident = Incident::new();
    let scan =
        |more: &[&str]| run(incident.folder(), &[&["scan", "--no-facts"], more, &TEAMS].concat());

    let shown = scan(&["--quiet"]);
    assert_eq!(shown.code, Some(1), "{}", shown.err);
    assert!(shown.out.contains("[OVR05]") && shown.out.contains("[SRC04]"), "{}", shown.out);
    let fork = incident.line("payments/Cargo.toml", "forks/shared");
    assert!(shown.out.contains(&fork), "{fork} in {}", shown.out);

    let json: Value = serde_json::from_str(&scan(&["--format", "json"]).out).unwrap();
    let split = &json["cross_team"]["crates"]["split_source"];
    assert_eq!(split, &serde_json::json!(["shared"]));
    let missed: Vec<_> = json["summary"]["not_evaluated"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|rule| rule["code"] == "DRF02")
        .collect();
    assert_eq!(missed.len(), 1, "without facts a missed release is not taken for none");
}

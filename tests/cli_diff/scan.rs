//! What a scan tells of each override: how it differs from the release that it stands in for.

use std::fs;
use std::path::Path;

use depaudit_testkit::{CrateFile, FakeUpstream};
use serde_json::Value;
use tempfile::TempDir;

use crate::cli_support::{Ran, command};
use crate::commit::commit;
use crate::home::Home;
use crate::support::Service;

const MANIFEST: &str = "[package]\nname = \"foo\"\nversion = \"1.0.0\"\nedition = \"2021\"\n";
const LIBRARY: &str = "pub fn f() {}\n";

fn release() -> CrateFile {
    CrateFile::new("foo", "1.0.0").library(LIBRARY).file("Cargo.toml.orig", MANIFEST)
}

fn home() -> Home {
    Home::with("foo", "1.0.0", &release().pack().bytes)
}

fn write(folder: &Path, path: &str, text: impl AsRef<[u8]>) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A repository that takes `foo` from elsewhere, as the patch and the lock's entry say.
fn patched(patch: &str, source: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let manifest = format!(
        "[package]\nname = \"app\"\nversion = \"0.1.0\"\n\n[workspace]\nexclude = [\"fork\"]\n\n\
         [dependencies]\nfoo = \"1\"\n\n[patch.crates-io]\nfoo = {{ {patch} }}\n"
    );
    let lock = format!(
        "version = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\"foo\"]\n\n\
         [[package]]\nname = \"foo\"\nversion = \"1.0.0\"\n{source}"
    );
    write(folder.path(), "Cargo.toml", manifest);
    write(folder.path(), "Cargo.lock", lock);
    folder
}

/// One that has a copy of the release in a folder.
fn copied() -> TempDir {
    let folder = patched("path = \"fork\"", "");
    write(folder.path(), "fork/Cargo.toml", MANIFEST);
    write(folder.path(), "fork/src/lib.rs", LIBRARY);
    folder
}

/// A scan by OVR04 alone.
fn scan(home: &Home, folder: &Path, arguments: &[&str]) -> (Value, Ran) {
    let mut command = command(folder, &["scan", "--rule", "OVR04", "--format", "json"]);
    command.args(arguments).env("CARGO_HOME", home.path());
    // git is found by it.
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    let ran = Ran::from(command.output().expect("the binary runs"));
    let report = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    assert_as_published(&report);
    (report, ran)
}

/// The published schema is kept in step with what is told.
fn assert_as_published(report: &Value) {
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/depaudit.scan.schema.json");
    let schema = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
    let validator = jsonschema::draft202012::new(&schema).expect("a valid schema");
    let errors = validator.iter_errors(report);
    let errors: Vec<_> = errors.map(|it| format!("{}: {it}", it.instance_path())).collect();
    assert_eq!(errors, [""; 0], "{report}");
}

/// What came of comparing the one override.
fn compared(report: &Value) -> &Value {
    let overrides = report["teams"][0]["overrides"].as_array().unwrap();
    assert_eq!(overrides.len(), 1, "{report}");
    let compared = overrides[0]["compared"].as_array().unwrap();
    assert_eq!(compared.len(), 1, "{report}");
    assert_eq!(compared[0]["version"], "1.0.0");
    &compared[0]["outcome"]
}

fn lacking(report: &Value) -> Vec<&str> {
    let lacking = report["summary"]["not_evaluated"].as_array().unwrap().iter();
    lacking.map(|it| it["lacking"].as_str().unwrap()).collect()
}

fn messages(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings.map(|it| it["message"].as_str().unwrap()).collect()
}

#[test]
fn a_fork_with_a_build_script_is_denied_and_only_who_asks_gets_its_text() {
    let folder = copied();
    write(folder.path(), "fork/build.rs", "fn main() { let canary = 1; }\n");
    let (report, ran) = scan(&home(), folder.path(), &[]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let [message] = messages(&report)[..] else { panic!("{report}") };
    assert!(message.contains("carries 1.0.0") && message.contains("1 file added"), "{message}");
    assert!(message.ends_with("a new build script: build.rs"), "{message}");
    let found = &compared(&report)["compared"];
    assert_eq!(found["totals"]["added"], 1);
    assert_eq!(found["totals"]["lines_added"], 1);
    assert_eq!(found["marks"][0]["kind"], "build-script-added");
    assert_eq!(found["marks"][0]["about"][0], "build.rs");
    assert_ne!(found["release_sha256"], found["content_sha256"]);
    assert!(found.get("files").is_none() && !ran.out.contains("canary"), "{found}");

    let (report, _) = scan(&home(), folder.path(), &["--include-diff"]);
    let file = &compared(&report)["compared"]["files"][0];
    assert_eq!((&file["path"], &file["change"]), (&"build.rs".into(), &"added".into()));
    assert!(file["text"].as_str().unwrap().contains("+fn main() { let canary = 1; }\n"), "{file}");
}

#[test]
fn an_identical_copy_is_looked_at_and_quiet() {
    let folder = copied();
    let (report, ran) = scan(&home(), folder.path(), &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(messages(&report).is_empty() && lacking(&report).is_empty(), "{report}");
    let found = &compared(&report)["compared"];
    assert_eq!(found["release_sha256"], found["content_sha256"], "{report}");
}

#[test]
fn what_is_not_at_hand_is_said_in_json_and_to_people() {
    let folder = copied();
    let home = home();
    fs::remove_dir_all(home.path().join("registry/cache")).unwrap();
    let (report, ran) = scan(&home, folder.path(), &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(compared(&report)["not-compared"], "no-crate");
    assert_eq!(lacking(&report), ["bytes"]);
    let mut command = command(folder.path(), &["scan"]);
    let shown = Ran::from(command.env("CARGO_HOME", home.path()).output().unwrap());
    let told = "OVR04 override-shadows-published: not evaluated for 1 of what it saw: ";
    assert!(shown.out.contains(told), "{}", shown.out);

    let git = patched(
        "git = \"https://git.example/foo\"",
        "source = \"git+https://git.example/foo#0123456789abcdef0123456789abcdef01234567\"\n",
    );
    let (report, _) = scan(&self::home(), git.path(), &[]);
    assert_eq!(compared(&report)["not-compared"], "commit-away");
    assert_eq!(lacking(&report), ["bytes"]);
    let outside = patched("path = \"../fork\"", "");
    let (report, _) = scan(&self::home(), outside.path(), &[]);
    assert_eq!(compared_without_version(&report)["not-compared"], "outside");
    assert_eq!(lacking(&report), ["bytes"]);
}

fn compared_without_version(report: &Value) -> &Value {
    &report["teams"][0]["overrides"][0]["compared"][0]["outcome"]
}

#[test]
fn a_commit_that_cargo_has_fetched_is_compared() {
    let home = home();
    let clone = home.path().join("git/db/foo-0123");
    write(&clone, "Cargo.toml", MANIFEST);
    write(&clone, "src/lib.rs", "pub fn f() { unsafe { g() } }\n");
    let commit = commit(&clone);
    let source = format!("source = \"git+https://git.example/foo?rev={commit}#{commit}\"\n");
    let patch = format!("git = \"https://git.example/foo\", rev = \"{commit}\"");
    let (report, ran) = scan(&home, patched(&patch, &source).path(), &[]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let [message] = messages(&report)[..] else { panic!("{report}") };
    assert!(message.contains("more unsafe code (0 before, 1 now): src/lib.rs"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_gives_the_crate_in_the_name_of_no_build_and_so_does_its_data_folder() {
    let upstream = FakeUpstream::start();
    upstream.publish(release());
    let service = Service::before(&upstream).await;
    let server = format!("http://{}", service.address);
    let (folder, home) = (copied(), Home::with("bar", "1.0.0", b""));
    write(folder.path(), "fork/src/lib.rs", "pub fn f() { unsafe { g() } }\n");
    let asked = || scan(&home, folder.path(), &["--server", &server]);
    let (report, ran) = tokio::task::block_in_place(asked);
    assert_eq!((ran.code, messages(&report).len()), (Some(1), 1), "{ran:?}");

    let stopped = service.stop().await;
    let events = stopped.events().await;
    let teams: Vec<_> = events.into_iter().filter_map(|it| it.event.team).collect();
    assert!(!teams.is_empty());
    assert!(teams.iter().all(|team| team.as_str() == "depaudit-scan"), "{teams:?}");
    // Cargo's cache knows the release and does not have it.
    let home = self::home();
    fs::remove_dir_all(home.path().join("registry/cache")).unwrap();
    let data = stopped.folder().to_str().unwrap();
    let (report, ran) = scan(&home, folder.path(), &["--data", data]);
    assert_eq!((ran.code, messages(&report).len()), (Some(1), 1), "{ran:?}");

    let nowhere = folder.path().join("nowhere");
    let mut command = command(folder.path(), &["scan", "--data", nowhere.to_str().unwrap()]);
    let gone = Ran::from(command.env("CARGO_HOME", home.path()).output().unwrap());
    assert_eq!(gone.code, Some(2), "{gone:?}");
    assert!(gone.err.contains("is no data folder of a server"), "{gone:?}");
}

#[test]
fn a_report_has_the_numbers_and_only_who_asks_sends_the_text() {
    let folder = copied();
    write(folder.path(), "fork/build.rs", "fn main() { let canary = \"\u{1b}[2J\"; }\n");
    let reported = |arguments: &[&str]| {
        let origin = ["--repo", "acme/app", "--branch", "main", "--report-team", "payments"];
        let arguments = [&["--write-report", "report.json"], &origin[..], arguments].concat();
        scan(&home(), folder.path(), &arguments);
        fs::read_to_string(folder.path().join("report.json")).unwrap()
    };
    let report = reported(&[]);
    let read: Value = serde_json::from_str(&report).unwrap();
    let found = &read["overrides"][0]["compared"][0]["outcome"]["compared"];
    assert_eq!(found["totals"]["added"], 1, "{report}");
    assert_eq!(found["marks"][0]["kind"], "build-script-added");
    assert!(!report.contains("canary"), "{report}");

    let report = reported(&["--include-diff"]);
    assert!(report.contains("canary") && report.contains("u{1b}"), "{report}");
    // A report that a server would not take could not be asked about.
    let mut asked = command(folder.path(), &["portfolio", "overrides", "--reports", "."]);
    let asked = Ran::from(asked.output().unwrap());
    assert_eq!(asked.code, Some(0), "{asked:?}");
    assert!(
        asked.out.contains("1 added, 0 changed, 0 removed: a new build script"),
        "{}",
        asked.out
    );
}

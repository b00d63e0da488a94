//! What a policy makes of a scan: its lines, what it extends, waivers and baselines, from real trees
//! to the exit code.
#![expect(clippy::expect_used, clippy::panic, reason = "a panic is the report of a test")]

mod cli_support;

use std::fs;
use std::path::Path;
use std::process::Command;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use cli_support::{Ran, command, run};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;

const BRANCH: &str = "[package]\nname = \"app\"\nversion = \"0.1.0\"\n[dependencies]\n\
                      shared = { git = \"https://git.example/shared\", branch = \"main\" }\n";

/// A folder with these files.
fn tree(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        write(folder.path(), path, text);
    }
    folder
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    fs::write(path, text).expect("a file");
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error} in {ran:?}"))
}

/// The findings of one rule.
fn of(report: &Value, code: &str) -> Vec<Value> {
    let findings = report["findings"].as_array().expect("findings");
    findings.iter().filter(|it| it["code"] == code).cloned().collect()
}

/// The first scan of a team without a lock would speak of that, too.
const QUIET: &str = "[levels]\nlock = 'allow'\n";

#[test]
fn a_line_decides_and_is_shown_beside_what_it_decides_about() {
    let policy = format!("{QUIET}OVR02 = 'warn'\n");
    let folder = tree(&[("Cargo.toml", BRANCH), ("depaudit.toml", &policy)]);
    let ran = run(folder.path(), &["scan", "--quiet"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("warning[OVR02]"), "{}", ran.out);
    assert!(ran.out.contains("3 | OVR02 = 'warn'"), "{}", ran.out);
    let report = json(&run(folder.path(), &["scan", "--format=json"]));
    let decided = &of(&report, "OVR02")[0]["decided_by"];
    assert_eq!((&decided["file"], &decided["line"]), (&"depaudit.toml".into(), &3.into()));
}

#[test]
fn a_broken_policy_ends_the_scan_with_its_place() {
    let folder =
        tree(&[("a/Cargo.toml", BRANCH), ("a/depaudit.toml", "[levels]\nOVR2 = 'deny'\n")]);
    let ran = run(folder.path(), &["scan", "a"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{ran:?}");
    assert!(ran.err.contains("a/depaudit.toml:2:1: no rule or group is called `OVR2`"), "{ran:?}");
}

#[test]
fn a_central_file_is_tightened_and_never_loosened() {
    let central = format!("{QUIET}OVR02 = 'deny'\n");
    let folder = tree(&[
        ("policies/all.toml", &central),
        ("a/Cargo.toml", BRANCH),
        ("a/depaudit.toml", "extends = '../policies/all.toml'\n[levels]\nOVR02 = 'warn'\n"),
    ]);
    let ran = run(folder.path(), &["scan", "--format=json", "a"]);
    assert_eq!(ran.code, Some(1));
    let report = json(&ran);
    assert_eq!(of(&report, "OVR02")[0]["level"], "deny");
    let weakened = &of(&report, "POL01")[0];
    assert_eq!(weakened["locations"][0]["path"], "depaudit.toml");
    assert_eq!(weakened["locations"][0]["line"], 3);
    let checked = run(folder.path(), &["policy", "check", "a", "--rule", "OVR02"]);
    assert_eq!(checked.code, Some(1), "{checked:?}");
    assert!(checked.out.contains("OVR02 patch-git-unpinned is at deny"), "{}", checked.out);
    assert!(checked.out.contains("an earlier file stands"), "{}", checked.out);
}

#[test]
fn one_policy_is_for_all_teams_where_the_command_line_says_so() {
    let allow = format!("{QUIET}OVR02 = 'allow'\n");
    let folder = tree(&[("a/Cargo.toml", BRANCH), ("b/Cargo.toml", BRANCH), ("p.toml", &allow)]);
    let teams = ["scan", "--format=json", "a", "b"];
    assert_eq!(run(folder.path(), &teams).code, Some(1));
    let ran = run(folder.path(), &[&teams[..], &["--policy", "p.toml"]].concat());
    let report = json(&ran);
    let levels: Vec<_> = of(&report, "OVR02").iter().map(|it| it["level"].clone()).collect();
    assert_eq!(levels, ["allow", "allow"]);
}

#[test]
fn with_a_baseline_only_new_findings_fail() {
    let folder = tree(&[("Cargo.toml", BRANCH)]);
    let written = run(folder.path(), &["scan", "--quiet", "--write-baseline=known.json"]);
    assert_eq!(written.code, Some(0), "{written:?}");
    let scan = ["scan", "--quiet", "--baseline", "known.json"];
    let ran = run(folder.path(), &scan);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("in the baseline"), "{}", ran.out);
    let more = format!("{BRANCH}more = {{ git = \"https://git.example/more\" }}\n");
    write(folder.path(), "Cargo.toml", &more);
    let ran = run(folder.path(), &scan);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("`more` follows"), "{}", ran.out);
    assert!(!ran.out.contains("`shared` follows"), "{}", ran.out);
    write(folder.path(), "known.json", "{");
    let broken = run(folder.path(), &scan);
    assert_eq!(broken.code, Some(2));
    assert!(broken.err.contains("cannot read the baseline known.json"), "{}", broken.err);
}

#[test]
fn one_rule_alone_is_asked_for_by_name_and_a_misspelt_one_is_refused() {
    let folder = tree(&[("Cargo.toml", BRANCH), ("b/Cargo.toml", "[package\n")]);
    let report = json(&run(folder.path(), &["scan", "--format=json", "--rule=patch-git-unpinned"]));
    let codes = report["findings"].as_array().expect("findings").iter();
    let codes: Vec<_> = codes.map(|it| it["code"].as_str().expect("a code")).collect();
    assert_eq!(codes, ["OVR02", "SCN01"]);
    let ran = run(folder.path(), &["scan", "--rule=patch-git-unpined"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("patch-git-unpinned"), "{}", ran.err);
}

fn git(folder: &Path, arguments: &[&str]) {
    let mut git = Command::new("git");
    git.current_dir(folder).args(["-c", "user.name=t", "-c", "user.email=t@git.example"]);
    let ran = git.args(arguments).output().expect("git runs");
    assert!(ran.status.success(), "{arguments:?}: {ran:?}");
}

/// Runs depaudit where it finds git.
fn run_with_git(folder: &Path, arguments: &[&str]) -> Ran {
    let mut command = command(folder, arguments);
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.output().expect("the binary runs").into()
}

#[test]
fn only_what_was_changed_counts_when_that_is_asked_for() {
    let folder = tree(&[("old/Cargo.toml", BRANCH)]);
    let (scan, path) =
        (["scan", "--format=json", "--rule=OVR02", "--changed-since"], folder.path());
    let none = run_with_git(path, &[&scan[..], &["HEAD"]].concat());
    assert_eq!(none.code, Some(2), "{none:?}");
    assert!(none.err.contains("cannot tell what changed since `HEAD`"), "{}", none.err);
    git(path, &["init", "-q"]);
    git(path, &["add", "."]);
    git(path, &["commit", "-q", "-m", "one"]);
    // What the configuration of the repository names is not run.
    let canary = path.join("canary");
    let program = format!("touch {}", canary.display());
    git(path, &["config", "core.fsmonitor", &program]);
    git(path, &["config", "diff.external", &program]);
    let ran = run_with_git(path, &[&scan[..], &["HEAD"]].concat());
    assert_eq!((ran.code, of(&json(&ran), "OVR02").len()), (Some(0), 0), "{ran:?}");
    assert_eq!(json(&ran)["summary"]["unchanged"], 1);
    write(path, "new/Cargo.toml", BRANCH);
    let ran = run_with_git(path, &[&scan[..], &["HEAD"]].concat());
    let found = of(&json(&ran), "OVR02");
    assert_eq!((ran.code, found.len()), (Some(1), 1), "{ran:?}");
    assert_eq!(found[0]["locations"][0]["path"], "new/Cargo.toml");
    assert!(!canary.exists(), "a program of the repository was run");
    let flag = run_with_git(path, &[&scan[..], &["--output=x"]].concat());
    assert_eq!(flag.code, Some(2), "{flag:?}");
}

/// A server of policies, and its address. It ends with the runtime.
async fn serve(text: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound socket");
    let app = Router::new()
        .route("/policy.toml", get(|| async move { text }))
        .route("/moved", get(|| async { (StatusCode::FOUND, [("location", "/policy.toml")]) }));
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}")
}

fn scan_with_cache(folder: &Path) -> Ran {
    let mut command = command(folder, &["scan", "--format=json"]);
    command.env("XDG_CACHE_HOME", folder.join("cache"));
    command.output().expect("the binary runs").into()
}

#[test]
fn a_policy_on_a_server_holds_also_when_the_server_is_away() {
    let folder = tree(&[("Cargo.toml", BRANCH)]);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let server = runtime.block_on(serve(format!("{QUIET}OVR02 = 'warn'\n")));
    let extends = format!("extends = '{server}/policy.toml?token=canary'\n");
    write(folder.path(), "depaudit.toml", &extends);
    let ran = scan_with_cache(folder.path());
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    let decided = of(&json(&ran), "OVR02")[0]["decided_by"]["file"].clone();
    assert_eq!(decided, format!("{server}/policy.toml"));
    // It goes away, and what was seen stands in.
    drop(runtime);
    let ran = scan_with_cache(folder.path());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.err.contains("the server cannot be reached; the copy that was seen"), "{ran:?}");
    assert!(!ran.err.contains("canary"), "{}", ran.err);
    // Without a copy nothing is judged.
    fs::remove_dir_all(folder.path().join("cache")).expect("the cache is there");
    let ran = scan_with_cache(folder.path());
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{ran:?}");
    assert!(ran.err.contains("there is no copy of it from before"), "{}", ran.err);
}

#[test]
fn a_policy_is_refused_when_its_digest_is_another_or_it_has_moved() {
    let folder = tree(&[("Cargo.toml", BRANCH)]);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let text = format!("{QUIET}OVR02 = 'allow'\n");
    let digest = depaudit_model::Checksum::of(text.as_bytes());
    let server = runtime.block_on(serve(text));
    let pinned =
        |digest: &str| format!("extends = '{server}/policy.toml'\nextends-sha256 = '{digest}'\n");
    write(folder.path(), "depaudit.toml", &pinned(&"0".repeat(64)));
    let ran = scan_with_cache(folder.path());
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains(&format!("has the digest {digest}")), "{}", ran.err);
    write(folder.path(), "depaudit.toml", &pinned(&digest.to_string()));
    assert_eq!(scan_with_cache(folder.path()).code, Some(0));
    write(folder.path(), "depaudit.toml", &format!("extends = '{server}/moved'\n"));
    let ran = scan_with_cache(folder.path());
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("redirects are not followed"), "{}", ran.err);
    // What is pinned and was seen is not asked for again.
    write(folder.path(), "depaudit.toml", &pinned(&digest.to_string()));
    drop(runtime);
    let ran = scan_with_cache(folder.path());
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
}

#[test]
fn what_a_policy_says_for_the_doors_is_told_with_its_lines() {
    let policy = "[door]\ncontact = 'the security team'\n[door.minimum-age-days]\ncrates-io = 3\n\
                  [[door.rule]]\nrule = 'minimum-age'\nmode = 'dry-run'\n[[door.rule]]\n\
                  rule = 'yanked'\nteam = 'search'\nmode = 'off'\n[[door.deny]]\npackage = 'left-pad'\n\
                  version = '<1.3'\nreason = 'it leaks'\n[[door.allow]]\npackage = 'aws-*'\nreason = 'ours'\n";
    let folder = tree(&[("depaudit.toml", policy)]);
    let ran = run(folder.path(), &["policy", "check"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for told in [
        "minimum-age: dry run, holds back  (depaudit.toml:6:8)",
        "  3 days for crates-io  (depaudit.toml:4:13)",
        "  for search: off  (depaudit.toml:9:8)",
        "denied: enforced, refuses  (where no line says how)",
        "  left-pad <1.3: it leaks  (depaudit.toml:12:1)",
        "let through: aws-*: ours, lifts ",
        "contact = the security team",
    ] {
        assert!(ran.out.contains(told), "{told} is not in {}", ran.out);
    }
    assert!(!ran.out.contains("licence"), "what no line speaks of is left out: {}", ran.out);
    let report = json(&run(folder.path(), &["policy", "check", "--json"]));
    let doors = &report["doors"][0];
    assert_eq!(doors["rules"][0]["rule"], "denied", "{doors}");
    assert_eq!(doors["rules"][0]["goes_by"][0]["place"]["line"], 12, "{doors}");
    assert_eq!(doors["extends"], false, "{doors}");

    write(folder.path(), "local.toml", "extends = 'depaudit.toml'\n[door]\ncontact = 'us'\n");
    let ran = run(folder.path(), &["policy", "check", "local.toml"]);
    assert!(ran.out.contains("At the doors of a server with local.toml\nnone takes it"), "{ran:?}");
}

#[test]
fn a_policy_can_be_looked_at_before_it_is_used() {
    let policy = "internal-packages = ['pay-*']\n[levels]\nOVR02 = 'warn'\n[[waiver]]\n\
                  rule = 'LCK07'\npackage = 'a'\nowner = 'me'\nreason = 'r'\nexpires = 2020-01-01\n";
    let folder = tree(&[("depaudit.toml", policy)]);
    let ran = run(folder.path(), &["policy", "check"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for told in ["the rule OVR02", "depaudit.toml:3:1", "pay-*", "ended", "waivers.max-days = 180"]
    {
        assert!(ran.out.contains(told), "{told} is not in {}", ran.out);
    }
    let report = json(&run(folder.path(), &["policy", "check", "--json", "--rule=OVR02"]));
    assert_eq!(report["explained"]["considered"][0]["outcome"], "decides");
    let schema = json(&run(folder.path(), &["policy", "schema"]));
    assert!(schema["properties"]["waiver"].is_object(), "{schema}");
}

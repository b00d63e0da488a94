//! `depaudit demo`: what a newcomer sees.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

mod cli_support;
#[path = "support/client.rs"]
mod client;
#[path = "support/demo.rs"]
mod demo;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use demo::Demo;
use depaudit_testkit::CargoProject;
use serde_json::{Value, json};

async fn get(demo: &Demo, path: &str) -> String {
    let answer = client::get(format!("{}{path}", demo.address)).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    answer.text().await.unwrap()
}

async fn ask(demo: &Demo, question: &str) -> Value {
    let text = get(demo, &format!("/api/v1/portfolio/{question}")).await;
    serde_json::from_str(&text).unwrap()
}

/// The pages count days: where one is about to end, the next one is waited for.
fn not_around_midnight() {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let left = 24 * 60 * 60 - now.as_secs() % (24 * 60 * 60);
    if left < 60 {
        std::thread::sleep(Duration::from_secs(left)); // waits: for the next day, less than a minute
    }
}

#[tokio::test]
async fn the_avalanche_is_seen_its_blast_radius_and_its_trace() {
    not_around_midnight();
    let kept = tempfile::tempdir().unwrap();
    let folder = kept.path().to_str().unwrap();
    let demo = Demo::start(&["--keep", folder]);

    let overview = get(&demo, "/").await;
    for told in [
        "ledgerline 1.2.0 is the release for some, and a fork for others",
        "ledgerline is overridden by patch for 25 days, declared until a day that has passed",
        "ledgerline 1.2.1 has been out for 19 days, 1.2.0 is locked",
    ] {
        assert!(overview.contains(told), "{told} in {overview}");
    }
    let blast = ask(&demo, "blast?of=ledgerline").await;
    assert_eq!(
        blast["totals"],
        json!({"teams": 3, "repositories": 4, "workspaces": 4, "binaries": 5})
    );
    // The mirror's copy has a number of its own, and is told to whoever asks for the release.
    let release = ask(&demo, "blast?of=ledgerline@1.2.0").await;
    let copy = &release["may_hold"]["copies"][0];
    assert_eq!(
        (&copy["version"], &copy["reason"], &copy["teams"]),
        (&json!("1.2.0-acme.1"), &json!("number"), &json!(["mobile"])),
        "{release}"
    );
    assert_eq!(release["may_hold"]["totals"]["teams"], 1);
    assert!(release["teams"].as_array().unwrap().iter().all(|it| it["team"] != "mobile"));
    let why = "its number says that it is made from 1.2.0; its files were not compared";
    for (page, told) in [
        ("/crate/ledgerline/1.2.0", "Who may hold it under another number"),
        ("/incident?of=ledgerline%401.2.0", "1 team may run a copy of it"),
        ("/incident-workspaces.csv?of=ledgerline%401.2.0", "may hold it"),
    ] {
        let page = get(&demo, page).await;
        assert!(page.contains(told) && page.contains(why), "{told} and {why} in {page}");
    }
    let trend = ask(&demo, "trend?days=31").await;
    let (first, last) = (&trend[0], &trend[30]);
    assert_eq!((&first["split_identities"], &first["drift"]), (&json!(0), &json!(0)), "{trend}");
    assert_eq!((&last["split_identities"], &last["drift"]), (&json!(1), &json!(2)), "{trend}");
    // Each team counts for itself.
    let of_mobile = ask(&demo, "trend?days=31&team=mobile").await;
    let overrides = |day: usize| (&of_mobile[day]["overrides"], &trend[day]["overrides"]);
    assert!(overrides(30).0.as_u64() < overrides(30).1.as_u64(), "{of_mobile} {trend}");
    let teams = ask(&demo, "teams").await;
    assert_eq!(teams.as_array().unwrap().len(), 3, "{teams}");

    // The line of the guilty manifest is where the report says.
    let standing = ask(&demo, "overrides").await;
    let guilty = &standing[0];
    assert_eq!((&guilty["team"], &guilty["standing"]), (&json!("search"), &json!("expired")));
    let manifest = Path::new(&demo.houses).join("acme/ads-billing/Cargo.toml");
    let manifest = std::fs::read_to_string(manifest).unwrap();
    let line = usize::try_from(guilty["line"].as_u64().unwrap()).unwrap();
    let line = manifest.lines().nth(line - 1).unwrap();
    assert_eq!(line, "ledgerline = { path = \"third_party/ledgerline\" }");

    // What nobody saw: it runs at each build.
    let fork = &guilty["compared"][0]["outcome"]["compared"];
    assert_eq!(
        (&fork["release"], &fork["totals"]["added"]),
        (&json!("1.2.0"), &json!(1)),
        "{guilty}"
    );
    assert_eq!(fork["marks"][0]["kind"], "build-script-added", "{guilty}");
    let page = get(&demo, "/overrides").await;
    assert!(page.contains("1 added, 1 changed, 0 removed: a new build script"), "{page}");

    // The policy of the house: what waits, what ends soon, and what a rule that watches would stop.
    for told in ["1 refused release waits for a review", "1 waiver ends within 14 days"] {
        assert!(overview.contains(told), "{told} in {overview}");
    }
    let dry: Value = serde_json::from_str(&get(&demo, "/policy/dry-run.json").await).unwrap();
    let row = &dry["rows"][0];
    assert_eq!(
        (&row["crate"], &row["version"], &row["rule"], &row["team"]),
        (&json!("ledgerline"), &json!("1.2.1"), &json!("minimum-age"), &json!("payments")),
        "{dry}"
    );
    let queue: Value = serde_json::from_str(&get(&demo, "/policy/queue.json").await).unwrap();
    let waiting = &queue["waiting"][0];
    assert_eq!((&waiting["version"], &waiting["teams"]), (&json!("1.2.0"), &json!(["search"])));
    let waivers: Value = serde_json::from_str(&get(&demo, "/policy/waivers.json").await).unwrap();
    assert_eq!(
        (&waivers[0]["state"], &waivers[0]["team"]),
        (&json!("in-force"), &json!("payments"))
    );

    // Only what went through the proxy was received; the month's days are the record's.
    let data = kept.path().join("depaudit-data");
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_depaudit"));
        let output = command.args(args).arg("--data").arg(&data).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let blast = run(&["portfolio", "blast", "ledgerline@1.2.0"]);
    let may = "may hold it, and is not counted above: 1 team, ";
    assert!(blast.contains(may) && blast.contains(why), "{blast}");
    let trace: Value =
        serde_json::from_str(&run(&["trace", "ledgerline@1.2.1", "--json"])).unwrap();
    assert!(trace.to_string().contains("payments"), "{trace}");
    for other in ["search", "mobile"] {
        assert!(!trace.to_string().contains(other), "{other} never received it: {trace}");
    }
    run(&["ledger", "verify"]);
    demo.stop();
    assert!(data.exists(), "it was to be kept");
}

/// The files of a repository, as a checkout of its own.
fn checkout(repository: &Path) -> CargoProject {
    fn copy(from: &Path, repository: &Path, into: &CargoProject) {
        for it in from.read_dir().unwrap() {
            let path = it.unwrap().path();
            if path.is_dir() {
                copy(&path, repository, into);
            } else {
                let below = path.strip_prefix(repository).unwrap();
                into.write(below, std::fs::read(&path).unwrap());
            }
        }
    }
    let mut project = CargoProject::named("checkout").create();
    copy(repository, repository, &project);
    project.commit_lock();
    project
}

#[tokio::test]
async fn the_real_cargo_fetches_what_the_demos_repositories_lock() {
    let demo = Demo::start(&[]);
    for (team, repository) in [
        ("payments", "acme/checkout"),
        // Its lock holds the release that the policy denies, and a waiver lets it.
        ("payments", "acme/payouts"),
        ("search", "acme/ads-billing"),
    ] {
        let project = checkout(&Path::new(&demo.houses).join(repository));
        let mut init = Command::new(env!("CARGO_BIN_EXE_depaudit"));
        init.args(["init", "--yes", "--team", team, "--server", &demo.address]);
        let init = init.current_dir(project.path()).output().unwrap();
        assert!(init.status.success(), "{init:?}");
        project.cargo(["fetch", "--locked"]).retries(0).run().await.expect_success();
        assert!(project.lock_unchanged(), "{repository}");
    }
    demo.stop();
}

/// The commands of depaudit that a page tells.
fn commands(page: &str) -> Vec<String> {
    let found = page.split("<code class=\"copied\"><bdi>").skip(1);
    let found = found.filter_map(|it| Some(it.split_once("</bdi>")?.0));
    let unescape = |it: &str| it.replace("&#39;", "'").replace("&#38;", "&");
    found.map(unescape).filter(|it| it.starts_with("depaudit ")).collect()
}

#[tokio::test]
async fn the_first_command_of_the_overview_compares_a_release_that_the_policy_denies() {
    let demo = Demo::start(&[]);
    let overview = get(&demo, "/").await;
    assert!(overview.contains("see what differs, in acme/ads-billing:"), "{overview}");
    let commands = commands(&overview);
    let first = commands.first().unwrap();
    assert!(first.starts_with("depaudit diff ledgerline@1.2.0 "), "{commands:?}");
    let folder = Path::new(&demo.houses).join("acme/ads-billing");
    let ran = cli_support::paste(&folder, first);
    assert_eq!(ran.code, Some(1), "they differ: {ran:?}");
    assert!(ran.out.contains("1 file added, 1 changed, 0 removed"), "{ran:?}");

    // Whoever is not on the server's machine is told who denies it, and what else there is.
    let elsewhere = ["diff", "ledgerline@1.2.0", "--against", "./third_party/ledgerline"];
    let ran = cli_support::run(&folder, &[&elsewhere[..], &["--server", &demo.address]].concat());
    assert_eq!(ran.code, Some(2), "{ran:?}");
    for told in ["blocked by the rule `denied`", "the data folder of one that has it"] {
        assert!(ran.err.contains(told), "{told} in {ran:?}");
    }
    demo.stop();
}

#[tokio::test]
async fn without_keep_nothing_stays_and_a_folder_in_use_is_left_alone() {
    let demo = Demo::start(&[]);
    let houses = demo.houses.clone();
    assert!(Path::new(&houses).exists());
    demo.stop();
    assert!(!Path::new(&houses).exists(), "{houses}");

    let used = tempfile::tempdir().unwrap();
    std::fs::write(used.path().join("mine.txt"), "mine").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_depaudit"));
    let output = command.args(["demo", "--keep"]).arg(used.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("is not empty; name another folder"), "{told}");
    assert_eq!(used.path().read_dir().unwrap().count(), 1);
}

#[test]
fn a_demo_that_is_stopped_before_it_is_made_leaves_nothing_behind() {
    for signal in ["-INT", "-TERM"] {
        let rooms = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_depaudit"));
        command.args(["demo", "--listen", "127.0.0.1:0"]).env("TMPDIR", rooms.path());
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::piped());
        let demo = command.spawn().unwrap();
        // The first of what it makes there tells that it listens for signals.
        let begun = || {
            let folders = rooms.path().read_dir().unwrap();
            folders.flatten().any(|it| it.path().join("depaudit-data").exists())
        };
        for _ in 0..3_000 {
            if begun() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(1)); // waits: for the demo to begin
        }
        assert!(begun(), "it made no folder within three seconds");
        let id = demo.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        let ended = demo.wait_with_output().unwrap();
        let told = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(2), "{told}");
        assert!(told.contains("stopped before the demo was made"), "{told}");
        let left: Vec<_> = rooms.path().read_dir().unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

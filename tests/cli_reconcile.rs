//! `depaudit reconcile` and `depaudit scan --server`: locks held against what a real proxy served.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a panic is the report of a test")]

mod cli_support;
mod support;
#[path = "support/token.rs"]
mod token;

use std::fs;
use std::path::Path;

use cli_support::{Ran, command};
use depaudit_model::{Checksum, TokenScope};
use depaudit_proxy::settings::{Authentication, Settings};
use depaudit_testkit::{CrateFile, FakeUpstream};
use serde_json::{Value, json};
use support::{Answer, Service};

/// In a thread of its own, since a server answers meanwhile in this one.
async fn run(folder: &Path, arguments: &[&str]) -> Ran {
    let mut command = command(folder, arguments);
    let ran = tokio::task::spawn_blocking(move || command.output()).await.unwrap();
    Ran::from(ran.unwrap())
}

fn package(name: &str, checksum: &str) -> String {
    let source = tame_index::CRATES_IO_INDEX;
    format!(
        "[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\nsource = \"registry+{source}\"\n\
         checksum = \"{checksum}\"\n"
    )
}

/// `mine` was served to `payments`, `theirs` to `search`, `past` to nobody, and `split` is locked with
/// another checksum than the one that was served.
async fn story(service: &Service, upstream: &FakeUpstream, folder: &Path) {
    let mut lock = String::from("version = 4\n");
    for (name, team) in [
        ("mine", Some("payments")),
        ("theirs", Some("search")),
        ("past", None),
        ("split", Some("payments")),
    ] {
        let packed = upstream.publish(CrateFile::new(name, "1.0.0"));
        let served = Checksum::of(&packed.bytes).to_string();
        if let Some(team) = team {
            let path = format!("/t/{team}/crates-io/crates/{name}/1.0.0/download");
            let answer = Answer::of(service.raw(reqwest::Method::GET, &path)).await;
            assert_eq!(answer.status, 200, "{name}");
        }
        let other = Checksum::of(b"other bytes").to_string();
        lock += &package(name, if name == "split" { &other } else { &served });
    }
    lock += "[[package]]\nname = \"app\"\nversion = \"0.1.0\"\n";
    lock += "[[package]]\nname = \"fork\"\nversion = \"0.1.0\"\n\
             source = \"git+https://git.example/fork?rev=abc#abcdef\"\n";
    fs::write(folder.join("Cargo.lock"), lock).unwrap();
    fs::write(folder.join("Cargo.toml"), "[package]\nname = \"app\"\nversion = \"0.1.0\"\n")
        .unwrap();
}

fn standings(report: &Value) -> Vec<(&str, &str)> {
    let rows = report["crates"].as_array().unwrap().iter();
    rows.map(|row| (row["crate"].as_str().unwrap(), row["standing"].as_str().unwrap())).collect()
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

const STANDINGS: [(&str, &str); 4] = [
    ("mine", "served"),
    ("past", "never-served"),
    ("split", "conflicting"),
    ("theirs", "served-to-others"),
];

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_40_every_locked_checksum_is_held_against_the_record() {
    let upstream = FakeUpstream::start();
    let service = Service::before(&upstream).await;
    let folder = tempfile::tempdir().unwrap();
    story(&service, &upstream, folder.path()).await;
    let server = format!("http://{}", service.address);
    let asked = ["reconcile", "Cargo.lock", "--server", &server, "--team", "payments", "--json"];
    let ran = run(folder.path(), &asked).await;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let from_server = json(&ran);
    assert_eq!(standings(&from_server), STANDINGS);

    let stopped = service.stop().await;
    let data = stopped.folder().to_str().unwrap();
    let reconcile = async |more: &[&str]| {
        run(folder.path(), &[&["reconcile", "Cargo.lock", "--data", data], more].concat()).await
    };
    let ran = reconcile(&["--team", "payments", "--json"]).await;
    assert_eq!((ran.code, &json(&ran)), (Some(1), &from_server), "the same from both");
    assert_eq!(from_server["schema"], "depaudit.reconcile/1");
    let not_covered: Vec<_> = from_server["not_covered"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["package"].as_str().unwrap().split('@').next().unwrap(), &it["why"]))
        .collect();
    assert_eq!(not_covered, [("app", &"from a folder".into()), ("fork", &"from git".into())]);
    let all = json(&reconcile(&["--json"]).await);
    assert!(standings(&all).contains(&("theirs", "served")), "{all}");

    let people = reconcile(&["--team", "payments"]).await.out;
    assert!(!people.contains("mine@1.0.0") && people.contains("past@1.0.0"), "{people}");
    let counts = "1 conflicting, 1 never-served, 2 not-covered, 1 served, 1 served-to-others\n";
    assert!(people.ends_with(counts), "{people}");
    let sheet = reconcile(&["--csv"]).await.out;
    assert_eq!(sheet.lines().count(), 7, "{sheet}");

    fs::write(
        folder.path().join("Cargo.lock"),
        "version = 4\n[[package]]\nname = \"=1+1\"\nversion = \"1.0.0\"\n",
    )
    .unwrap();
    let ran = reconcile(&["--csv"]).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("not-covered,'=1+1@1.0.0,"), "a cell is no formula: {ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_40_a_scan_finds_what_the_record_contradicts_or_never_saw() {
    let upstream = FakeUpstream::start();
    let service = Service::before(&upstream).await;
    let folder = tempfile::tempdir().unwrap();
    story(&service, &upstream, folder.path()).await;
    let server = format!("http://{}", service.address);
    let ran = run(folder.path(), &["scan", "--format", "json", "--server", &server]).await;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let report = json(&ran);
    let told = |code: &str| -> Vec<String> {
        let findings = report["findings"].as_array().unwrap().iter();
        let of_rule = findings.filter(|it| it["code"] == code);
        of_rule.map(|it| it["package"]["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        (told("LCK01"), told("LCK02")),
        (vec!["split".into()], vec!["past".into()]),
        "{report}"
    );

    let ran = run(folder.path(), &["scan", "--format", "json", "--no-facts"]).await;
    let lacking = json(&ran)["summary"]["not_evaluated"].to_string();
    assert!(lacking.contains("LCK02") && lacking.contains("\"record\""), "{lacking}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_told_to_holders_of_a_token_alone_and_questions_are_bounded() {
    let upstream = FakeUpstream::start();
    let required = |settings: &mut Settings| settings.authentication = Authentication::Required;
    let service = Service::with(&upstream, required).await;
    let token = token::token(&service, "payments", TokenScope::Read).await;
    let ask = async |path: &str, body: String, token: Option<&str>| {
        let mut request = service.raw(reqwest::Method::POST, path).body(body);
        if let Some(token) = token {
            request = request.header("authorization", token);
        }
        Answer::of(request).await
    };
    let (mine, token) = ("/t/payments/crates-io/received", Some(token.expose()));
    let one = json!({"crate": "foo", "version": "1.0.0", "sha256": Checksum::of(b"x")});
    let about = |crates: usize| json!({"crates": vec![&one; crates]}).to_string();
    let answer = ask(mine, about(1), token).await;
    assert_eq!(
        (answer.status, answer.text()),
        (200, r#"{"crates":[{"standing":"never-served"}]}"#)
    );
    assert_eq!(ask(mine, about(1), None).await.status, 401);
    assert_eq!(ask("/t/search/crates-io/received", about(1), token).await.status, 403);
    assert_eq!(ask("/t/payments/nowhere/received", about(1), token).await.status, 404);
    assert_eq!(ask("/t/payments/crates-io/index/config.json", about(1), token).await.status, 405);
    assert_eq!(ask(mine, about(1_001), token).await.status, 400);
    for nothing in ["", "{}", "[", r#"{"crates":[{"crate":"../x","version":"1.0.0","sha256":""}]}"#]
    {
        assert_eq!(ask(mine, nothing.to_owned(), token).await.status, 400, "{nothing}");
    }
    assert_eq!(ask(mine, " ".repeat(1 << 20), token).await.status, 400);
    let get = service.raw(reqwest::Method::GET, mine).header("authorization", token.unwrap());
    assert_eq!(Answer::of(get).await.status, 405);
}

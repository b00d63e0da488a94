//! A team's scan is reported to a running server: who may, what it takes, and what it answers.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

mod cli_support;
#[path = "support/client.rs"]
mod client;
#[path = "support/server.rs"]
mod server;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use cli_support::run;
use depaudit_portfolio::report::EncodedReport;
use depaudit_store::sqlite::SqliteMetaStore;
use depaudit_store::{KeptReport, MetaStore, ReportRetention};
use depaudit_testkit::FakeUpstream;
use serde_json::{Value, json};
use server::Server;

const PATH: &str = "/api/v1/t/payments/reports";

/// A report by hand: an application that locks one release, or a fork of it.
fn report(team: &str, time: &str, version: &str) -> Value {
    json!({
        "schema": "depaudit.report/1",
        "origin": {"team": team, "repository": "acme/shop", "branch": "main"},
        "time": time,
        "tool": "0.1.0",
        "packages": [
            {"name": "app", "version": "0.1.0", "source": "folder"},
            {"name": "shared", "version": version, "source": "crates-io"},
        ],
        "workspaces": [{
            "folder": ".", "nodes": [0, 1], "edges": [[1], []], "members": [0],
            "binaries": [{"name": "payd", "node": 0}],
        }],
        "overrides": [],
        "findings": [],
        "counts": {"manifests": 1, "workspaces": 1, "locks": 1, "gaps": 0, "left_out": 0},
    })
}

async fn post(server: &Server, path: &str, body: &Value) -> (u16, Value) {
    let request = client::new().post(format!("{}{path}", server.address));
    let answer = request.body(body.to_string()).send().await.unwrap();
    assert!(answer.headers().get("access-control-allow-origin").is_none());
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

async fn ask(server: &Server, question: &str) -> Value {
    let (status, text) = server::get(server, &format!("/api/v1/portfolio/{question}")).await;
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

fn started(data: &Path, more: &[&str]) -> (FakeUpstream, Server) {
    let upstream = FakeUpstream::start();
    let server = Server::start(data, &upstream, more);
    (upstream, server)
}

#[tokio::test]
async fn bad_input_48_twice_is_once_out_of_order_the_newest_wins_and_nobody_reports_for_others() {
    let data = tempfile::tempdir().unwrap();
    let (_upstream, server) = started(data.path(), &[]);
    let new = report("payments", "2026-02-01T00:00:00Z", "1.2.1");
    let old = report("payments", "2026-01-01T00:00:00Z", "1.2.0");
    let (status, receipt) = post(&server, PATH, &new).await;
    assert_eq!((status, &receipt["new"]), (201, &json!(true)));
    assert_eq!(post(&server, PATH, &new).await.0, 200);
    assert_eq!(post(&server, PATH, &old).await.0, 201);
    let others = report("search", "2026-02-01T00:00:00Z", "1.2.0");
    assert_eq!(post(&server, PATH, &others).await.0, 403);
    assert_eq!(post(&server, "/api/v1/t/search/reports", &others).await.0, 404);
    let mut ahead = new.clone();
    ahead["time"] = json!("2999-01-01T00:00:00Z");
    assert_eq!(post(&server, PATH, &ahead).await.0, 400);

    let blast = ask(&server, "blast?of=shared").await;
    assert_eq!(blast["releases"][0]["version"], "1.2.1");
    assert_eq!(blast["totals"]["binaries"], 1);
    assert_eq!(blast["workspaces"][0]["binaries"][0]["path"][1]["name"], "shared");
    server.signal("-TERM");
    drop(server);
    let record = run(data.path(), &["log", "--json", "--data", "."]).out;
    let received = record.lines().filter(|line| line.contains("report-received"));
    let digest = receipt["digest"].as_str().unwrap();
    assert_eq!(received.clone().count(), 2, "{record}");
    assert!(received.clone().any(|line| line.contains(digest)), "{record}");
}

#[tokio::test]
async fn what_another_process_keeps_or_forgets_counts_from_the_next_question_on() {
    let data = tempfile::tempdir().unwrap();
    let (_upstream, server) = started(data.path(), &[]);
    let old = report("payments", "2026-01-01T00:00:00Z", "1.2.0");
    assert_eq!(post(&server, PATH, &old).await.0, 201);
    let version = async || ask(&server, "blast?of=shared").await["releases"][0]["version"].clone();
    assert_eq!(version().await, "1.2.0");
    let meta = SqliteMetaStore::open(data.path()).unwrap();
    let new = report("payments", "2026-02-01T00:00:00Z", "1.2.1").to_string();
    let new = EncodedReport::read(new.as_bytes()).unwrap();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(new.bytes()).unwrap();
    let time = new.report().time;
    let kept = KeptReport {
        digest: new.digest(),
        team: "payments".parse().unwrap(),
        repository: "acme/shop".to_owned(),
        branch: "main".to_owned(),
        time,
        received: time,
        body: packed.finish().unwrap().into(),
    };
    assert!(meta.put_report(&kept).await.unwrap());
    assert_eq!(version().await, "1.2.1");
    let everything = ReportRetention { before: time, most_of_a_team: 0 };
    assert_eq!(meta.forget_reports(everything).await.unwrap(), 2);
    assert_eq!(version().await, Value::Null);
    meta.close().await.unwrap();
}

#[tokio::test]
async fn bad_input_49_one_gigabyte_and_100_000_brackets_are_refused_and_the_server_goes_on() {
    let data = tempfile::tempdir().unwrap();
    let (_upstream, server) = started(data.path(), &[]);
    // Announced, and not one byte of it read.
    let host = server.address.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let head =
        format!("POST {PATH} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1073741824\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");

    let send = async |body: Vec<u8>, encoding: &'static str| {
        let request = client::new().post(format!("{}{PATH}", server.address));
        let request = request.header("content-encoding", encoding).body(body);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(send("[".repeat(100_000).into_bytes(), "identity").await, 400);
    // A gigabyte of spaces, packed to a megabyte.
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let spaces = vec![b' '; 1 << 20];
    (0..1_024).for_each(|_| packed.write_all(&spaces).unwrap());
    assert_eq!(send(packed.finish().unwrap(), "gzip").await, 413);
    assert_eq!(send(b"no gzip".to_vec(), "gzip").await, 400);
    assert_eq!(send(b"{}".to_vec(), "br").await, 400);
    let good = report("payments", "2026-02-01T00:00:00Z", "1.2.1");
    assert_eq!(post(&server, PATH, &good).await.0, 201);
}

#[tokio::test]
async fn bad_input_50_a_page_of_another_origin_reports_nothing() {
    let data = tempfile::tempdir().unwrap();
    let (_upstream, server) = started(data.path(), &[]);
    let body = report("payments", "2026-02-01T00:00:00Z", "1.2.1").to_string();
    for origin in ["null", "https://evil.example", "http://127.0.0.1:1"] {
        let request = client::new().post(format!("{}{PATH}", server.address));
        let request = request.header("origin", origin).header("cookie", "session=1");
        let answer = request.body(body.clone()).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 403, "{origin}");
        assert!(answer.headers().keys().all(|name| !name.as_str().starts_with("access-control")));
    }
    assert_eq!(ask(&server, "blast?of=shared").await["totals"]["teams"], 0);
}

#[tokio::test]
async fn a_report_needs_its_teams_report_token_where_tokens_are_asked_for() {
    let data = tempfile::tempdir().unwrap();
    let more = ["--auth", "required", "--team", "search"];
    let (_upstream, server) = started(data.path(), &more);
    let token = |team: &str, scope: &str| {
        let create = ["token", "create", "--team", team, "--scope", scope, "--name", "ci"];
        let ran = run(data.path(), &[&create[..], &["--expires", "90d", "--data", "."]].concat());
        ran.out.trim().to_owned()
    };
    let body = report("payments", "2026-02-01T00:00:00Z", "1.2.1").to_string();
    for (token, expected) in [
        (String::new(), 401),
        (token("payments", "read"), 403),
        (token("search", "report"), 403),
        (token("payments", "report"), 201),
    ] {
        let request = client::new().post(format!("{}{PATH}", server.address));
        let request = request.header("authorization", &token).body(body.clone());
        assert_eq!(request.send().await.unwrap().status().as_u16(), expected);
    }
    let portfolio = format!("{}/api/v1/portfolio/across", server.address);
    let status = async |token: &str| {
        let request = client::get(&portfolio).header("authorization", token);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(status("").await, 401);
    // Who may see pages may read the same: what teams report is for all of them.
    assert_eq!(status(&token("payments", "report")).await, 200);
    assert_eq!(status(&token("payments", "admin")).await, 200);
}

/// Writes a file of a repository.
fn write(repository: &std::path::Path, path: &str, text: &str) {
    let path = repository.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

#[tokio::test]
async fn a_scan_is_reported_and_the_same_questions_are_answered_beside_the_server() {
    let data = tempfile::tempdir().unwrap();
    let (_upstream, server) = started(data.path(), &[]);
    let shop = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| write(shop.path(), path, text);
    write("src/main.rs", "");
    write(
        "Cargo.toml",
        "[package]\nname = \"app\"\nversion = \"0.1.0\"\n[dependencies]\nshared = { git = \"https://git.example/our/shared\" } # until hunter2 is changed\n",
    );
    write(
        "Cargo.lock",
        "version = 4\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\"shared\"]\n[[package]]\nname = \"shared\"\nversion = \"1.2.0\"\nsource = \"git+https://git.example/our/shared#0123456789012345678901234567890123456789\"\n",
    );
    let address = server.address.clone();
    let to = ["--report", &address, "--repo", "acme/shop", "--branch", "main"];
    let scan = ["scan", "--quiet", "--no-facts", "--team", "payments=."];
    let ran = run(shop.path(), &[&scan[..], &to, &["--report-required"]].concat());
    assert!(matches!(ran.code, Some(0 | 1)), "{ran:?}");
    let served = ask(&server, "blast?of=shared@1.2.0").await;
    assert_eq!(served["totals"]["binaries"], 1);
    let asked = ["portfolio", "blast", "shared@1.2.0", "--data", ".", "--json"];
    let beside = run(data.path(), &asked);
    assert_eq!(serde_json::from_str::<Value>(&beside.out).unwrap(), served, "{beside:?}");
    let table = run(data.path(), &["portfolio", "overrides", "--data", "."]);
    assert!(table.out.contains("https://git.example/our/shared"), "{table:?}");

    let saved = shop.path().join("report.json");
    let save = [&scan[..], &["--write-report", "report.json"], &to[2..]].concat();
    assert!(run(shop.path(), &save).code.is_some());
    let file = saved.to_str().unwrap();
    let sent = std::fs::read_to_string(&saved).unwrap();
    assert!(sent.contains("shared = { git = ") && !sent.contains("hunter2"), "{sent}");
    let ran = run(data.path(), &["portfolio", "blast", "shared", "--reports", file]);
    assert!(ran.out.contains("app 0.1.0 > shared 1.2.0"), "{ran:?}");
    let what_if = ["portfolio", "what-if", "--dropped", "shared", "--no-facts", "--reports", file];
    let ran = run(data.path(), &what_if);
    assert!(ran.code == Some(0) && ran.out.contains("shared"), "{ran:?}");
    drop(server);
    let away = run(shop.path(), &[&scan[..], &to].concat());
    assert!(matches!(away.code, Some(0 | 1)) && away.err.contains("was not reported"), "{away:?}");
    let required = run(shop.path(), &[&scan[..], &to, &["--report-required"]].concat());
    assert_eq!(required.code, Some(2), "{required:?}");
}

#[tokio::test]
async fn the_proxy_that_init_writes_is_the_remedy_and_counts_among_no_overrides() {
    let data = tempfile::tempdir().unwrap();
    let (_upstream, server) = started(data.path(), &[]);
    let shop = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| write(shop.path(), path, text);
    write("src/lib.rs", "");
    write("Cargo.toml", "[package]\nname = \"app\"\nversion = \"0.1.0\"\n");
    write("Cargo.lock", "version = 4\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\n");
    let address = server.address.clone();
    let init = ["init", "--team", "payments", "--yes", "--server", &address];
    assert_eq!(run(shop.path(), &init).code, Some(0));
    let scan = ["scan", "--quiet", "--no-facts", "--team", "payments=.", "--report", &address];
    let to = ["--repo", "acme/shop", "--branch", "main", "--report-required"];
    let counts = async || {
        let ran = run(shop.path(), &[&scan[..], &to].concat());
        assert!(matches!(ran.code, Some(0 | 1)), "{ran:?}");
        let standing = ask(&server, "overrides").await[0]["standing"].clone();
        let teams = ask(&server, "teams").await;
        let trend = ask(&server, "trend?days=1").await[0]["overrides"].clone();
        (standing, teams[0]["overrides"].clone(), teams[0]["approved_proxies"].clone(), trend)
    };
    // As long as no policy approves it, it is a way elsewhere like any other.
    assert_eq!(counts().await, (json!("not-needed"), json!(1), json!(0), json!(1)));
    write("depaudit.toml", &format!("[approved]\nproxies = [\"{address}\"]\n"));
    assert_eq!(counts().await, (json!("approved-proxy"), json!(0), json!(1), json!(0)));
    for (page, told) in [
        (
            "/overrides",
            "1 of these 1 lead to the shared registry through a proxy that the policy approves",
        ),
        ("/team/payments", "<dd>0; not counted: 1 through a proxy that the policy approves</dd>"),
        ("/", "<span class=\"of\">of 0</span>"),
    ] {
        let (status, text) = server::get(&server, page).await;
        assert!(status == 200 && text.contains(told), "{page}: {told} in {text}");
    }
}

#[test]
fn whose_report_it_is_is_asked_for_at_once_and_before_anything_is_scanned() {
    let shop = tempfile::tempdir().unwrap();
    let scan = ["scan", "--no-facts", "--team", "Pay Ments=.", "--report", "http://127.0.0.1:1"];
    let ran = run(shop.path(), &scan);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    let told =
        "name the team with --report-team, the repository with --repo, the branch with --branch";
    assert!(ran.err.contains(told), "{ran:?}");
    assert_eq!(ran.out, "", "nothing was scanned");
}

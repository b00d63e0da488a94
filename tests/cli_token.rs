//! `depaudit token` beside a running server, and where a token never shows.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

mod cli_support;
#[path = "support/client.rs"]
mod client;
#[path = "support/server.rs"]
mod server;

use std::path::Path;

use cli_support::run;
use depaudit_store::sqlite::{SqliteAuditLog, SqliteMetaStore};
use depaudit_testkit::{CrateFile, FakeUpstream};
use server::Server;

/// Runs a command on the data folder; its standard output.
fn done(data: &Path, arguments: &[&str]) -> String {
    let ran = run(data, &[arguments, &["--data", "."]].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    ran.out
}

fn tokens(data: &Path) -> Vec<serde_json::Value> {
    let lines = done(data, &["token", "list", "--json"]);
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn status(server: &Server, token: &str) -> u16 {
    let url = format!("{}/t/payments/crates-io/crates/foo/1.0.0/download", server.address);
    client::get(url).header("authorization", token).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn bad_input_27_a_token_shows_once_and_never_in_logs_records_errors_or_files() {
    let data = tempfile::tempdir().unwrap();
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    let server = Server::start(data.path(), &upstream, &["--auth", "required", "--log", "debug"]);
    let create = ["token", "create", "--team", "payments", "--scope", "read", "--name", "ci"];
    let printed = done(data.path(), &[&create[..], &["--expires", "90d"]].concat());
    let token = printed.trim();
    assert!(token.starts_with("depaudit_") && printed.lines().count() == 1, "{printed}");
    assert_eq!(status(&server, token).await, 200);

    // A token where none belongs, and one that is not known.
    let canary = format!("depaudit_{}", "c0ffee".repeat(9));
    let paths = [
        format!("/t/payments/crates-io/index/3/f/foo?token={token}"),
        format!("/t/payments/crates-io/crates/{token}/1.0.0/download"),
        format!("/t/{token}/crates-io/index/config.json"),
        format!("/{canary}"),
    ];
    for path in &paths {
        let request = client::get(format!("{}{path}", server.address));
        let answer = request.header("authorization", &canary).send().await.unwrap();
        let text = answer.text().await.unwrap();
        assert!(!text.contains(token) && !text.contains(&canary), "{text}");
    }
    let metrics = server::get(&server, "/metrics").await.1;
    assert!(metrics.contains(r#"depaudit_refused_tokens_total{reason="malformed"}"#), "{metrics}");
    server.signal("-TERM");
    let (_, log) = server.end();
    assert!(log.contains("answered"), "the log has the requests:\n{log}");
    let record = done(data.path(), &["log", "--json"]);
    assert!(record.contains("token create"), "{record}");
    let listed = done(data.path(), &["token", "list"]);
    for (place, text) in
        [("log", &log), ("record", &record), ("list", &listed), ("metrics", &metrics)]
    {
        assert!(!text.contains(token) && !text.contains(&canary), "{place}: {text}");
    }
    for file in ["meta.sqlite", "audit.sqlite"] {
        let bytes = std::fs::read(data.path().join(file)).unwrap();
        let holds = bytes.windows(token.len()).any(|window| window == token.as_bytes());
        assert!(!holds, "{file} holds the token");
    }
}

#[tokio::test]
async fn a_rotated_token_overlaps_and_a_revoked_one_ends_while_the_server_runs() {
    let data = tempfile::tempdir().unwrap();
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    let server = Server::start(data.path(), &upstream, &["--auth", "required"]);
    let create = ["token", "create", "--team", "payments", "--scope", "read"];
    let old = done(data.path(), &create);
    let id = tokens(data.path())[0]["id"].as_str().unwrap().to_owned();
    let new = done(data.path(), &["token", "rotate", &id, "--overlap", "1h"]);
    assert_eq!(status(&server, old.trim()).await, 200, "the overlap goes on");
    assert_eq!(status(&server, new.trim()).await, 200);
    let listed = tokens(data.path());
    assert_eq!(listed[1]["rotated_from"], id.as_str());
    assert!(listed[0]["expires"].is_string() && listed[1]["expires"].is_null(), "{listed:?}");

    done(data.path(), &["token", "revoke", &id]);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(5);
    while status(&server, old.trim()).await != 401 {
        assert!(std::time::Instant::now() < deadline, "it goes on working");
    }
    assert_eq!(status(&server, new.trim()).await, 200, "the new one is not the old one");
    assert_eq!(tokens(data.path())[0]["state"], "revoked");
    let again = run(data.path(), &["token", "rotate", &id, "--data", "."]);
    assert_eq!(again.code, Some(2), "{again:?}");
    assert!(again.err.contains("has ended"), "{again:?}");
    let record = done(data.path(), &["log", "--json", "--kind", "administration"]);
    assert_eq!(record.lines().count(), 3, "{record}");
}

#[test]
fn what_to_do_with_a_token_is_said_by_what_it_opens() {
    let data = tempfile::tempdir().unwrap();
    drop(SqliteAuditLog::open(data.path()).unwrap());
    drop(SqliteMetaStore::open(data.path()).unwrap());
    let hint = |scope: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_depaudit"));
        command.args(["token", "create", "--team", "payments", "--scope", scope, "--data"]);
        let output = command.arg(data.path()).output().unwrap();
        assert!(output.status.success());
        let (token, told) = (output.stdout, String::from_utf8(output.stderr).unwrap());
        assert!(!told.contains(String::from_utf8(token).unwrap().trim()), "{told}");
        told
    };
    let read = hint("read");
    // It keeps a token for a registry that can be published to, which none here can.
    assert!(read.contains("`cargo login` works only with registries that can be published to"));
    assert!(read.contains("[registries.depaudit]\ntoken = \"...\""), "{read}");
    assert!(read.contains("global-credential-providers"), "{read}");
    for scope in ["report", "admin"] {
        let told = hint(scope);
        assert!(told.contains("DEPAUDIT_TOKEN") && !told.contains("Cargo"), "{scope}: {told}");
    }
}

//! `depaudit serve` as an operator runs it: the binary, its output, its end.
#![expect(clippy::expect_used, reason = "a panic is the report of a test")]

#[path = "support/client.rs"]
mod client;
#[path = "support/server.rs"]
mod server;

use std::process::Command;

use depaudit_testkit::{CargoProject, CrateFile, FakeUpstream, PackedCrate};
use server::{Server, get};

fn upstream_with_foo() -> (FakeUpstream, PackedCrate) {
    let upstream = FakeUpstream::start();
    let packed = upstream.publish(CrateFile::new("foo", "1.0.0").padding(3 << 20));
    (upstream, packed)
}

/// Runs the binary to its end; for what must fail.
fn fails(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_depaudit"))
        .args(arguments)
        .env("RUST_BACKTRACE", "1")
        .output()
        .expect("the binary starts");
    (output.status.code(), String::from_utf8(output.stderr).expect("text"))
}

#[tokio::test]
async fn what_it_prints_at_its_start_is_what_a_team_pastes() {
    let data = tempfile::tempdir().unwrap();
    let (upstream, _) = upstream_with_foo();
    let server = Server::start(&data.path().join("new/folder"), &upstream, &[]);
    let snippet: String = server
        .greeting
        .lines()
        .skip_while(|line| !line.starts_with('['))
        .map(|line| format!("{line}\n"))
        .collect();
    let project = CargoProject::named("app")
        .dependency("foo", "1")
        .file(".cargo/config.toml", snippet)
        .create();
    project.cargo(["fetch"]).run().await.expect_success();

    assert_eq!(get(&server, "/healthz").await, (200, "ok\n".to_owned()));
    let (status, ready) = get(&server, "/readyz").await;
    assert_eq!(status, 200);
    let ready: serde_json::Value = serde_json::from_str(&ready).unwrap();
    assert_eq!(ready["store_writable"], true);
    assert_eq!(ready["upstreams"][0]["state"], "up");
    let (_, metrics) = get(&server, "/metrics").await;
    for expected in [
        r#"depaudit_requests_total{kind="crate",cache="miss",status="200"} 1"#,
        r#"depaudit_upstream_requests_total{registry="crates-io",outcome="ok"}"#,
        "depaudit_request_duration_seconds_bucket",
        "depaudit_index_age_seconds",
        "depaudit_stored_bytes_total",
        "depaudit_event_queue",
    ] {
        assert!(metrics.contains(expected), "{expected} in\n{metrics}");
    }
    let (status, page) = get(&server, "/").await;
    assert_eq!(status, 200);
    assert!(page.contains("replace-with"), "{page}");
}

#[tokio::test]
async fn asked_to_stop_it_finishes_the_answers_under_way() {
    let data = tempfile::tempdir().unwrap();
    let (upstream, foo) = upstream_with_foo();
    let gate = upstream.on("/dl/*").hold_after(2 << 20);
    let server = Server::start(data.path(), &upstream, &["--log-format", "json"]);
    let url = format!("{}/t/payments/crates-io/crates/foo/1.0.0/download", server.address);
    let mut answer = client::get(url).send().await.unwrap();
    let mut body = answer.chunk().await.unwrap().unwrap().to_vec();
    server.signal("-TERM");
    gate.wait_for(1).await;
    gate.open();
    while let Some(chunk) = answer.chunk().await.unwrap() {
        body.extend_from_slice(&chunk);
    }
    assert!(body == foo.bytes);
    drop(answer);
    let (status, log) = server.end();
    assert!(status.success(), "{log}");
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("each line is JSON");
        assert!(line["level"].is_string());
    }
    let output = Command::new(env!("CARGO_BIN_EXE_depaudit"))
        .args(["log", "--json", "--kind", "download-finished", "--data"])
        .arg(data.path())
        .output()
        .unwrap();
    let finished: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(finished["outcome"], "complete", "the outcome was written before the end");
}

#[tokio::test]
async fn asked_twice_it_stops_at_once_and_a_hangup_stops_nothing() {
    let data = tempfile::tempdir().unwrap();
    let (upstream, _) = upstream_with_foo();
    let _gate = upstream.on("/dl/*").hold_after(2 << 20);
    let server = Server::start(data.path(), &upstream, &[]);
    let url = format!("{}/t/payments/crates-io/crates/foo/1.0.0/download", server.address);
    let mut answer = client::get(url).send().await.unwrap();
    assert!(answer.chunk().await.unwrap().is_some(), "an answer is under way");
    server.signal("-HUP");
    assert_eq!(get(&server, "/healthz").await.0, 200);

    server.signal("-TERM");
    // Once it listens no more, the first one has been heeded.
    while std::net::TcpStream::connect(server.address.trim_start_matches("http://")).is_ok() {}
    server.signal("-INT");
    let (status, log) = server.end();
    assert_eq!(status.code(), Some(2), "{log}");
    assert!(log.contains("SIGHUP: there is nothing to reload"), "{log}");
    assert!(log.contains("SIGINT for the second time"), "{log}");
}

#[tokio::test]
async fn bad_input_11_killed_in_the_middle_of_a_body_it_leaves_nothing_behind_after_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let (upstream, foo) = upstream_with_foo();
    let partial = data.path().join("partial");
    let gate = upstream.on("/dl/*").hold_after(2 << 20);
    let server = Server::start(data.path(), &upstream, &[]);
    let url = format!("{}/t/payments/crates-io/crates/foo/1.0.0/download", server.address);
    let mut answer = client::get(url).send().await.unwrap();
    assert!(answer.chunk().await.unwrap().is_some());
    assert_eq!(std::fs::read_dir(&partial).unwrap().count(), 1);
    server.signal("-KILL");
    server.end();
    gate.open();

    let server = Server::start(data.path(), &upstream, &[]);
    assert_eq!(std::fs::read_dir(&partial).unwrap().count(), 0);
    let url = format!("{}/t/payments/crates-io/crates/foo/1.0.0/download", server.address);
    let body = client::get(url).send().await.unwrap().bytes().await.unwrap();
    assert!(body == foo.bytes);
}

#[test]
fn a_wrong_configuration_is_one_line_with_its_place_and_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("depaudit.toml");
    std::fs::write(&file, "listen = \"127.0.0.1:0\"\nfreshnes = \"60s\"\n").unwrap();
    let (code, told) = fails(&["serve", "--config", file.to_str().unwrap()]);
    assert_eq!(code, Some(2));
    assert!(told.contains("depaudit.toml:2:1: unknown field `freshnes`"), "{told}");
    assert!(!told.contains("backtrace"), "{told}");

    let (code, told) = fails(&["serve", "--listen", "0.0.0.0:0"]);
    assert_eq!(code, Some(2));
    assert!(told.contains("needs --public-url"), "{told}");
    let (code, told) = fails(&["serve", "--tls-cert", "cert.pem"]);
    assert_eq!(code, Some(2));
    assert!(told.contains("--tls-cert needs --tls-key"), "{told}");
}

#[test]
fn bad_input_27_a_password_in_a_url_that_is_none_is_not_quoted() {
    let bad = "http://user:canary-7@[half/index/";
    for (flag, variable, value) in [
        ("--upstream", "DEPAUDIT_UPSTREAM", format!("crates-io={bad}")),
        ("--upstream", "DEPAUDIT_UPSTREAM", format!("{bad}=canary-7")),
        ("--public-url", "DEPAUDIT_PUBLIC_URL", bad.to_owned()),
        ("--outbound-proxy", "DEPAUDIT_OUTBOUND_PROXY", bad.to_owned()),
    ] {
        let by_variable = Command::new(env!("CARGO_BIN_EXE_depaudit"))
            .arg("serve")
            .env(variable, &value)
            .output()
            .unwrap();
        let by_variable = String::from_utf8(by_variable.stderr).unwrap();
        let (code, by_flag) = fails(&["serve", flag, &value]);
        assert_eq!(code, Some(2));
        for told in [by_variable, by_flag] {
            assert!(told.contains(flag), "{told}");
            assert!(!told.contains("canary-7"), "{told}");
        }
    }
}

#[test]
fn every_flag_of_serve_has_its_key_and_its_variable() {
    let help =
        Command::new(env!("CARGO_BIN_EXE_depaudit")).args(["serve", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let flags: Vec<&str> = help
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("--"))
        .filter_map(|line| line.split([' ', '=']).next())
        .filter(|flag| *flag != "color")
        .collect();
    assert!(flags.len() > 10, "{flags:?}");
    for flag in flags {
        let variable = format!("DEPAUDIT_{}", flag.replace('-', "_").to_uppercase());
        assert!(help.contains(&format!("[env: {variable}")), "--{flag} has no {variable}");
        if flag == "config" {
            continue;
        }
        // A key that is none is named as unknown; a key with a value of the wrong kind is not.
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("depaudit.toml");
        std::fs::write(&file, format!("{flag} = {{ x = 1 }}\n")).unwrap();
        let (_, told) = fails(&["serve", "--config", file.to_str().unwrap()]);
        assert!(!told.contains("unknown field `"), "--{flag} has no key: {told}");
    }
}

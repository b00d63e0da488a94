//! A server that asks for a login.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use depaudit_testkit::{CrateFile, FakeUpstream};
use tempfile::TempDir;

use crate::cli_support::{run, verified_soon};
use crate::server::Server;
use crate::visitor::Visitor;

pub(crate) struct Site {
    pub(crate) server: Server,
    _upstream: FakeUpstream,
    pub(crate) data: TempDir,
}

impl Site {
    pub(crate) fn start(more: &[&str]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let upstream = FakeUpstream::start();
        upstream.publish(CrateFile::new("foo", "1.0.0"));
        let more = [&["--team", "search", "--log", "debug"], more].concat();
        let server = Server::start(data.path(), &upstream, &more);
        Self { server, _upstream: upstream, data }
    }

    /// One that others know by another address, and that asks for tokens nowhere.
    pub(crate) fn far(more: &[&str]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let upstream = FakeUpstream::start();
        // Its greeting names the other address, so it is told a port that was free a moment ago.
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_depaudit"))
            .args(["serve", "--public-url", "https://depaudit.example", "--listen"])
            .arg(free.to_string())
            .args(["--team", "payments", "--data"])
            .arg(data.path())
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut greeting = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        while !greeting.contains("index = ") {
            assert_ne!(lines.read_line(&mut greeting).unwrap(), 0, "{greeting}");
        }
        let server = Server { child, address: format!("http://{free}"), greeting };
        Self { server, _upstream: upstream, data }
    }

    /// One that is for holders of tokens.
    pub(crate) fn guarded() -> Self {
        Self::start(&["--auth", "required"])
    }

    pub(crate) fn token(&self, team: &str, scope: &str) -> String {
        done(
            self.data.path(),
            &["token", "create", "--team", team, "--scope", scope, "--name", "ann"],
        )
        .trim()
        .to_owned()
    }

    pub(crate) fn revoke_all(&self) {
        for line in done(self.data.path(), &["token", "list", "--json"]).lines() {
            let token: serde_json::Value = serde_json::from_str(line).unwrap();
            done(self.data.path(), &["token", "revoke", token["id"].as_str().unwrap()]);
        }
    }

    /// What is kept is what is on record.
    pub(crate) fn verified(&self) {
        verified_soon(self.data.path());
    }

    pub(crate) fn record(&self) -> String {
        done(self.data.path(), &["log", "--json"])
    }

    /// Somebody who has logged in.
    pub(crate) async fn logged_in(&self, team: &str, scope: &str) -> Visitor {
        let mut visitor = Visitor::new(&self.server);
        let answer = visitor.log_in(&self.token(team, scope), None).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        visitor
    }

    /// Stops the server; its log.
    pub(crate) fn end(self) -> String {
        self.server.signal("-TERM");
        self.server.end().1
    }
}

fn done(data: &Path, arguments: &[&str]) -> String {
    let ran = run(data, &[arguments, &["--data", "."]].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    ran.out
}

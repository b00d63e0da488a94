//! `depaudit serve` in a process of its own.
#![allow(dead_code, reason = "each test binary uses a part of it")]
#![expect(clippy::expect_used, reason = "a panic is the report of a test")]

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use depaudit_testkit::FakeUpstream;

use crate::client;

/// A server in a process of its own; killed when the test ends without having stopped it.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) address: String,
    /// What it printed at its start.
    pub(crate) greeting: String,
}

impl Server {
    pub(crate) fn start(data: &Path, upstream: &FakeUpstream, more: &[&str]) -> Self {
        Self::start_with(Command::new(env!("CARGO_BIN_EXE_depaudit")), data, upstream, more)
    }

    /// The same, by a command that ends as the binary.
    pub(crate) fn start_with(
        mut command: Command,
        data: &Path,
        upstream: &FakeUpstream,
        more: &[&str],
    ) -> Self {
        let mut child = command
            .args(["serve", "--listen", "127.0.0.1:0", "--upstream"])
            .arg(format!("crates-io={}", upstream.sparse_index()))
            .args(["--team", "payments", "--data"])
            .arg(data)
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let mut greeting = String::new();
        while !greeting.contains("index = ") {
            let line = lines.next().expect("the greeting goes on").expect("text");
            greeting.push_str(&line);
            greeting.push('\n');
        }
        let address = greeting.split_whitespace().find(|word| word.starts_with("http://"));
        let address = address.expect("an address").trim_end_matches(['/', ',']).to_owned();
        Self { child, address, greeting }
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().expect("kill runs").success());
    }

    pub(crate) fn end(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().expect("it ends");
        let mut log = String::new();
        self.child.stderr.take().expect("a pipe").read_to_string(&mut log).expect("text");
        (status, log)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// GETs a path: the status and the text.
pub(crate) async fn get(server: &Server, path: &str) -> (u16, String) {
    let response =
        client::get(format!("{}{path}", server.address)).send().await.expect("an answer");
    (response.status().as_u16(), response.text().await.expect("text"))
}

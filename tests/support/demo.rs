//! `depaudit demo` in a process of its own.
#![allow(dead_code, reason = "each test binary uses a part of it")]
#![expect(clippy::expect_used, reason = "a panic is the report of a test")]

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};

/// The demo; killed when the test ends without having stopped it.
pub(crate) struct Demo {
    child: Child,
    pub(crate) address: String,
    /// The folder that it says the repositories are in.
    pub(crate) houses: String,
    /// Held, so that it can go on printing.
    _rest: Lines<BufReader<ChildStdout>>,
}

impl Demo {
    pub(crate) fn start(more: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_depaudit"));
        command.args(["demo", "--listen", "127.0.0.1:0"]).args(more);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the binary starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let mut after = |label: &str| {
            let line = lines.find(|line| line.as_ref().expect("text").contains(label));
            let line = line.expect("the demo says it").expect("text");
            line.split_once(label).expect("it was found").1.trim().to_owned()
        };
        let address = after("Open").trim_end_matches('/').to_owned();
        let houses = after("repositories are in");
        Self { child, address, houses, _rest: lines }
    }

    /// As Ctrl-C does.
    pub(crate) fn stop(mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().expect("kill runs").success());
        assert!(self.child.wait().expect("it ends").success());
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

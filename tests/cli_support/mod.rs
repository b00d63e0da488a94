//! The real binary, with nothing of this machine's settings in its environment.
#![allow(dead_code, reason = "each test binary uses a part of it")]
#![expect(clippy::expect_used, reason = "in a test, a panic is the report")]

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// `depaudit` with these arguments, run in `folder`.
pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_depaudit"));
    command.args(arguments).current_dir(folder).env_clear().stdin(Stdio::null());
    // Without it Cargo's home is found in the system's list of users.
    command.env("CARGO_HOME", folder.join("no-cargo-home"));
    command
}

/// How a run ended and what it printed.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("depaudit prints UTF-8");
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// Runs `depaudit` to its end.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Ran {
    command(folder, arguments).output().expect("the binary runs").into()
}

/// Asks whether the data folder is what is on record of it, until the first checkpoint is signed: that is within
/// a second.
pub(crate) fn verified_soon(data: &Path) {
    let begun = std::time::Instant::now();
    loop {
        let ran = run(data, &["ledger", "verify", "--data", "."]);
        if ran.code == Some(0) {
            return;
        }
        assert!(begun.elapsed().as_secs() < 20, "{ran:?}");
    }
}

/// Runs what depaudit has printed as somebody pastes it: through a shell, in the folder where it was read.
pub(crate) fn paste(folder: &Path, printed: &str) -> Ran {
    assert!(printed.starts_with("depaudit "), "no command of depaudit: {printed}");
    let script = format!("depaudit() {{ \"$BINARY\" \"$@\"; }}\n{printed}");
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &script]).current_dir(folder).env_clear().stdin(Stdio::null());
    command.env("BINARY", env!("CARGO_BIN_EXE_depaudit"));
    command.env("CARGO_HOME", folder.join("no-cargo-home"));
    command.output().expect("a shell").into()
}

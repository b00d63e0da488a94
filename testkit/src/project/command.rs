use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::raw_http::off_the_runtime;

/// What a program needs from its surroundings to run at all. Everything else stays outside, above
/// all the `CARGO_*` of the cargo that runs the tests, and proxies, which loopback must not meet.
const KEPT_VARIABLES: [&str; 5] = ["PATH", "HOME", "TMPDIR", "SYSTEMROOT", "TEMP"];
const KEPT_PREFIX: &str = "RUSTUP_";

/// A run of cargo that is being prepared. The cargo is the one that runs the tests, or else the
/// first on the `PATH`.
#[derive(Debug)]
pub struct CargoCommand {
    command: Command,
    deadline: Duration,
}

impl CargoCommand {
    pub(super) fn new<A: AsRef<OsStr>>(
        folder: &Path,
        cargo_home: &Path,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        let mut command = Command::new(cargo);
        command
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .envs(std::env::vars_os().filter(|(name, _)| is_kept(name)))
            .env("CARGO_HOME", cargo_home)
            .env("CARGO_TERM_COLOR", "never")
            .env("CARGO_TERM_PROGRESS_WHEN", "never")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self { command, deadline: Duration::from_secs(300) }
    }

    /// Sets a variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// How often cargo tries again after a failure that may pass (3 times unless given, with pauses
    /// of up to 10 s).
    #[must_use]
    pub fn retries(self, count: u32) -> Self {
        self.env("CARGO_NET_RETRY", count.to_string())
    }

    /// How long it may run, 300 s unless given.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Runs it to its end.
    ///
    /// # Panics
    /// When cargo cannot be started or is not done at its deadline.
    pub async fn run(self) -> CargoOutput {
        off_the_runtime(|| self.blocking_run()).await
    }

    /// [`CargoCommand::run`], for a test without a runtime.
    ///
    /// # Panics
    /// When cargo cannot be started or is not done at its deadline.
    #[must_use]
    pub fn blocking_run(mut self) -> CargoOutput {
        let mut child = self
            .command
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {:?}: {error}", self.command));
        let stdout = collect(child.stdout.take());
        let stderr = collect(child.stderr.take());
        let deadline = Instant::now() + self.deadline;
        let ended = |text: &mpsc::Receiver<String>| {
            text.recv_timeout(deadline.saturating_duration_since(Instant::now()))
        };
        let (Ok(stdout), Ok(stderr)) = (ended(&stdout), ended(&stderr)) else {
            end(&mut child);
            panic!("{:?} was not done within {:?}", self.command, self.deadline);
        };
        let status = child.wait().expect("a child that was started can be waited for");
        CargoOutput { command: format!("{:?}", self.command), status, stdout, stderr }
    }
}

fn is_kept(name: &OsStr) -> bool {
    name.to_str()
        .is_some_and(|name| KEPT_VARIABLES.contains(&name) || name.starts_with(KEPT_PREFIX))
}

/// Reads a stream to its end on a thread of its own, so that a full pipe cannot stop the child.
fn collect(stream: Option<impl Read + Send + 'static>) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            // What came before an error is still worth showing.
            let _ = stream.read_to_end(&mut bytes);
        }
        // Nobody waits any more after the deadline.
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

fn end(child: &mut Child) {
    // An error says that it has ended by itself.
    let _ = child.kill();
    let _ = child.wait();
}

/// What cargo said.
#[derive(Debug, Clone)]
pub struct CargoOutput {
    command: String,
    /// How it ended.
    pub status: ExitStatus,
    /// The standard output.
    pub stdout: String,
    /// The standard error, where cargo reports.
    pub stderr: String,
}

impl CargoOutput {
    /// Whether it succeeded.
    #[must_use]
    pub fn success(&self) -> bool {
        self.status.success()
    }

    /// Insists on success.
    ///
    /// # Panics
    /// With all that cargo said, when it failed.
    #[track_caller]
    pub fn expect_success(self) -> Self {
        assert!(self.success(), "{self}");
        self
    }

    /// Insists on a failure.
    ///
    /// # Panics
    /// With all that cargo said, when it succeeded.
    #[track_caller]
    pub fn expect_failure(self) -> Self {
        assert!(!self.success(), "{self}");
        self
    }
}

impl fmt::Display for CargoOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}{}", self.command, self.status, self.stdout, self.stderr)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_outer_cargo_reaches_the_inner_one() {
        for name in ["PATH", "HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"] {
            assert!(is_kept(OsStr::new(name)), "{name}");
        }
        for name in ["CARGO_TARGET_DIR", "CARGO", "RUSTFLAGS", "RUSTC_WRAPPER", "http_proxy"] {
            assert!(!is_kept(OsStr::new(name)), "{name}");
        }
    }

    #[test]
    #[should_panic(expected = "was not done within 50ms")]
    fn a_run_that_does_not_end_is_ended() {
        let mut program = Command::new("cat");
        // The pipe's other end is this process: it stays open until the deadline.
        program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let command = CargoCommand { command: program, deadline: Duration::from_millis(50) };
        let _ = command.blocking_run();
    }
}

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde::Deserialize;

use super::request::Request;
use crate::tools;

/// How long after its time wrk may still run.
const GRACE: Duration = Duration::from_secs(30);
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);

/// wrk, ready to load a server.
pub(crate) struct Wrk {
    program: PathBuf,
    /// Makes it report for programs.
    script: PathBuf,
    /// At most as many as the machine has cores; the servers share them.
    threads: usize,
}

/// What wrk saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) struct Seen {
    pub(crate) requests: u64,
    /// How long it really took.
    pub(crate) microseconds: u64,
    /// The latency, in microseconds, that half of the requests stayed within.
    pub(crate) p50: u64,
    /// The same for 99 of 100.
    pub(crate) p99: u64,
    /// Connections that failed or timed out, and answers of 400 or more.
    pub(crate) errors: u64,
}

impl Wrk {
    /// Writes its script into `folder`.
    ///
    /// # Errors
    /// When wrk is not installed or the folder cannot be written to.
    pub(crate) fn new(folder: &Path, threads: usize) -> anyhow::Result<Self> {
        let script = folder.join("report.lua");
        std::fs::write(&script, include_str!("report.lua")).context("cannot write wrk's script")?;
        Ok(Self { program: tools::find("wrk").context("wrk is not installed")?, script, threads })
    }

    /// The same, with a timetable for the requests of all connections together, so that they make `rate` a
    /// second: as long as the servers and the machine keep up, which what it [saw](Seen) shows.
    ///
    /// # Errors
    /// As [`Wrk::new`].
    pub(crate) fn paced(folder: &Path, threads: usize, rate: u32) -> anyhow::Result<Self> {
        let wrk = Self::new(folder, threads)?;
        let script = [include_str!("report.lua"), &timetable(threads, rate)].join("\n");
        std::fs::write(&wrk.script, script).context("cannot write wrk's script")?;
        Ok(wrk)
    }

    /// Sends `request` over `connections` for `seconds`, and calls `look` a few times meanwhile.
    ///
    /// # Errors
    /// When wrk fails, does not end, or `look` fails.
    pub(crate) fn load(
        &self,
        request: &Request,
        connections: usize,
        seconds: u32,
        mut look: impl FnMut() -> anyhow::Result<()>,
    ) -> anyhow::Result<Seen> {
        let mut command = Command::new(&self.program);
        command
            .arg(format!("--threads={}", self.threads.min(connections)))
            .arg(format!("--connections={connections}"))
            .arg(format!("--duration={seconds}s"))
            .arg("--timeout=10s")
            .arg("--script")
            .arg(&self.script);
        for (name, value) in &request.headers {
            command.arg("--header").arg(format!("{name}: {value}"));
        }
        command.arg(request.url.as_str()).stdin(Stdio::null()).stdout(Stdio::piped());
        let deadline = Instant::now() + Duration::from_secs(seconds.into()) + GRACE;
        let mut running = Running(command.spawn().context("cannot start wrk")?);
        while running.0.try_wait()?.is_none() {
            anyhow::ensure!(Instant::now() < deadline, "wrk does not end");
            std::thread::sleep(BETWEEN_LOOKS);
            look()?;
        }
        let printed = running.0.stdout.take().map(std::io::read_to_string).transpose()?;
        parse(&printed.unwrap_or_default())
    }
}

/// The script that gives each of `threads` its part of `rate` requests a second.
#[expect(clippy::cast_precision_loss, reason = "a number of cores")]
fn timetable(threads: usize, rate: u32) -> String {
    let interval = threads as f64 * 1_000.0 / f64::from(rate);
    include_str!("paced.lua").replace("@INTERVAL@", &interval.to_string())
}

/// Killed, by its id, when it is left early.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // An error says that it has ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn parse(printed: &str) -> anyhow::Result<Seen> {
    let report = printed.lines().rfind(|line| line.starts_with('{'));
    let seen: Seen = report
        .and_then(|report| serde_json::from_str(report).ok())
        .with_context(|| format!("wrk gave no report:\n{printed}"))?;
    anyhow::ensure!(seen.requests > 0 && seen.microseconds > 0, "wrk had no answer:\n{printed}");
    Ok(seen)
}

impl Seen {
    pub(crate) fn requests_per_second(&self) -> u64 {
        let rate = u128::from(self.requests) * 1_000_000 / u128::from(self.microseconds.max(1));
        u64::try_from(rate).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_is_found_behind_what_wrk_prints_for_people() {
        let printed = "Running 5s test @ http://127.0.0.1:1/\n  2 threads and 32 connections\n\n\
            {\"requests\":1000,\"microseconds\":500000,\"p50\":80,\"p99\":900,\"errors\":0}\n";
        let seen = parse(printed).unwrap();
        assert_eq!((seen.p50, seen.p99, seen.errors), (80, 900, 0));
        assert_eq!(seen.requests_per_second(), 2000);
    }

    #[test]
    fn each_thread_has_its_part_of_the_rate() {
        assert!(timetable(2, 5_000).contains("local INTERVAL = 0.4 -- "));
        assert!(timetable(1, 1_000).contains("local INTERVAL = 1 -- "));
    }

    #[test]
    fn no_answer_is_no_measurement() {
        assert!(parse("unable to connect to 127.0.0.1:1").is_err());
        let none = "{\"requests\":0,\"microseconds\":5,\"p50\":0,\"p99\":0,\"errors\":9}";
        assert!(parse(none).is_err());
    }
}

use std::fmt;

use serde::Serialize;

use super::events::{CLIENTS, Mix, Written};
use crate::bench::machine::Machine;
use crate::bench::wrk::Seen;

/// All that was measured in one run.
#[derive(Debug, Serialize)]
pub(super) struct Table {
    pub(super) machine: Machine,
    pub(super) written: Vec<Written>,
    /// Requests a second that were aimed at.
    pub(super) rate: u32,
    #[serde(serialize_with = "seen")]
    pub(super) unrecorded: Seen,
    #[serde(serialize_with = "seen")]
    pub(super) recorded: Seen,
    pub(super) read: Vec<Read>,
}

/// A command that reads the record.
#[derive(Debug, Serialize)]
pub(super) struct Read {
    pub(super) what: &'static str,
    pub(super) seconds: f64,
    /// The most memory at one time.
    pub(super) memory_bytes: u64,
}

fn seen<S: serde::Serializer>(seen: &Seen, serializer: S) -> Result<S::Ok, S::Error> {
    let all = [seen.requests_per_second(), seen.p50, seen.p99, seen.errors];
    all.serialize(serializer)
}

impl fmt::Display for Mix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Spread => "any team, any release",
            Self::Jobs => "CI jobs that take whole locks",
        })
    }
}

impl fmt::Display for Table {
    /// Markdown.
    #[expect(clippy::cast_precision_loss, reason = "a count is far below 2^53")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}; the load runs on the same cores.", self.machine)?;
        writeln!(f)?;
        writeln!(
            f,
            "| written by {CLIENTS} clients that wait for each | events | a second | MiB | opened again, s |"
        )?;
        writeln!(f, "|---|--:|--:|--:|--:|")?;
        for Written { mix, events, seconds, reopened_seconds, bytes } in &self.written {
            let rate = *events as f64 / seconds;
            let mib = bytes >> 20;
            writeln!(f, "| {mix} | {events} | {rate:.0} | {mib} | {reopened_seconds:.3} |")?;
        }
        writeln!(f)?;
        writeln!(f, "| aimed at {} requests a second | requests/s | p50 ms | p99 ms |", self.rate)?;
        writeln!(f, "|---|--:|--:|--:|")?;
        let rows =
            [("index entry, 304 (no record)", self.unrecorded), ("crate, 84 KB", self.recorded)];
        for (what, seen) in rows {
            let ms = |micros: u64| micros as f64 / 1_000.0;
            let (rate, p50, p99) = (seen.requests_per_second(), ms(seen.p50), ms(seen.p99));
            writeln!(f, "| {what} | {rate} | {p50:.2} | {p99:.2} |")?;
        }
        let slowest =
            self.unrecorded.requests_per_second().min(self.recorded.requests_per_second());
        if slowest < u64::from(self.rate) * 99 / 100 {
            writeln!(f)?;
            writeln!(
                f,
                "The machine did not reach {} requests a second: the latencies are those of the rates above.",
                self.rate
            )?;
        }
        writeln!(f)?;
        writeln!(f, "| reading | seconds | most memory, MiB |")?;
        writeln!(f, "|---|--:|--:|")?;
        for Read { what, seconds, memory_bytes } in &self.read {
            writeln!(f, "| {what} | {seconds:.2} | {} |", memory_bytes >> 20)?;
        }
        Ok(())
    }
}

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::teams::{CRATES, TEAMS};
use crate::bench::machine::Machine;

/// Nineteen of twenty answers shall not take longer.
const MOST_TIME: Duration = Duration::from_millis(150);
/// No page shall load more.
const MOST_BYTES: usize = 300_000;

/// All that was measured in one run.
#[derive(Debug, Serialize)]
pub(super) struct Table {
    pub(super) machine: Machine,
    /// For each page.
    pub(super) requests: u32,
    /// Of each team.
    pub(super) reports: u16,
    pub(super) events: u64,
    /// The server's, at the end.
    pub(super) memory_bytes: u64,
    pub(super) rows: Vec<Row>,
}

/// One page.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    path: String,
    bytes: usize,
    p50_microseconds: u64,
    p95_microseconds: u64,
    /// The first answer after another report came, for which everything is read and counted anew.
    after_report_microseconds: u64,
}

impl Row {
    pub(super) fn new(
        path: String,
        after_report: Duration,
        mut times: Vec<Duration>,
        bytes: usize,
    ) -> Self {
        times.sort_unstable();
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        // The smallest time that so many of a hundred do not pass.
        let percentile = |percent: usize| {
            let place = (times.len() * percent).div_ceil(100).saturating_sub(1);
            times.get(place).copied().map_or(0, micros)
        };
        Self {
            path,
            bytes,
            p50_microseconds: percentile(50),
            p95_microseconds: percentile(95),
            after_report_microseconds: micros(after_report),
        }
    }

    fn is_too_slow(&self) -> bool {
        Duration::from_micros(self.p95_microseconds) > MOST_TIME
    }
}

impl Table {
    /// Whether every page keeps to the limits.
    ///
    /// # Errors
    /// When one does not; the message names all that do not.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        let bad = |row: &&Row| row.is_too_slow() || row.bytes > MOST_BYTES;
        let bad: Vec<_> = self.rows.iter().filter(bad).map(|row| row.path.as_str()).collect();
        anyhow::ensure!(
            bad.is_empty(),
            "slower than {MOST_TIME:?} or larger than {MOST_BYTES} bytes: {}",
            bad.join(", ")
        );
        Ok(())
    }
}

impl fmt::Display for Table {
    /// Markdown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { machine, requests, reports, events, memory_bytes, rows } = self;
        writeln!(f, "{machine}; the requests come from the same cores, one after the other.")?;
        writeln!(
            f,
            "{TEAMS} teams, {CRATES} crates, {reports} reports of each team, {events} events on record; \
             {requests} requests for each page. The server holds {} MiB at the end.",
            memory_bytes >> 20
        )?;
        writeln!(f)?;
        writeln!(f, "| page | KB | p50 ms | p95 ms | first after a report, ms |")?;
        writeln!(f, "|---|--:|--:|--:|--:|")?;
        let ms = |micros: u64| format!("{}.{}", micros / 1_000, micros % 1_000 / 100);
        for row in rows {
            writeln!(
                f,
                "| `{}` | {} | {} | {} | {} |",
                row.path,
                row.bytes.div_ceil(1_000),
                ms(row.p50_microseconds),
                ms(row.p95_microseconds),
                ms(row.after_report_microseconds)
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(slowest: u64, bytes: usize) -> Table {
        // Of 20 answers, two are slow: more than one of twenty.
        let mut times = vec![Duration::from_millis(2); 18];
        times.extend([Duration::from_millis(slowest); 2]);
        let row = Row::new("/drift".to_owned(), Duration::from_millis(900), times, bytes);
        let machine = Machine::look();
        Table { machine, requests: 20, reports: 1, events: 7, memory_bytes: 0, rows: vec![row] }
    }

    #[test]
    fn a_row_says_how_slow_and_how_large_a_page_is() {
        let text = table(150, 299_001).to_string();
        assert_eq!(text.lines().last(), Some("| `/drift` | 300 | 2.0 | 150.0 | 900.0 |"));
    }

    #[test]
    fn a_page_that_is_too_slow_or_too_large_is_named() {
        assert!(table(150, MOST_BYTES).check().is_ok());
        for bad in [table(151, 0), table(0, MOST_BYTES + 1)] {
            assert!(bad.check().unwrap_err().to_string().ends_with(": /drift"));
        }
    }
}

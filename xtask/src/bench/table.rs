use std::fmt;

use serde::Serialize;

use super::load::Load;
use super::machine::Machine;
use super::usage::Usage;
use super::wrk::Seen;

/// All that was measured in one run.
#[derive(Debug, Serialize)]
pub(crate) struct Table {
    pub(crate) machine: Machine,
    /// Of load for each figure.
    pub(crate) seconds: u32,
    /// How often the two took turns.
    pub(crate) rounds: u8,
    pub(crate) compared: Compared,
    /// depaudit's: each download is durable on record before its first byte goes out.
    pub(crate) recording: &'static str,
    pub(crate) rows: Vec<Row>,
}

/// What depaudit is compared with: the first of each pair.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(tag = "with", rename_all = "kebab-case")]
pub(crate) enum Compared {
    /// nginx as a cache.
    Nginx { access_log: bool },
    /// depaudit without a policy, against depaudit under one of so many rules.
    Policy { rules: u16 },
}

/// One load, both servers.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    load: Load,
    connections: usize,
    peer: Measured,
    depaudit: Measured,
    /// depaudit's requests a second over its peer's.
    ratio: f64,
}

/// One load, one server.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Measured {
    requests_per_second: u64,
    p50_microseconds: u64,
    p99_microseconds: u64,
    /// Time on a core for each request: it stays comparable when other programs are busy.
    cpu_microseconds: u64,
    /// The most that was seen during the load, of all its processes.
    memory_bytes: u64,
    errors: u64,
}

impl Measured {
    pub(crate) fn new(seen: &Seen, during: Usage) -> Self {
        let cpu = during.cpu.as_micros() / u128::from(seen.requests.max(1));
        Self {
            requests_per_second: seen.requests_per_second(),
            p50_microseconds: seen.p50,
            p99_microseconds: seen.p99,
            cpu_microseconds: u64::try_from(cpu).unwrap_or(u64::MAX),
            memory_bytes: during.memory,
            errors: seen.errors,
        }
    }
}

impl Row {
    #[expect(clippy::cast_precision_loss, reason = "a rate is far below 2^53")]
    pub(crate) fn new(load: Load, connections: usize, peer: Measured, depaudit: Measured) -> Self {
        let ratio = depaudit.requests_per_second as f64 / peer.requests_per_second.max(1) as f64;
        // Two places: more would be noise.
        Self { load, connections, peer, depaudit, ratio: (ratio * 100.0).round() / 100.0 }
    }

    /// The row with the middle ratio, with the errors of all of them.
    pub(crate) fn middle(mut rounds: Vec<Self>) -> Option<Self> {
        rounds.sort_by(|a, b| a.ratio.total_cmp(&b.ratio));
        let (peer, depaudit) = rounds
            .iter()
            .fold((0, 0), |(a, b), row| (a + row.peer.errors, b + row.depaudit.errors));
        let middle = rounds.len() / 2;
        let mut row = rounds.into_iter().nth(middle)?;
        (row.peer.errors, row.depaudit.errors) = (peer, depaudit);
        Some(row)
    }

    pub(crate) fn errors(&self) -> u64 {
        self.peer.errors + self.depaudit.errors
    }
}

impl fmt::Display for Table {
    /// Markdown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}; wrk runs on the same cores.", self.machine)?;
        writeln!(f, "depaudit: release build, {} recording.", self.recording)?;
        let pairs = match self.compared {
            Compared::Nginx { access_log } => {
                let log = if access_log { "on (buffered)" } else { "off" };
                writeln!(
                    f,
                    "nginx: `proxy_cache` on disk, one worker for each core, access log {log}."
                )?;
                "nginx : depaudit".to_owned()
            }
            Compared::Policy { rules } => format!("no policy : a policy of {rules} rules"),
        };
        write!(f, "{} s of load for each figure, after a warm-up", self.seconds)?;
        if self.rounds > 1 {
            write!(f, "; the middle of {} rounds, by ratio", self.rounds)?;
        }
        writeln!(f, ".")?;
        writeln!(f, "Pairs are {pairs}; CPU is the server's own time on a core for each")?;
        writeln!(f, "request, memory the most seen (pages that processes share count once).")?;
        writeln!(f)?;
        writeln!(
            f,
            "| load | connections | requests/s | ratio | p50 ms | p99 ms | CPU µs | memory MiB |"
        )?;
        writeln!(f, "|---|--:|--:|--:|--:|--:|--:|--:|")?;
        for Row { load, connections, peer, depaudit, ratio } in &self.rows {
            let pair = |of: fn(&Measured) -> String| format!("{} : {}", of(peer), of(depaudit));
            let rates = pair(rate);
            let p50 = pair(|of| milliseconds(of.p50_microseconds));
            let p99 = pair(|of| milliseconds(of.p99_microseconds));
            let cpu = pair(|of| of.cpu_microseconds.to_string());
            let memory = pair(|of| (of.memory_bytes >> 20).to_string());
            writeln!(
                f,
                "| {load} | {connections} | {rates} | {ratio:.2} | {p50} | {p99} | {cpu} | {memory} |"
            )?;
        }
        Ok(())
    }
}

fn rate(measured: &Measured) -> String {
    match measured.errors {
        0 => measured.requests_per_second.to_string(),
        errors => format!("{} ({errors} errors)", measured.requests_per_second),
    }
}

fn milliseconds(microseconds: u64) -> String {
    format!("{}.{:02}", microseconds / 1000, microseconds % 1000 / 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const SEEN: Seen =
        Seen { requests: 9000, microseconds: 3_000_000, p50: 1_250, p99: 20_099, errors: 0 };

    fn table(errors: u64) -> Table {
        let used = Usage { memory: 10 << 20, cpu: Duration::from_millis(900) };
        let nginx = Measured::new(&SEEN, used);
        let slower = Seen { requests: 6000, errors, ..SEEN };
        let depaudit = Measured::new(&slower, Usage { memory: 20 << 20, ..used });
        Table {
            machine: Machine::look(),
            seconds: 3,
            rounds: 1,
            compared: Compared::Nginx { access_log: false },
            recording: "strict",
            rows: vec![Row::new(Load::Crate, 32, nginx, depaudit)],
        }
    }

    #[test]
    fn a_row_compares_both_servers() {
        let text = table(0).to_string();
        let row = "| crate, 84 KB | 32 | 3000 : 2000 | 0.67 | 1.25 : 1.25 | 20.09 : 20.09 | 100 : 150 \
                   | 10 : 20 |";
        assert_eq!(text.lines().last(), Some(row));
    }

    #[test]
    fn errors_stand_beside_the_rate_that_they_spoil() {
        let table = table(7);
        assert!(table.to_string().contains("| 3000 : 2000 (7 errors) |"));
        assert_eq!(table.rows[0].errors(), 7);
    }

    #[test]
    fn of_several_rounds_the_middle_one_is_shown_and_no_error_is_hidden() {
        let used = Usage { memory: 0, cpu: Duration::ZERO };
        let row = |requests, errors| {
            let ours = Measured::new(&Seen { requests, errors, ..SEEN }, used);
            Row::new(Load::Crate, 1, Measured::new(&SEEN, used), ours)
        };
        let middle = Row::middle(vec![row(9000, 0), row(900, 3), row(4500, 0)]).unwrap();
        assert!((middle.ratio - 0.5).abs() < f64::EPSILON);
        assert_eq!(middle.errors(), 3);
        assert!(Row::middle(Vec::new()).is_none());
    }

    #[test]
    fn the_same_is_there_for_programs() {
        let json = serde_json::to_value(table(0)).unwrap();
        assert_eq!(json["rows"][0]["ratio"], 0.67);
        assert_eq!(json["rows"][0]["depaudit"]["requests_per_second"], 2000);
    }
}

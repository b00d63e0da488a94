use std::fmt;
use std::time::Duration;

use super::Machine;
use super::files::Files;
use super::program::Program;
use super::run::Taken;

/// What took less is compared with nothing: the kernel counts cores' time in steps of some
/// milliseconds.
const LEAST: Duration = Duration::from_millis(8);

/// All that was measured in one run.
pub(super) struct Table {
    pub(super) machine: Machine,
    pub(super) times: u32,
    /// The files are real ones.
    pub(super) real: bool,
    pub(super) rows: Vec<Row>,
}

/// One program, reading one folder.
pub(super) struct Row {
    /// How many.
    pub(super) workspaces: String,
    pub(super) files: Files,
    pub(super) program: Program,
    pub(super) taken: Taken,
    /// What only parsing takes, where that was measured.
    pub(super) base: Option<Taken>,
}

impl fmt::Display for Table {
    /// Markdown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let made = if self.real { "of real manifests and locks" } else { "invented" };
        writeln!(f, "{}", self.machine)?;
        writeln!(
            f,
            "Workspaces are {made}, and differ in every file. Two threads, warm files; the"
        )?;
        writeln!(
            f,
            "least of {} runs after one that does not count. Each run is a new",
            self.times
        )?;
        writeln!(
            f,
            "process that reads and parses every file anew: nothing is kept from one to the"
        )?;
        writeln!(
            f,
            "next. Ratios are to `toml, Table`, the toml crate as most people use it, which"
        )?;
        writeln!(f, "parses the same TOML files and does nothing with them.")?;
        writeln!(f)?;
        writeln!(
            f,
            "| workspaces | files | TOML MiB | program | wall ms | ratio | user ms | ratio \
             | system ms | peak MiB | files/s |"
        )?;
        writeln!(f, "|---|--:|--:|---|--:|--:|--:|--:|--:|--:|--:|")?;
        for row in &self.rows {
            writeln!(f, "{row}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { workspaces, files, program, taken, base } = self;
        let Taken { wall, user, system, memory } = *taken;
        let ratio = |of: fn(&Taken) -> Duration| match base {
            Some(base) if of(base) >= LEAST => {
                format!("{:.2}", of(taken).as_secs_f64() / of(base).as_secs_f64())
            }
            _ => String::new(),
        };
        let (walls, users) = (ratio(|it| it.wall), ratio(|it| it.user));
        let toml = files.toml >> 20;
        let (count, memory) = (files.count, memory >> 20);
        let rate = count as u128 * 1_000_000 / wall.as_micros().max(1);
        let [wall, user, system] = [wall, user, system].map(milliseconds);
        write!(
            f,
            "| {workspaces} | {count} | {toml} | {program} | {wall} | {walls} | {user} | {users} \
             | {system} | {memory} | {rate} |"
        )
    }
}

fn milliseconds(time: Duration) -> String {
    format!("{}.{}", time.as_millis(), time.as_micros() % 1000 / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_compares_a_program_with_parsing_alone() {
        let ms = Duration::from_millis;
        let base = Taken { wall: ms(10), user: ms(16), system: ms(2), memory: 5 << 20 };
        let taken = Taken { wall: ms(15), user: ms(20), system: ms(3), memory: 9 << 20 };
        let files = Files { count: 60, toml: 3 << 20 };
        let row = Row {
            workspaces: "1".to_owned(),
            files,
            program: Program::Scan,
            taken,
            base: Some(base),
        };
        assert_eq!(
            row.to_string(),
            "| 1 | 60 | 3 | depaudit scan --no-facts | 15.0 | 1.50 | 20.0 | 1.25 | 3.0 | 9 | 4000 |"
        );
    }

    #[test]
    fn what_took_too_little_to_count_is_no_measure() {
        let ms = Duration::from_millis;
        let base = Taken { wall: ms(6), user: ms(0), system: ms(0), memory: 0 };
        let taken = Taken { wall: ms(15), ..base };
        let files = Files { count: 60, toml: 3 << 20 };
        let workspaces = "1".to_owned();
        let row = Row { workspaces, files, program: Program::Table, taken, base: Some(base) };
        let expected = "| 1 | 60 | 3 | toml, Table | 15.0 |  | 0.0 |  | 0.0 | 0 | 4000 |";
        assert_eq!(row.to_string(), expected);
    }
}

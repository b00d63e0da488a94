//! `cargo xtask test`: every check of the project, the quick ones first.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::ValueEnum;

use crate::{axe, say, tidy, tools};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Run this check alone
    #[arg(long, value_enum)]
    only: Option<Check>,
    /// Run the long forms of the tests that have one (DEPAUDIT_LONG=1)
    #[arg(long)]
    long: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Check {
    /// Formatting
    Fmt,
    /// The rules of the house
    Tidy,
    /// Lints
    Clippy,
    /// Documentation and its links
    Doc,
    /// The fuzz targets, which are no part of the workspace
    Fuzz,
    /// All tests, those in the documentation included
    Test,
}

/// Runs the checks in order and stops at the first that fails.
///
/// # Errors
/// When a check fails, or a tool that it needs is missing.
pub(crate) fn run(root: &Path, arguments: &Arguments) -> anyhow::Result<()> {
    tools::ensure(&[tools::GIT, tools::CC])?;
    let started = Instant::now();
    let checks = match &arguments.only {
        Some(check) => std::slice::from_ref(check),
        None => Check::value_variants(),
    };
    for check in checks {
        let name = check.name();
        say::note(format_args!("== {name}"));
        let began = Instant::now();
        check.run(root, arguments.long).with_context(|| format!("the check {name} failed"))?;
        say::note(format_args!("== {name}: passed in {}", spell(began.elapsed())));
    }
    let which = match arguments.only {
        Some(check) => check.name(),
        None => "all checks",
    };
    say::note(format_args!("{which} passed in {}", spell(started.elapsed())));
    Ok(())
}

impl Check {
    const fn name(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Tidy => "tidy",
            Self::Clippy => "clippy",
            Self::Doc => "doc",
            Self::Fuzz => "fuzz",
            Self::Test => "test",
        }
    }

    fn run(self, root: &Path, long: bool) -> anyhow::Result<()> {
        if self == Self::Test {
            tools::ensure(&[tools::CHROMIUM, tools::CHROMEDRIVER])?;
            axe::ensure(root)?;
        }
        // `--locked`: what is checked is what Cargo.lock says, here and on every other machine.
        let arguments: &[&str] = match self {
            Self::Tidy => return tidy::run(root),
            Self::Fmt => &["fmt", "--all", "--check"],
            Self::Clippy => {
                &["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]
            }
            // Private items too: a broken link misleads whoever reads the source.
            Self::Doc => {
                &["doc", "--locked", "--workspace", "--no-deps", "--document-private-items"]
            }
            Self::Fuzz => &["check", "--locked", "--manifest-path", "fuzz/Cargo.toml"],
            // One run names everything that fails: whoever mends it waits for it once.
            Self::Test => &["test", "--locked", "--workspace", "--no-fail-fast"],
        };
        let mut cargo = cargo();
        cargo.current_dir(root).args(arguments).stdin(Stdio::null());
        match self {
            Self::Doc => {
                cargo.env("RUSTDOCFLAGS", "-D warnings");
            }
            // As cargo-fuzz builds them, without its sanitizers and counters.
            Self::Fuzz => {
                cargo.env("RUSTFLAGS", "--cfg fuzzing -D warnings");
                // Nothing is linked here, so the fuzzer's C++ need not be compiled either: a machine
                // that only checks has no compiler for it.
                cargo.env("CUSTOM_LIBFUZZER_PATH", "unused/libfuzzer.a");
            }
            Self::Test if long => {
                cargo.env("DEPAUDIT_LONG", "1");
            }
            _ => {}
        }
        let status = cargo.status().context("cannot run cargo")?;
        anyhow::ensure!(status.success(), "cargo {} failed: {status}", arguments.join(" "));
        Ok(())
    }
}

/// The cargo that runs this chore, so that one toolchain does everything.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

fn spell(time: Duration) -> String {
    format!("{}m {}s", time.as_secs() / 60, time.as_secs() % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_spelled_for_people() {
        assert_eq!(spell(Duration::from_millis(61_900)), "1m 1s");
    }
}

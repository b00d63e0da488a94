//! `cargo xtask fuzz`: feeds what reads strangers' files with texts that nobody would write.

use std::fmt;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context as _;
use toml_edit::{Document, Item};

use crate::tools::{self, Tool};
use crate::{say, suite};

const CXX: Tool = Tool { program: "c++", package: "g++", needed_for: "libFuzzer" };

/// The longest text that is tried, in bytes: readers are linear, so more would only be slower.
const LONGEST: u32 = 64 << 10;
/// One text may take so long, in seconds. A thousandth of it is usual.
const SLOWEST: u32 = 10;
/// The memory that a target may take, in MiB.
const LARGEST: u32 = 1024;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Fuzz these targets; without any, all of them, one after another
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// Fuzz each target for so long
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Install cargo-fuzz where it is missing
    #[arg(long)]
    install: bool,
}

/// Fuzzes the targets in turn, and says of each what came of it.
///
/// # Errors
/// When cargo-fuzz is missing, a target does not build, or a text was found that a target does not
/// stand; the text is kept below fuzz/artifacts/.
pub(crate) fn run(root: &Path, arguments: &Arguments) -> anyhow::Result<()> {
    tools::ensure(&[CXX])?;
    ensure_cargo_fuzz(arguments.install)?;
    let folder = root.join("fuzz");
    let known = targets(&std::fs::read_to_string(folder.join("Cargo.toml"))?)?;
    let unknown = arguments.targets.iter().find(|name| !known.contains(name));
    if let Some(name) = unknown {
        anyhow::bail!("there is no target {name}; there are {}", known.join(", "));
    }
    let chosen = if arguments.targets.is_empty() { &known } else { &arguments.targets };
    let mut failed = Vec::new();
    for name in chosen {
        say::note(format_args!("== {name}"));
        let outcome = fuzz(&folder, name, arguments.seconds)?;
        say::result(format_args!("{name}: {outcome}"));
        if !outcome.passed {
            failed.push(name.as_str());
        }
    }
    anyhow::ensure!(
        failed.is_empty(),
        "{} failed; the texts lie below fuzz/artifacts/, and \
         `cargo fuzz run -s none TARGET TEXT` repeats one of them",
        failed.join(", ")
    );
    Ok(())
}

fn ensure_cargo_fuzz(install: bool) -> anyhow::Result<()> {
    if tools::find("cargo-fuzz").is_some() {
        return Ok(());
    }
    anyhow::ensure!(
        install,
        "cargo-fuzz is missing: install it with `cargo install cargo-fuzz --locked`, \
         or let this chore do so with --install"
    );
    let status = suite::cargo().args(["install", "cargo-fuzz", "--locked"]).status()?;
    anyhow::ensure!(status.success(), "cargo-fuzz could not be installed: {status}");
    Ok(())
}

/// The binaries of fuzz/, in the order of its manifest.
fn targets(manifest: &str) -> anyhow::Result<Vec<String>> {
    let manifest = Document::parse(manifest).context("cannot parse fuzz/Cargo.toml")?;
    let bins = manifest.get("bin").and_then(Item::as_array_of_tables);
    let bins = bins.context("fuzz/Cargo.toml lists no [[bin]]")?;
    let names = bins.iter().filter_map(|bin| bin.get("name").and_then(Item::as_str));
    Ok(names.map(str::to_owned).collect())
}

/// What came of one target.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    passed: bool,
    executions: Option<u64>,
    each_second: Option<u64>,
    /// In MiB.
    memory: Option<u64>,
}

impl Outcome {
    /// Takes one line of libFuzzer's last statistics, `stat::NAME: NUMBER`.
    fn take(&mut self, line: &str) {
        let Some((name, value)) = line.strip_prefix("stat::").and_then(|it| it.split_once(':'))
        else {
            return;
        };
        let value = value.trim().parse().ok();
        match name {
            "number_of_executed_units" => self.executions = value,
            "average_exec_per_sec" => self.each_second = value,
            "peak_rss_mb" => self.memory = value,
            _ => {}
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = |number: Option<u64>| number.map_or("?".to_owned(), |it| it.to_string());
        let (executions, rate) = (told(self.executions), told(self.each_second));
        let outcome = if self.passed { "passed" } else { "FAILED" };
        let memory = told(self.memory);
        write!(f, "{outcome}; {executions} texts, {rate} a second, {memory} MiB at most")
    }
}

fn fuzz(folder: &Path, name: &str, seconds: u32) -> anyhow::Result<Outcome> {
    // What was found before is gone on from; seeds are read, and stay as they are.
    let (corpus, seeds) = (folder.join("corpus").join(name), folder.join("seeds").join(name));
    std::fs::create_dir_all(&corpus).context("cannot create the corpus")?;
    let mut child = command(folder, name)
        .args([&corpus, &seeds])
        .arg("--")
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-timeout={SLOWEST}"))
        .arg(format!("-rss_limit_mb={LARGEST}"))
        .arg(format!("-max_len={LONGEST}"))
        .arg(format!("-dict={}", folder.join("words.dict").display()))
        .arg("-print_final_stats=1")
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot run cargo fuzz")?;
    let mut outcome = Outcome { passed: false, executions: None, each_second: None, memory: None };
    let told = child.stderr.take().context("cargo fuzz has no stderr")?;
    for line in BufReader::new(told).split(b'\n') {
        let line = line?;
        // Texts stand in what libFuzzer tells: they are anything but UTF-8.
        let line = String::from_utf8_lossy(&line);
        outcome.take(&line);
        say::note(line);
    }
    outcome.passed = child.wait()?.success();
    Ok(outcome)
}

/// `-s none`: the sanitizers are flags of nightly compilers alone, and what they look for, safe
/// Rust does not have. The counters that guide the fuzzer are a pass of LLVM, which cargo-fuzz asks
/// for by stable flags.
fn command(folder: &Path, name: &str) -> Command {
    let mut cargo = suite::cargo();
    cargo.current_dir(folder).args(["fuzz", "run", "--sanitizer", "none", name]);
    cargo
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_what_the_manifest_lists() {
        let manifest = "[[bin]]\nname = 'lock'\n[[bin]]\nname = 'ci'\n";
        assert_eq!(targets(manifest).unwrap(), ["lock", "ci"]);
        assert!(targets("[package]").is_err());
    }

    #[test]
    fn every_target_has_seeds() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
        let known = targets(&std::fs::read_to_string(folder.join("Cargo.toml")).unwrap()).unwrap();
        assert!(!known.is_empty());
        for name in known {
            let mut seeds = folder.join("seeds").join(&name).read_dir().unwrap();
            assert!(seeds.next().is_some(), "{name} has no seeds");
        }
    }

    #[test]
    fn the_fuzzers_last_statistics_are_read() {
        let mut outcome =
            Outcome { passed: true, executions: None, each_second: None, memory: None };
        for line in ["#7 DONE", "stat::number_of_executed_units: 900", "stat::peak_rss_mb:  40"] {
            outcome.take(line);
        }
        assert_eq!(outcome.to_string(), "passed; 900 texts, ? a second, 40 MiB at most");
    }
}

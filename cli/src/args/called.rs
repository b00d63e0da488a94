use std::ffi::OsString;
use std::path::Path;

use clap::{CommandFactory, FromArgMatches};

use super::Cli;

/// What Cargo looks for when somebody types `cargo depaudit`.
const CARGO_NAME: &str = "cargo-depaudit";

/// Reads the command line of this process. Clap ends the process where it is wrong, or asks for
/// help.
///
/// Cargo runs `cargo-depaudit depaudit scan` for `cargo depaudit scan`: the word between is its own.
#[must_use]
pub fn command_line() -> Cli {
    let mut arguments: Vec<OsString> = std::env::args_os().collect();
    let mut command = Cli::command();
    if by_cargo(&arguments) {
        arguments.remove(1);
        command = command.bin_name("cargo depaudit");
    }
    let mut matches = command.get_matches_from(arguments);
    Cli::from_arg_matches_mut(&mut matches)
        .unwrap_or_else(|error| error.format(&mut Cli::command()).exit())
}

fn by_cargo(arguments: &[OsString]) -> bool {
    let [program, first, ..] = arguments else { return false };
    first == "depaudit" && Path::new(program).file_stem().is_some_and(|stem| stem == CARGO_NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_cargo_s_own_word_is_dropped() {
        let by_cargo = |line: &str| by_cargo(&line.split(' ').map(Into::into).collect::<Vec<_>>());
        assert!(by_cargo("/home/me/.cargo/bin/cargo-depaudit depaudit scan"));
        assert!(by_cargo("cargo-depaudit.exe depaudit"));
        assert!(!by_cargo("cargo-depaudit scan depaudit"));
        assert!(!by_cargo("depaudit depaudit"));
        assert!(!by_cargo("cargo-depaudit"));
    }
}

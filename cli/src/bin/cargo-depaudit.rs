//! `cargo depaudit`: becomes the `depaudit` that is installed beside it.
//!
//! A second binary with everything in it would be linked, optimised and installed twice. A link to
//! `depaudit` under this name does the same; Cargo installs no links.

use std::env::{args_os, current_exe};
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let why = match current_exe() {
        Ok(this) => {
            // Beside it alone: another `depaudit` on the PATH may be another version.
            let depaudit = this.with_file_name("depaudit");
            // By this name `depaudit` knows that Cargo's own word stands first.
            let error =
                Command::new(&depaudit).arg0("cargo-depaudit").args(args_os().skip(1)).exec();
            format!("cannot run {}: {error}", depaudit.display())
        }
        Err(error) => format!("cannot tell where this program lies: {error}"),
    };
    // When standard error is gone too, nobody is left to tell.
    let _ = writeln!(std::io::stderr(), "error: {why}; install both binaries of depaudit together");
    ExitCode::from(2)
}

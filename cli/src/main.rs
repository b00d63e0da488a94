//! The binary `depaudit`: arguments, configuration, choice of backends, printing, exit codes.

#![expect(
    unreachable_pub,
    reason = "nothing here is reached from outside: `pub` says what a module offers the others"
)]

mod args;
mod ask;
mod backend;
mod cargo_snippet;
mod commands;
mod config;
mod crates;
mod door;
mod exit;
mod facts;
mod git;
mod http;
mod ledger;
mod logging;
mod output;
mod system;

use std::process::ExitCode;

use exit::Exit;

fn main() -> ExitCode {
    let cli = args::command_line();
    cli.color.write_global();
    match cli.command.run() {
        Ok(exit) => exit.into(),
        Err(error) if output::reader_left(&error) => Exit::Done.into(),
        Err(error) => {
            output::print_error(&error);
            Exit::Failed.into()
        }
    }
}

//! `depaudit fix` on real folders, and what the real cargo says afterwards.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod cargo;
#[path = "../cli_support/mod.rs"]
mod cli_support;
mod files;
mod remote;

use std::path::Path;

use cli_support::{Ran, run};

fn fix(folder: &Path, arguments: &[&str]) -> Ran {
    run(folder, &[&["fix"], arguments].concat())
}

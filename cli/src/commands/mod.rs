//! One room a command: its arguments, and what it does.

pub mod cache;
pub mod completions;
pub mod demo;
pub mod diff;
pub mod explain;
pub mod fix;
pub mod init;
pub mod ledger;
pub mod log;
pub mod policy;
pub mod portfolio;
pub mod prefetch;
pub mod reconcile;
pub mod rules;
pub mod scan;
pub mod serve;
pub mod token;
pub mod trace;
pub mod waiver;
mod whole_file;
pub mod why;

pub use whole_file::{WholeFile, write_whole};

use anyhow::Context;

/// Runs what a small command does, on this thread.
///
/// # Errors
/// When `work` fails, or the system gives no runtime.
pub fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?
        .block_on(work)
}

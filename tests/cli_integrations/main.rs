//! What people put into their CI systems, run as those systems run it.
#![expect(clippy::expect_used, clippy::panic, reason = "in a test, a panic is the report")]

#[path = "../cli_support/mod.rs"]
mod cli_support;
mod github;
mod gitlab;
mod guide;
mod pre_commit;
mod sample;
mod self_scan;

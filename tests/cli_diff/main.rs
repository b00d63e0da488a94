//! `depaudit diff`: what the real cargo packages, against folders, commits and other releases.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a panic is the report of a test"
)]

#[path = "../cli_support/mod.rs"]
mod cli_support;
#[path = "../support/mod.rs"]
mod support;

mod commit;
mod fork;
mod home;
mod packaged;
mod scan;
mod sources;

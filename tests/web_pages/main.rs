//! The pages of what teams report, as a browser gets them.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

#[path = "../cli_support/mod.rs"]
mod cli_support;
#[path = "../support/client.rs"]
mod client;
mod reports;
#[path = "../support/server.rs"]
mod server;

mod advice;
mod audit;
mod incident;
mod nothing;
mod overview;
mod portfolio;
mod proof;
mod refused;
mod teams;

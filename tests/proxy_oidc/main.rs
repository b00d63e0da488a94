//! Identity tokens of CI jobs at the proxy, as jobs, strangers and issuers in trouble bring them.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

mod ci;
mod issuer;
mod job;
mod stranger;
#[path = "../support/mod.rs"]
mod support;

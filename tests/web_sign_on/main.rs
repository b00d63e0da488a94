//! People who log in to the pages by the word of an issuer, on a real server: the walk, and all that
//! comes instead of it.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

#[path = "../cli_support/mod.rs"]
mod cli_support;
#[path = "../support/client.rs"]
mod client;
#[path = "../support/server.rs"]
mod server;
#[path = "../web_login/visitor.rs"]
mod visitor;

mod issuer;
mod site;

mod away;
mod session;
mod stranger;
mod walk;

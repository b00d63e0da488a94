//! Who gets to see pages, on a real server: login, roles, forms, and how it ends.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

#[path = "../cli_support/mod.rs"]
mod cli_support;
#[path = "../support/client.rs"]
mod client;

#[path = "../support/server.rs"]
mod server;
mod site;
mod visitor;

mod forms;
mod hosts;
mod login;
mod roles;

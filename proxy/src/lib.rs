//! The registry service: index views and crate downloads for Cargo.

pub mod cargo;
pub mod server;

//! The registry service: index views and crate downloads for Cargo.

pub mod cargo;
pub mod error;
pub mod flights;
pub mod index;
pub mod metrics;
pub mod record;
pub mod registry;
pub mod route;
pub mod server;
pub mod settings;
pub mod upstream;

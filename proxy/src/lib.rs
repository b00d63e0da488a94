//! The registry service: index views and crate downloads for Cargo.

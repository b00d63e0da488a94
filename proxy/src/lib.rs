//! The registry service: index views and crate downloads for Cargo.
//!
//! A request's path is parsed into a [`route::Route`]; [`handler`] answers it with the help of
//! [`index`] and [`download`], which ask upstreams through [`registry`] and put what they do on
//! record through [`record`]. [`Proxy`] holds it together. Storage is reached through the traits of
//! `depaudit_store` alone.

mod auth;
pub mod cargo;
pub mod door;
pub mod download;
pub mod error;
pub mod eviction;
pub mod flights;
pub mod handler;
pub mod index;
pub mod metrics;
pub mod oidc;
mod proxy;
mod received;
pub mod record;
pub mod registry;
pub mod rival;
pub mod route;
pub mod server;
pub mod settings;
mod template;
pub mod upstream;
pub mod waivers;
pub mod why;

pub use proxy::{Parts, Proxy};

//! Index views: from memory, from the store, from the upstream, in this order, and never older than
//! promised while the upstream answers.

mod homes;
mod memory;
mod refresh;
mod service;

pub use service::{Found, IndexService, Served};

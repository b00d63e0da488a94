//! Crate downloads: verified before they are stored, streamed while they arrive, fetched once.

mod body;
mod conditions;
mod fetch;
mod hot;
mod service;

pub(crate) use conditions::none_match;
pub use service::{DownloadService, Prefetched};

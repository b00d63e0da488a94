//! Crate downloads: verified before they are stored, streamed while they arrive, fetched once.

mod admitted;
mod body;
mod conditions;
mod decision;
mod fetch_error;
mod fetches;
mod hot;
mod judge;
mod service;
mod source;
mod source_reader;
mod stage;
mod streaming;
mod work;

pub(crate) use conditions::none_match;
pub use service::{DownloadService, Prefetched};
pub(crate) use source_reader::SourceReader;

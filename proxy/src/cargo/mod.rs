//! What is Cargo's: index entries, registry configurations, crate archives.

pub mod archive;
pub mod config_json;
pub mod index_body;
pub(crate) mod licence;
pub mod view;
pub(crate) mod yank;

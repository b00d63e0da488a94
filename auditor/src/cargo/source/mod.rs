//! How Cargo names and compares the places that packages come from.

mod canonical;
mod git;
mod registry;
mod shown;

pub use canonical::CanonicalUrl;
pub use git::{GitReference, GitTarget};
pub use registry::SourceKey;
pub(crate) use shown::without_credentials;

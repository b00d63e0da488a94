//! What is Cargo's: how it finds workspaces, reads manifests, locks and configuration, and what
//! each of them makes a build take.

pub(crate) mod config;
pub(crate) mod lock;
pub(crate) mod manifest;
pub(crate) mod package;
pub(crate) mod setting;
pub(crate) mod source;
pub(crate) mod text;
pub(crate) mod toml;
pub(crate) mod toolchain;
pub(crate) mod vendor;
pub(crate) mod workspace;

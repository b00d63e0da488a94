//! What is Cargo's: index lines, crate archives, the layout of URLs.

pub mod archive;

//! Vendored packages: folders of unpacked sources, each with a `.cargo-checksum.json` that Cargo
//! believes.

mod checksum_file;
mod inspect;

pub(crate) use inspect::inspect;

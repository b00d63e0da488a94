//! Real `.crate` files: what `cargo package` would upload, or what an attacker would.

mod archive;
mod dependency;
mod index_line;
mod manifest;
mod raw_entry;

use std::collections::BTreeMap;

use bytes::Bytes;
use depaudit_model::Checksum;
use serde_json::Value;

pub use dependency::{Dependency, DependencyKind};
pub use index_line::IndexLine;
pub use raw_entry::RawEntry;

pub(crate) use manifest::table_at;

/// The plan of a `.crate`. The same plan always gives the same bytes.
///
/// Without more ado it holds a manifest and a `src/lib.rs` that compiles. Names and versions are
/// taken as they are, bad ones too.
#[derive(Debug, Clone)]
pub struct CrateFile {
    name: String,
    version: String,
    dependencies: Vec<Dependency>,
    features: BTreeMap<String, Vec<String>>,
    rust_version: Option<String>,
    links: Option<String>,
    published: String,
    library: String,
    files: Vec<(String, Vec<u8>)>,
    raw_entries: Vec<RawEntry>,
    index_fields: BTreeMap<String, Value>,
}

/// A `.crate` in memory, with all that a registry's index says of it.
#[derive(Debug, Clone)]
pub struct PackedCrate {
    /// The crate's name.
    pub name: String,
    /// The crate's version.
    pub version: String,
    /// The compressed archive.
    pub bytes: Bytes,
    /// The archive's digest: the index's `cksum`.
    pub checksum: Checksum,
    /// The index's line.
    pub line: IndexLine,
}

impl CrateFile {
    /// A library without dependencies.
    #[must_use]
    pub fn new(name: &str, version: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            dependencies: Vec::new(),
            features: BTreeMap::new(),
            rust_version: None,
            links: None,
            published: "2026-01-01T00:00:00Z".to_owned(),
            library: format!("pub const VERSION: &str = {version:?};\n"),
            files: Vec::new(),
            raw_entries: Vec::new(),
            index_fields: BTreeMap::new(),
        }
    }

    /// Adds a dependency, to the manifest and to the index.
    #[must_use]
    pub fn dependency(mut self, dependency: Dependency) -> Self {
        self.dependencies.push(dependency);
        self
    }

    /// Adds a feature. One that uses `dep:` or `?/` is put where the index's version 2 wants it.
    #[must_use]
    pub fn feature(mut self, name: &str, enables: &[&str]) -> Self {
        let enables = enables.iter().map(|item| (*item).to_owned()).collect();
        self.features.insert(name.to_owned(), enables);
        self
    }

    /// Says which Rust the crate needs.
    #[must_use]
    pub fn rust_version(mut self, version: &str) -> Self {
        self.rust_version = Some(version.to_owned());
        self
    }

    /// Names a native library in the index alone: in a manifest, cargo would ask for a build
    /// script.
    #[must_use]
    pub fn links(mut self, library: &str) -> Self {
        self.links = Some(library.to_owned());
        self
    }

    /// The index's `pubtime`, `2026-01-01T00:00:00Z` unless given.
    #[must_use]
    pub fn published_at(mut self, moment: &str) -> Self {
        self.published = moment.to_owned();
        self
    }

    /// The text of `src/lib.rs`.
    #[must_use]
    pub fn library(mut self, source: &str) -> Self {
        self.library = source.to_owned();
        self
    }

    /// Adds a file; `path` is relative to the crate's folder.
    #[must_use]
    pub fn file(mut self, path: &str, contents: impl Into<Vec<u8>>) -> Self {
        self.files.push((path.to_owned(), contents.into()));
        self
    }

    /// Makes the archive larger by about `bytes`, which no compressor shrinks.
    #[must_use]
    pub fn padding(self, bytes: usize) -> Self {
        let noise = crate::incompressible(0, bytes);
        self.file("padding.bin", noise)
    }

    /// Adds an entry that no honest tool writes, after all others.
    #[must_use]
    pub fn raw_entry(mut self, entry: RawEntry) -> Self {
        self.raw_entries.push(entry);
        self
    }

    /// Adds a field to the index's line that nobody knows yet.
    #[must_use]
    pub fn index_field(mut self, name: &str, value: Value) -> Self {
        self.index_fields.insert(name.to_owned(), value);
        self
    }

    /// Writes the archive.
    #[must_use]
    pub fn pack(&self) -> PackedCrate {
        let bytes = Bytes::from(archive::pack(self));
        let checksum = Checksum::of(&bytes);
        PackedCrate {
            name: self.name.clone(),
            version: self.version.clone(),
            checksum,
            line: IndexLine::of(self, checksum),
            bytes,
        }
    }
}

impl From<CrateFile> for PackedCrate {
    fn from(plan: CrateFile) -> Self {
        plan.pack()
    }
}

use bytes::Bytes;
use http::{HeaderName, HeaderValue};

use super::shelf::{Line, default_download_path, entry_path};
use super::{Answer, FakeUpstream, Shelf, Validators, lock};
use crate::{CrateFile, Dependency, IndexLine, PackedCrate};

/// What the registry holds and how it serves it; everything can change while it runs.
impl FakeUpstream {
    /// Puts a crate into the index, after the versions that are there, and makes its archive
    /// available.
    pub fn publish(&self, packed: impl Into<PackedCrate>) -> PackedCrate {
        let packed = packed.into();
        let mut shelf = self.shelf();
        shelf.change_lines(&packed.name, |lines| {
            lines.push(Line::Version(Box::new(packed.line.clone())));
        });
        let key = (packed.name.clone(), packed.version.clone());
        shelf.archives.insert(key, packed.bytes.clone());
        packed
    }

    /// Publishes a crate whose index entry has at least so many bytes, and at most one line more.
    /// All its versions are real; the last one is given back.
    ///
    /// # Panics
    /// When `bytes` is 0.
    pub fn publish_index_of_size(&self, name: &str, bytes: usize) -> PackedCrate {
        for patch in 0_u32.. {
            let mut plan = CrateFile::new(name, &format!("1.0.{patch}"))
                .rust_version("1.70")
                .feature("default", &["std"])
                .feature("std", &[]);
            // A line of the public registry has a few hundred bytes.
            for dependency in ["libc", "serde", "once_cell"] {
                plan = plan.dependency(Dependency::new(dependency, "^1.0").optional());
            }
            let packed = self.publish(plan);
            if self.index_entry(name).len() >= bytes {
                return packed;
            }
        }
        panic!("more versions than a number can count");
    }

    /// Marks a version as yanked.
    pub fn yank(&self, name: &str, version: &str) {
        self.edit_line(name, version, |line| line.set_yanked(true));
    }

    /// Takes a yank back.
    pub fn unyank(&self, name: &str, version: &str) {
        self.edit_line(name, version, |line| line.set_yanked(false));
    }

    /// Sets the index's `cksum` of a version to any text; the archive stays.
    pub fn replace_checksum(&self, name: &str, version: &str, checksum: &str) {
        self.edit_line(name, version, |line| line.set_checksum(checksum));
    }

    /// Serves other bytes as a version's archive; the index stays.
    pub fn replace_archive(&self, name: &str, version: &str, bytes: impl Into<Bytes>) {
        self.shelf().archives.insert((name.to_owned(), version.to_owned()), bytes.into());
    }

    /// Adds a line to a crate's index entry, byte for byte; a newline is put after it.
    pub fn add_raw_index_line(&self, name: &str, line: impl Into<Bytes>) {
        self.shelf().change_lines(name, |lines| lines.push(Line::Raw(line.into())));
    }

    /// Takes a version out of the index; the archive stays, as on the public registry.
    pub fn remove_version(&self, name: &str, version: &str) {
        self.shelf().change_lines(name, |lines| {
            lines.retain(|line| !matches!(line, Line::Version(line) if line.is_version(version)));
        });
    }

    /// Takes a crate away, index entry and archives.
    pub fn unpublish(&self, name: &str) {
        let mut shelf = self.shelf();
        shelf.change_lines(name, Vec::clear);
        shelf.archives.retain(|(published, _), _| published != name);
    }

    /// Answers `path` (whole, as in `/index/config.json`) with this, whatever is published.
    pub fn serve_at(&self, path: &str, answer: Answer) {
        self.shelf().pages.insert(path.to_owned(), answer);
    }

    /// Sets `dl` of `config.json`: an address, or a template with cargo's markers. Archives are
    /// served where it leads, when it leads here, and at [`FakeUpstream::download_path`].
    pub fn set_downloads(&self, template: &str) {
        template.clone_into(&mut self.shelf().downloads);
    }

    /// Whether index entries are compressed for clients that accept gzip; not unless asked for.
    pub fn compress_index(&self, compress: bool) {
        self.shelf().compresses = compress;
    }

    /// Answers a POST as a GET, without looking at its body; a registry's index refuses it otherwise.
    pub fn take_posts(&self) {
        self.shelf().takes_posts = true;
    }

    /// With which headers the index answers conditional requests; both unless asked for.
    pub fn set_validators(&self, validators: Validators) {
        self.shelf().validators = validators;
    }

    /// Answers 401 to every request without this header, before any fault is considered.
    ///
    /// # Panics
    /// When no header can be written so.
    pub fn require_header(&self, name: &str, value: &str) {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header's name");
        let value = HeaderValue::from_str(value).expect("a header's value");
        self.shelf().required_header = Some((name, value));
    }

    /// The path of a crate's index entry, for rules and counts.
    ///
    /// # Panics
    /// When this is no crate name.
    #[must_use]
    pub fn index_path(&self, name: &str) -> String {
        format!("/index/{}", entry_path(name))
    }

    /// The path of an archive, for rules and counts.
    #[must_use]
    pub fn download_path(&self, name: &str, version: &str) -> String {
        default_download_path(name, version)
    }

    /// A crate's index entry as it is served now, uncompressed.
    ///
    /// # Panics
    /// When the crate is not there.
    #[must_use]
    pub fn index_entry(&self, name: &str) -> Bytes {
        let entry = self.shelf().entry_body(name);
        entry.unwrap_or_else(|| panic!("`{name}` is not published")).into()
    }

    fn edit_line(&self, name: &str, version: &str, edit: impl FnOnce(&mut IndexLine)) {
        self.shelf().change_lines(name, |lines| {
            let mut versions = lines.iter_mut().filter_map(|line| match line {
                Line::Version(line) => Some(line),
                Line::Raw(_) => None,
            });
            let line = versions.find(|line| line.is_version(version));
            edit(line.unwrap_or_else(|| panic!("`{name}` {version} is not published")));
        });
    }

    fn shelf(&self) -> std::sync::MutexGuard<'_, Shelf> {
        lock(&self.state.shelf)
    }
}

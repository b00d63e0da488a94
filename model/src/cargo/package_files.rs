use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::Checksum;

/// The files of one package in memory: what a crate file holds, or what Cargo would put into one.
///
/// Bounded whatever is put in: a file that is larger than [`Self::LARGEST_TEXT`], or no text, is
/// held as its size and digest, and so is every text once [`Self::MOST_TEXT`] bytes are held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackageFiles {
    files: BTreeMap<PackagePath, PackagedFile>,
    text: u64,
}

impl PackageFiles {
    /// The largest file whose text is held, in bytes; the largest source files on crates.io that a
    /// person could read are smaller.
    pub const LARGEST_TEXT: usize = 4 << 20;

    /// How much text is held in all, in bytes.
    pub const MOST_TEXT: u64 = 128 << 20;

    /// How many files a package may have, for whoever fills a set: the most that a crate file is
    /// accepted with.
    pub const MOST_FILES: usize = 100_000;

    /// Puts a file in. One that is there already stays.
    pub fn insert(&mut self, path: PackagePath, mut file: PackagedFile) {
        let Entry::Vacant(place) = self.files.entry(path) else { return };
        if let Content::Text(text) = &file.content {
            let held = self.text.saturating_add(text.len() as u64);
            if held > Self::MOST_TEXT {
                file.content = Content::Large;
            } else {
                self.text = held;
            }
        }
        place.insert(file);
    }

    /// The file at this path.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&PackagedFile> {
        self.files.get(path)
    }

    /// Every file, in the order of their paths.
    pub fn iter(&self) -> impl Iterator<Item = (&PackagePath, &PackagedFile)> {
        self.files.iter()
    }

    /// How many files there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Whether a file lies below this folder.
    #[must_use]
    pub fn has_below(&self, folder: &str) -> bool {
        let prefix = format!("{folder}/");
        let from = (std::ops::Bound::Included(prefix.as_str()), std::ops::Bound::Unbounded);
        let first = self.files.range::<str, _>(from).next();
        first.is_some_and(|(path, _)| path.as_str().starts_with(&prefix))
    }
}

/// One file of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackagedFile {
    /// Its length in bytes; 0 for what was not read.
    pub size: u64,
    /// What makes its bytes the same bytes; absent for what was not read.
    pub digest: Option<Checksum>,
    /// What is known beside that.
    pub content: Content,
}

/// What is in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// UTF-8 without a NUL.
    Text(Box<str>),
    /// Something else.
    Binary,
    /// More than is held.
    Large,
    /// Nobody looked.
    Unread(Unread),
}

/// Why nobody looked into a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unread {
    /// A symbolic link to something else than a file of the same repository.
    Link,
    /// The manifest names it, and it lies outside of what may be read.
    Outside,
    /// A FIFO, a device, a submodule.
    Special,
    /// It is too large even to be hashed.
    TooLarge,
    /// The system says no, or it is gone.
    Denied,
}

impl PackagedFile {
    /// A file of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut intake = Intake::new();
        intake.push(bytes);
        intake.finish()
    }

    /// A file that nobody looked into.
    #[must_use]
    pub const fn unread(why: Unread) -> Self {
        Self { size: 0, digest: None, content: Content::Unread(why) }
    }

    /// Its text, where it has one that is held.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Takes in a file piece by piece, and holds no more of it than a [`PackagedFile`] will.
#[derive(Debug, Clone)]
pub struct Intake {
    hasher: Sha256,
    size: u64,
    start: Vec<u8>,
    most: usize,
}

impl Intake {
    /// Holds what is text.
    #[must_use]
    pub fn new() -> Self {
        Self { most: PackageFiles::LARGEST_TEXT, ..Self::digest_only() }
    }

    /// Holds nothing: for whoever wants to know the digest alone.
    #[must_use]
    pub fn digest_only() -> Self {
        Self { hasher: Sha256::new(), size: 0, start: Vec::new(), most: 0 }
    }

    /// Takes in the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.size = self.size.saturating_add(bytes.len() as u64);
        if self.size > self.most as u64 {
            self.start = Vec::new();
        } else {
            self.start.extend_from_slice(bytes);
        }
    }

    /// How many bytes came in so far.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The file.
    #[must_use]
    pub fn finish(self) -> PackagedFile {
        let content = if self.size > self.most as u64 {
            Content::Large
        } else {
            match String::from_utf8(self.start) {
                Ok(text) if !text.contains('\0') => Content::Text(text.into()),
                _ => Content::Binary,
            }
        };
        let digest = Some(Checksum::from_bytes(self.hasher.finalize().into()));
        PackagedFile { size: self.size, digest, content }
    }
}

impl Default for Intake {
    fn default() -> Self {
        Self::new()
    }
}

/// Where a file lies in its package: `/` between its parts, none of them empty, `.` or `..`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackagePath(Box<str>);

/// The text is no path of a file in a package.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is no path of a file in a package")]
pub struct PackagePathError;

impl PackagePath {
    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its last part.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit_once('/').map_or(&*self.0, |(_, name)| name)
    }
}

impl FromStr for PackagePath {
    type Err = PackagePathError;

    fn from_str(text: &str) -> Result<Self, PackagePathError> {
        let good = |part: &str| !matches!(part, "" | "." | "..") && !part.contains('\0');
        text.split('/').all(good).then(|| Self(text.into())).ok_or(PackagePathError)
    }
}

impl std::borrow::Borrow<str> for PackagePath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PackagePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for PackagePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_input_35_a_path_stays_in_its_package() {
        for bad in ["", "/", "/a", "a//b", "a/", ".", "a/./b", "..", "a/../b", "a\0b"] {
            assert_eq!(bad.parse::<PackagePath>(), Err(PackagePathError), "{bad:?}");
        }
        assert_eq!("src/..a.rs".parse::<PackagePath>().unwrap().name(), "..a.rs");
    }

    #[test]
    fn what_is_no_text_or_too_much_is_held_as_its_digest() {
        for binary in [&b"\xff\xfe"[..], b"\x7fELF\0"] {
            assert_eq!(PackagedFile::of(binary).content, Content::Binary);
        }
        let mut intake = Intake::new();
        let piece = vec![b'a'; PackageFiles::LARGEST_TEXT];
        intake.push(&piece);
        assert!(intake.clone().finish().text().is_some());
        intake.push(b"a");
        let large = intake.finish();
        assert_eq!((large.size, &large.content), (piece.len() as u64 + 1, &Content::Large));
        assert_eq!(large.digest, Some(Checksum::of(&[&piece[..], b"a"].concat())));
    }

    #[test]
    fn texts_beyond_the_bound_are_held_as_digests_and_the_first_of_a_path_stays() {
        let mut files = PackageFiles { text: PackageFiles::MOST_TEXT - 3, ..Default::default() };
        for (path, text) in [("a", "abc"), ("b", "d"), ("a", "other")] {
            files.insert(path.parse().unwrap(), PackagedFile::of(text.as_bytes()));
        }
        assert_eq!(files.get("a").and_then(PackagedFile::text), Some("abc"));
        assert_eq!(files.get("b").map(|file| &file.content), Some(&Content::Large));
        assert_eq!(files.len(), 2);
    }

    #[test]
    fn a_folder_has_what_lies_below_it() {
        let mut files = PackageFiles::default();
        files.insert("a/b/c".parse().unwrap(), PackagedFile::of(b""));
        assert!(files.has_below("a") && files.has_below("a/b"));
        assert!(!files.has_below("a/b/c") && !files.has_below("a/bc") && !files.has_below("b"));
    }
}

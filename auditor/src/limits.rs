//! How much a scan takes in. What is larger becomes a gap that is named, never a silent one.

/// The largest manifest, configuration, CI or container file, in bytes. The largest manifest among
/// a few thousand public ones has some 60 KB.
pub(crate) const LARGEST_FILE: u64 = 4 << 20;

/// The largest Cargo.lock, in bytes: twenty times the largest public ones.
pub(crate) const LARGEST_LOCK: u64 = 16 << 20;

/// How many folders deep a walk goes below the scan's root.
pub(crate) const DEEPEST: usize = 128;

/// How many entries one walk looks at.
pub(crate) const MOST_ENTRIES: usize = 5_000_000;

/// How many links one path may lead through (Linux gives up at 40).
pub(crate) const MOST_LINKS: usize = 40;

/// How many folders the patterns of one workspace's `members` may name.
pub(crate) const MOST_MEMBERS: usize = 100_000;

/// How many files and folders of one folder are looked at for binaries.
pub(crate) const MOST_NAMES: usize = 10_000;

/// How many files one vendored package may have; the largest published crates have some 20,000.
pub(crate) const MOST_VENDORED_FILES: usize = 200_000;

/// How many configuration files one file may include, those included further down counted.
pub(crate) const MOST_INCLUDES: usize = 64;

/// The stack of each scanning thread, in bytes. The `toml` crate bounds nesting at 80 and a dotted
/// key at 80 parts, but the two multiply: a value can lie 6,400 tables deep, and is freed
/// recursively.
pub(crate) const STACK: usize = 32 << 20;

use std::fmt;

use depaudit_model::terminal::printable;

/// The rule that an archive breaks. The texts quote names from the archive escaped and shortened, and
/// have at most 300 characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveFault {
    /// No gzip, no tar, or cut off.
    #[error("the archive cannot be read ({0})")]
    Unreadable(Quoted),
    /// A symbolic or hard link, which leads an unpacker elsewhere.
    #[error("the archive has a link at `{0}`; a crate holds only files and folders")]
    Link(Quoted),
    /// A device, a FIFO, a sparse file, or a kind of entry that nobody knows.
    #[error("the archive has an entry that is no file and no folder at `{0}`")]
    SpecialFile(Quoted),
    /// A name that does not belong there.
    #[error("the archive has an entry named `{name}`, which {problem}")]
    Name {
        /// The name.
        name: Quoted,
        /// What is wrong with it.
        problem: NameProblem,
    },
    /// One name, two contents: it depends on the reader which one counts.
    #[error("the archive has two different files named `{0}`")]
    TwoContents(Quoted),
    /// Two files that a case-insensitive file system takes for one manifest.
    #[error("the archive has two manifests, `{0}` and `{1}`")]
    TwoManifests(Quoted, Quoted),
    /// Nothing for Cargo to build.
    #[error("the archive has no Cargo.toml in its folder")]
    NoManifest,
    /// A size that depends on which header is believed.
    #[error("the archive announces two sizes for `{0}`")]
    SizeMismatch(Quoted),
    /// More bytes than Cargo would unpack.
    #[error(
        "the archive unpacks to more than {unpacked} bytes and more than {ratio} times its size"
    )]
    TooLarge {
        /// The bytes that are always allowed.
        unpacked: u64,
        /// The factor that is always allowed.
        ratio: u64,
    },
    /// More entries than are looked at.
    #[error("the archive has more than {0} entries")]
    TooManyEntries(u64),
    /// An extended header so long that it serves only to cost memory.
    #[error("the archive has an extended header of {0} bytes")]
    LongHeader(u64),
}

/// What is wrong with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameProblem {
    /// It is not below `{name}-{version}/`, or is absolute.
    Outside,
    /// A component is `..`.
    Climbs,
    /// Its bytes are no UTF-8.
    NotUtf8,
    /// It contains a NUL, at which some readers stop.
    Nul,
    /// Two headers give two names for one entry.
    Ambiguous,
}

impl fmt::Display for NameProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Outside => "is outside the crate's folder",
            Self::Climbs => "has a `..`",
            Self::NotUtf8 => "is not UTF-8",
            Self::Nul => "contains a NUL",
            Self::Ambiguous => "is given twice, differently",
        })
    }
}

impl ArchiveFault {
    /// The rule's stable name, for the record and for metrics.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "archive-unreadable",
            Self::Link(_) => "archive-link",
            Self::SpecialFile(_) => "archive-special-file",
            Self::Name { .. } => "archive-name",
            Self::TwoContents(_) => "archive-two-contents",
            Self::TwoManifests(..) | Self::NoManifest => "archive-manifest",
            Self::SizeMismatch(_) => "archive-size-mismatch",
            Self::TooLarge { .. } | Self::TooManyEntries(_) | Self::LongHeader(_) => {
                "archive-too-large"
            }
        }
    }

    pub(super) fn unreadable(why: impl fmt::Display) -> Self {
        Self::Unreadable(Quoted::new(&why.to_string()))
    }
}

/// A text from an archive: escaped for terminals and logs, at most 100 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quoted(String);

impl Quoted {
    const LONGEST: usize = 100;

    pub(super) fn new(text: &str) -> Self {
        // Cut before escaping too: what is thrown away need not be escaped first.
        let start: String = text.chars().take(Self::LONGEST + 1).collect();
        let escaped = printable(&start).to_string();
        let mut characters = escaped.chars();
        let mut shown: String = characters.by_ref().take(Self::LONGEST - 1).collect();
        match (characters.next(), characters.next()) {
            (Some(last), None) => shown.push(last),
            (Some(_), Some(_)) => shown.push('…'),
            (None, _) => {}
        }
        Self(shown)
    }

    pub(super) fn bytes(name: &[u8]) -> Self {
        Self::new(&String::from_utf8_lossy(name))
    }
}

impl fmt::Display for Quoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

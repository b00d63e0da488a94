use std::fmt;

use clap::ValueEnum;
use serde::{Serialize, Serializer};

/// What is asked for, again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Load {
    /// An index entry of 10 KB
    SmallEntry,
    /// An index entry of 180 KB
    LargeEntry,
    /// The same, compressed with gzip
    LargeEntryGzip,
    /// An index entry that the client has already (304)
    NotModified,
    /// A crate of 84 KB
    Crate,
}

/// The status and the headers that matter of a right answer.
pub(crate) struct Expected {
    pub(crate) status: u16,
    pub(crate) gzip: bool,
}

impl Load {
    /// What a right answer to it looks like.
    pub(crate) const fn expected(self) -> Expected {
        Expected {
            status: if matches!(self, Self::NotModified) { 304 } else { 200 },
            gzip: matches!(self, Self::LargeEntryGzip),
        }
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::SmallEntry => "index entry, 10 KB",
            Self::LargeEntry => "index entry, 180 KB",
            Self::LargeEntryGzip => "index entry, 180 KB, gzip",
            Self::NotModified => "index entry, 304",
            Self::Crate => "crate, 84 KB",
        })
    }
}

impl Serialize for Load {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

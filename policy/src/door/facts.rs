use depaudit_model::Timestamp;
use semver::VersionReq;

use crate::Day;

/// Something that may be known or not. Not knowing is never the same as nothing being there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known<T> {
    /// It is known.
    Yes(T),
    /// It is not known yet: the crate's bytes have not been looked at.
    NotYet,
    /// It should be known and is missing: no such field, no database.
    Missing,
}

/// What is known of a release when it is judged.
#[derive(Debug, Clone, Copy)]
pub struct ReleaseFacts<'f> {
    /// Now.
    pub now: Timestamp,
    /// When it was published.
    pub published: Known<Timestamp>,
    /// Whether the upstream says `yanked`.
    pub yanked: bool,
    /// How the upstream stands to what is pinned.
    pub standing: Standing,
    /// Whether the pinned bytes went to anybody before the upstream changed its mind.
    pub approved_before: bool,
    /// Advisories about it; [`Known::Missing`] when a database is configured and cannot be read, and
    /// `None` when none is.
    pub advisories: Option<Known<&'f [AdvisoryHit]>>,
    /// The advisories that it [mends](super::Door::mends) for whoever has the newest older release.
    pub mends: &'f [Box<str>],
    /// Its licence expression, as its manifest has it; an empty one is [`Known::Missing`].
    pub licence: Known<&'f str>,
    /// The size of its packed form, in bytes.
    pub size: Known<u64>,
}

impl ReleaseFacts<'_> {
    /// The day of the judgement.
    #[must_use]
    pub fn today(&self) -> Day {
        Day::of(self.now)
    }
}

/// How the upstream stands to what is pinned of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// It says the same.
    Same,
    /// It lists the version no more.
    Deleted,
    /// It names other bytes.
    Changed,
    /// It names no bytes at all.
    NoChecksum,
}

/// An advisory that is about a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdvisoryHit {
    /// Its identifier, `RUSTSEC-2026-0001`.
    pub id: Box<str>,
    /// The releases that mend it.
    pub patched: Vec<VersionReq>,
    /// Whether it only informs: unmaintained, a notice.
    pub informational: bool,
}

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The text names no rule at the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no rule at the door has this name")]
pub struct NoDoorRule;

/// The rules at the door, in the order in which they look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DoorRule {
    /// The checksum contradicts the pinned one, or there is none.
    Checksum,
    /// The upstream deleted the version or changed its bytes.
    UpstreamChanged,
    /// A line of the policy denies it.
    Denied,
    /// Only what the policy lists is let through, and this is not listed.
    NotAllowed,
    /// Its name is one that the policy keeps for internal packages.
    InternalName,
    /// Its name is nearly that of a protected crate.
    Lookalike,
    /// An advisory is about it.
    Advisory,
    /// Its author withdrew it.
    Yanked,
    /// It has not been public for long enough.
    MinimumAge,
    /// Its licence is not one of the approved.
    Licence,
    /// It is larger than the policy allows.
    Size,
}

impl DoorRule {
    /// Every rule.
    pub const ALL: [Self; 11] = [
        Self::Checksum,
        Self::UpstreamChanged,
        Self::Denied,
        Self::NotAllowed,
        Self::InternalName,
        Self::Lookalike,
        Self::Advisory,
        Self::Yanked,
        Self::MinimumAge,
        Self::Licence,
        Self::Size,
    ];

    /// The name that policies, events and refusals use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Checksum => "checksum",
            Self::UpstreamChanged => "upstream-changed",
            Self::Denied => "denied",
            Self::NotAllowed => "not-allowed",
            Self::InternalName => "internal-name",
            Self::Lookalike => "lookalike",
            Self::Advisory => "advisory",
            Self::Yanked => "yanked",
            Self::MinimumAge => "minimum-age",
            Self::Licence => "licence",
            Self::Size => "size",
        }
    }

    /// How hard it blocks where no policy says.
    ///
    /// Soft is what passes with time or can be known only after a build has locked the version:
    /// fresh resolutions avoid it, and locked builds go on (law 7). An advisory is soft by default
    /// because it is published for versions that are in use; breaking each of their builds at once
    /// is a decision for whoever writes the policy.
    #[must_use]
    pub const fn block(self) -> Block {
        match self {
            Self::Advisory | Self::Yanked | Self::MinimumAge => Block::Soft,
            _ => Block::Hard,
        }
    }

    /// Whether it goes by what the registry's index says of the release. Without an index entry such a
    /// rule has seen nothing, whatever it says.
    #[must_use]
    pub const fn asks_the_index(self) -> bool {
        matches!(self, Self::UpstreamChanged | Self::Yanked | Self::MinimumAge)
    }

    /// Whether a waiver may lift it. Wrong bytes are never a matter of opinion.
    #[must_use]
    pub const fn can_be_lifted(self) -> bool {
        !matches!(self, Self::Checksum)
    }

    /// Whether it is what the policy thinks of a release. What its bytes say against it is none: that is
    /// lifted by name, or not at all.
    #[must_use]
    pub const fn is_an_opinion(self) -> bool {
        !matches!(self, Self::Checksum | Self::UpstreamChanged)
    }
}

impl FromStr for DoorRule {
    type Err = NoDoorRule;

    fn from_str(text: &str) -> Result<Self, NoDoorRule> {
        Self::ALL.into_iter().find(|rule| rule.as_str() == text).ok_or(NoDoorRule)
    }
}

impl fmt::Display for DoorRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How an objection acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Block {
    /// The index says `yanked`, so that fresh resolution avoids the version; locked builds get it.
    Soft,
    /// As soft, and the download is refused.
    Hard,
}

/// Whether a rule acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// It acts.
    Enforce,
    /// It says what it would do, on record, and does nothing.
    DryRun,
    /// It does not look.
    Off,
}

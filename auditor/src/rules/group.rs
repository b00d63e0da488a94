use std::fmt;

/// What a rule is about. A policy may set the level of a whole group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// The same name and version with other bytes.
    Integrity,
    /// Overrides.
    Override,
    /// Registries, git hosts and source replacement.
    Source,
    /// Locks, and builds that do not heed them.
    Lock,
    /// Versions that differ or lag.
    Drift,
    /// Waivers.
    Waiver,
    /// The scan itself.
    Scan,
}

impl Group {
    /// The written form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Integrity => "integrity",
            Self::Override => "override",
            Self::Source => "source",
            Self::Lock => "lock",
            Self::Drift => "drift",
            Self::Waiver => "waiver",
            Self::Scan => "scan",
        }
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

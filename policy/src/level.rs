use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What happens when a rule fires. A policy may change it; a rule brings a default.
///
/// Ordered from lenient to strict, so that the stricter of two levels is their maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Not shown.
    Allow,
    /// Shown; the scan still passes.
    Warn,
    /// Shown; the scan fails.
    Deny,
}

/// The text is no level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a level is `deny`, `warn` or `allow`")]
pub struct LevelError;

impl Level {
    /// The written form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Level {
    type Err = LevelError;

    fn from_str(text: &str) -> Result<Self, LevelError> {
        match text {
            "allow" => Ok(Self::Allow),
            "warn" => Ok(Self::Warn),
            "deny" => Ok(Self::Deny),
            _ => Err(LevelError),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stricter_of_two_levels_is_their_maximum() {
        assert_eq!(Level::Warn.max(Level::Deny), Level::Deny);
        assert_eq!(Level::Warn.max(Level::Allow), Level::Warn);
    }

    #[test]
    fn a_level_is_read_as_it_is_written() {
        for level in [Level::Allow, Level::Warn, Level::Deny] {
            assert_eq!(level.to_string().parse(), Ok(level));
        }
        assert_eq!("Deny".parse::<Level>(), Err(LevelError));
    }
}

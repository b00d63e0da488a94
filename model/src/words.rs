use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a text is no team or registry name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} is 1 to 64 of a-z, 0-9, `-` and `_`, and begins with a letter or digit")]
pub struct WordError {
    what: &'static str,
}

macro_rules! word {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The name as written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = WordError;

            fn from_str(text: &str) -> Result<Self, WordError> {
                if is_word(text) { Ok(Self(text.into())) } else { Err(WordError { what: $what }) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

word! {
    /// A team: the `payments` of `/t/payments/crates-io/index/`.
    ///
    /// Lowercase only, so that one team has one name in URLs, records and file names.
    TeamId, "a team name"
}

word! {
    /// An upstream registry as the configuration names it: `crates-io` is there by default.
    RegistryName, "a registry name"
}

/// In whose name a scan asks a server, unless somebody names a team.
const SCAN: &str = "depaudit-scan";

impl TeamId {
    /// The name under which scans download what they compare: nobody builds with it.
    #[must_use]
    pub fn of_scans() -> Self {
        Self(SCAN.into())
    }

    /// Whether it is that of scans. It stands on record as every team, and no page counts it as one.
    #[must_use]
    pub fn is_of_scans(&self) -> bool {
        *self.0 == *SCAN
    }
}

impl RegistryName {
    /// The registry that Cargo uses when a manifest names none.
    #[must_use]
    pub fn crates_io() -> Self {
        Self("crates-io".into())
    }
}

fn is_word(text: &str) -> bool {
    let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    (1..=64).contains(&text.len())
        && text.bytes().all(allowed)
        && text.as_bytes()[0].is_ascii_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_in_urls_and_paths() {
        for good in ["payments", "t1", "crates-io", "a_b", "0"] {
            assert_eq!(good.parse::<TeamId>().unwrap().as_str(), good);
        }
        let scans: TeamId = TeamId::of_scans().as_str().parse().unwrap();
        assert!(scans.is_of_scans());
        let long = "a".repeat(65);
        for bad in ["", "..", ".", "-a", "A", "a/b", "a b", "a%2e", "é", "a\0", &long] {
            assert!(bad.parse::<TeamId>().is_err(), "{bad:?}");
        }
    }
}

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A crate's name, in the spelling in which it was published.
///
/// The rules are those of the public registry (Cargo's book, "Registry Index, name restrictions"):
/// ASCII letters, digits, `-` and `_`, first a letter, at most 64 bytes, and none of the names that
/// Windows reserves for devices. Two spellings that differ in case or in `-` and `_` are different
/// values here, because the index gives each crate one right spelling and a second one must not
/// become a second cache key; [`CrateName::index_key`] says where both would stand.
///
/// ```
/// use depaudit_model::cargo::CrateName;
/// let name: CrateName = "serde_json".parse().unwrap();
/// assert_eq!(name.index_path(), "se/rd/serde_json");
/// assert!("nul".parse::<CrateName>().is_err());
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CrateName(Arc<str>);

/// Why a text is no crate name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CrateNameError {
    /// Empty, or over 64 bytes.
    #[error("a crate name has 1 to 64 characters")]
    Length,
    /// Something else than ASCII letters, digits, `-` and `_`.
    #[error("a crate name has only ASCII letters, digits, `-` and `_`")]
    Character,
    /// Begins with a digit, `-` or `_`.
    #[error("a crate name begins with a letter")]
    Start,
    /// `nul`, `con`, `com1` ...
    #[error("this name is reserved by Windows for a device")]
    Reserved,
}

impl CrateName {
    /// The name as published.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The lowercased name: what the index files it under.
    #[must_use]
    pub fn index_key(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// The lowercased name as a name: one value for all spellings that differ in case.
    #[must_use]
    pub fn to_index_key(&self) -> Self {
        if self.is_lowercase() { self.clone() } else { Self(self.index_key().into()) }
    }

    /// Whether the name is already in the spelling that index paths use.
    #[must_use]
    pub fn is_lowercase(&self) -> bool {
        !self.0.bytes().any(|byte| byte.is_ascii_uppercase())
    }

    /// The same with `-` alone and with `_` alone, where it has either: no registry has two names that
    /// differ in nothing else, and people take one for the other.
    #[must_use]
    pub fn other_spellings(&self) -> Vec<Self> {
        let spelled = [self.0.replace('_', "-"), self.0.replace('-', "_")];
        spelled.into_iter().filter(|it| **it != *self.0).map(|it| Self(it.into())).collect()
    }

    /// The file's place in an index: `1/a`, `2/ab`, `3/a/abc`, `ab/cd/abcd` (Cargo's book, "Index
    /// files").
    #[must_use]
    pub fn index_path(&self) -> String {
        let key = self.index_key();
        match key.len() {
            length @ (1 | 2) => format!("{length}/{key}"),
            3 => format!("3/{}/{key}", &key[..1]),
            // ASCII and at least four bytes long, by construction.
            _ => format!("{}/{}/{key}", &key[..2], &key[2..4]),
        }
    }
}

impl FromStr for CrateName {
    type Err = CrateNameError;

    fn from_str(text: &str) -> Result<Self, CrateNameError> {
        if !(1..=64).contains(&text.len()) {
            return Err(CrateNameError::Length);
        }
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
            return Err(CrateNameError::Character);
        }
        if !text.as_bytes()[0].is_ascii_alphabetic() {
            return Err(CrateNameError::Start);
        }
        if is_device(text) {
            return Err(CrateNameError::Reserved);
        }
        Ok(Self(text.into()))
    }
}

/// A file of such a name cannot be made on Windows, where users unpack crates.
fn is_device(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let numbered = |prefix: &str| {
        lower.strip_prefix(prefix).is_some_and(|rest| matches!(rest.as_bytes(), [b'0'..=b'9']))
    };
    matches!(lower.as_str(), "nul" | "con" | "prn" | "aux") || numbered("com") || numbered("lpt")
}

impl fmt::Display for CrateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for CrateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for CrateName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for CrateName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_separator_has_other_spellings() {
        let others = |name: &str| name.parse::<CrateName>().unwrap().other_spellings();
        assert_eq!(others("serde"), []);
        assert_eq!(others("serde_json"), ["serde-json".parse().unwrap()]);
        assert_eq!(others("a-b_c"), ["a-b-c".parse().unwrap(), "a_b_c".parse().unwrap()]);
    }

    #[test]
    fn index_paths_are_cargos() {
        let path = |name: &str| name.parse::<CrateName>().unwrap().index_path();
        assert_eq!(path("a"), "1/a");
        assert_eq!(path("cc"), "2/cc");
        assert_eq!(path("Syn"), "3/s/syn");
        assert_eq!(path("Inflector"), "in/fl/inflector");
    }

    #[test]
    fn bad_input_2_names_that_are_none() {
        let long = "a".repeat(65);
        for bad in
            ["", "nul", "NUL", "com1", "lpt9", &long, "сerde", "1st", "-a", "_a", "a.b", "a/b"]
        {
            assert!(bad.parse::<CrateName>().is_err(), "{bad:?}");
        }
        for good in ["a", "com", "null", "com10", "x-y_z", &long[..64]] {
            assert!(good.parse::<CrateName>().is_ok(), "{good:?}");
        }
    }
}

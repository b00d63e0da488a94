use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use crate::glob::stars_match;

/// A pattern of other words than package names (a branch, what an identity token says): printable
/// ASCII, in which `*` stands for any run of characters, a `/` included.
///
/// There is no escape: no such word has a `*` in it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct TextGlob(Box<str>);

/// The text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a pattern has 1 to 256 printable ASCII characters; `*` stands for any run of them")]
pub struct TextGlobError;

impl TextGlob {
    /// The pattern as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it matches the whole text. Case counts.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        stars_match(&self.0, text)
    }

    /// Whether it matches one text alone.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        !self.0.contains('*')
    }
}

impl FromStr for TextGlob {
    type Err = TextGlobError;

    fn from_str(text: &str) -> Result<Self, TextGlobError> {
        let printable = |byte: u8| matches!(byte, b' '..=b'~');
        let good = (1..=256).contains(&text.len()) && text.bytes().all(printable);
        if good { Ok(Self(text.into())) } else { Err(TextGlobError) }
    }
}

impl TryFrom<String> for TextGlob {
    type Error = TextGlobError;

    fn try_from(text: String) -> Result<Self, TextGlobError> {
        text.parse()
    }
}

impl fmt::Display for TextGlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for TextGlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_is_matched_whole_and_a_star_crosses_slashes() {
        let glob = |text: &str| text.parse::<TextGlob>().unwrap();
        assert!(glob("refs/heads/main").is_exact());
        assert!(!glob("refs/heads/main").matches("refs/heads/main2"));
        assert!(glob("refs/heads/release-*").matches("refs/heads/release-1/x"));
        assert!(!glob("refs/heads/*").matches("refs/pull/1/merge"));
        for bad in ["", "a\n", "\u{202e}", &"a".repeat(257)] {
            assert_eq!(bad.parse::<TextGlob>(), Err(TextGlobError), "{bad:?}");
        }
    }
}

//! Who proves to be asking: the public side of an access token.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::Randomness;

/// Bytes of a token's public id: enough that two of one server's tokens differ.
const ID_BYTES: usize = 6;
/// The longest name of a token, in bytes.
const LONGEST_NAME: usize = 128;

/// What a token is called in lists, commands and records: 12 hexadecimal digits.
///
/// It is drawn on its own and says nothing about the token's text, so anybody may see it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenId(String);

/// A name for people, such as `ci`: 1 to 128 letters, digits, `-`, `_`, `.`, `/`, `:` and `@` in ASCII.
///
/// It stands in records and on terminals, so nothing that could be mistaken there is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TokenName(String);

/// What a token opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenScope {
    /// The index and the downloads of its team.
    Read,
    /// Reports of its team, and what a scan asks for them: the index, and what is on record of what is
    /// locked. No download.
    Report,
    /// Everything of its team.
    Admin,
}

/// The text is no id, name or scope of a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PrincipalError(&'static str);

impl TokenId {
    /// Draws an id.
    #[must_use]
    pub fn generate(randomness: &dyn Randomness) -> Self {
        let mut bytes = [0; ID_BYTES];
        randomness.fill(&mut bytes);
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TokenId {
    type Err = PrincipalError;

    fn from_str(text: &str) -> Result<Self, PrincipalError> {
        let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == 2 * ID_BYTES && text.bytes().all(digit) {
            Ok(Self(text.to_owned()))
        } else {
            Err(PrincipalError("a token's id is 12 hexadecimal digits, as `token list` shows them"))
        }
    }
}

impl TokenName {
    /// What a name may hold beside letters and digits: what the subjects of CI jobs are written with.
    const MARKS: &[u8] = b"-_./:@";

    /// The name for what a subject of somebody else's choosing calls itself: what a name cannot hold
    /// becomes `_`, and what is too long is cut off.
    #[must_use]
    pub fn of_subject(subject: &str) -> Self {
        let kept = |c: char| {
            let fits = u8::try_from(c)
                .is_ok_and(|byte| byte.is_ascii_alphanumeric() || Self::MARKS.contains(&byte));
            if fits { c } else { '_' }
        };
        let name: String = subject.chars().take(LONGEST_NAME).map(kept).collect();
        // It is empty, or holds what a token begins with.
        name.parse().unwrap_or_else(|_| Self("unnamed".to_owned()))
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TokenName {
    type Err = PrincipalError;

    fn from_str(text: &str) -> Result<Self, PrincipalError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || Self::MARKS.contains(&byte);
        // A token pasted as a name would stand on record for good.
        let secret = text.contains(crate::AccessToken::PREFIX);
        if (1..=LONGEST_NAME).contains(&text.len()) && text.bytes().all(allowed) && !secret {
            Ok(Self(text.to_owned()))
        } else {
            Err(PrincipalError(
                "a token's name is 1 to 128 ASCII letters, digits, `-`, `_`, `.`, `/`, `:` and `@`, and \
                 no token",
            ))
        }
    }
}

impl TokenScope {
    /// The written form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Report => "report",
            Self::Admin => "admin",
        }
    }

    /// Whether a token of this scope opens what asks for `wanted`.
    #[must_use]
    pub fn opens(self, wanted: Self) -> bool {
        self == wanted || self == Self::Admin
    }
}

impl FromStr for TokenScope {
    type Err = PrincipalError;

    fn from_str(text: &str) -> Result<Self, PrincipalError> {
        let all = [Self::Read, Self::Report, Self::Admin];
        let found = all.into_iter().find(|scope| scope.as_str() == text);
        found.ok_or(PrincipalError("a token's scope is `read`, `report` or `admin`"))
    }
}

macro_rules! written {
    ($($name:ident),+) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    )+};
}

written!(TokenId, TokenName, TokenScope);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_be_mistaken_for_nothing_else() {
        for good in ["ci", "github.com/acme/shop", "A-1_b"] {
            assert_eq!(good.parse::<TokenName>().unwrap().as_str(), good);
        }
        let long = "a".repeat(129);
        for bad in ["", "a b", "é", "a\n", "\u{1b}[1m", "depaudit_00", &long] {
            assert!(bad.parse::<TokenName>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn any_subject_becomes_a_name() {
        let name = |subject: &str| TokenName::of_subject(subject).to_string();
        let job = "repo:acme/shop:ref:refs/heads/main";
        assert_eq!(name(job), job);
        assert_eq!(name("a b\n\u{1b}[1m\u{e9}"), "a_b___1m_");
        assert_eq!(name(&"x".repeat(1_000)).len(), 128);
        assert_eq!((name(""), name("depaudit_00")), ("unnamed".into(), "unnamed".into()));
    }

    #[test]
    fn only_admin_opens_what_other_scopes_open() {
        assert!(TokenScope::Admin.opens(TokenScope::Read));
        assert!(TokenScope::Read.opens(TokenScope::Read));
        assert!(!TokenScope::Report.opens(TokenScope::Read));
        assert!(!TokenScope::Read.opens(TokenScope::Admin));
        assert!("Read".parse::<TokenScope>().is_err());
    }
}

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use depaudit_model::terminal::is_hostile;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a text is none of a report's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} is {rule}")]
pub struct WordError {
    what: &'static str,
    rule: &'static str,
}

macro_rules! word {
    ($(#[$doc:meta])* $name:ident, $what:literal, $rule:literal, $good:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = WordError;

            fn from_str(text: &str) -> Result<Self, WordError> {
                let good: fn(&str) -> bool = $good;
                if good(text) {
                    Ok(Self(text.into()))
                } else {
                    Err(WordError { what: $what, rule: $rule })
                }
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
    /// A repository, as its host calls it: `acme/shop`.
    ///
    /// It stands in URLs, so that no part of it can climb or be mistaken.
    Repository,
    "a repository",
    "1 to 200 ASCII letters, digits, `-`, `_` and `.`, in parts that `/` separates, none of them \
     empty, `.` or `..`",
    |text| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let part = |part: &str| {
            !matches!(part, "" | "." | "..") && part.bytes().all(allowed)
        };
        text.len() <= 200 && text.split('/').all(part)
    }
}

word! {
    /// A branch, as git calls it: `main`, `feat/x`.
    Branch,
    "a branch",
    "1 to 255 bytes, without white space and control characters",
    |text| shown(text, 255) && !text.contains(char::is_whitespace)
}

word! {
    /// The hash of a commit, 7 digits or more.
    Commit,
    "a commit",
    "7 to 64 lowercase hexadecimal digits",
    |text| {
        (7..=64).contains(&text.len())
            && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    }
}

word! {
    /// A package's name, as a manifest may have it: wider than what a registry publishes.
    PackageName,
    "a package's name",
    "1 to 128 bytes of letters, digits, `-` and `_`",
    |text| {
        (1..=128).contains(&text.len())
            && text.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_'))
    }
}

word! {
    /// A file or folder below a repository's root, with `/` between its parts; `.` is the root.
    Place,
    "a place",
    "1 to 1,024 bytes, without control characters",
    |text| shown(text, 1_024)
}

word! {
    /// The canonical URL of a git repository or a registry, without credentials.
    SourceText,
    "a source",
    "1 to 1,024 bytes, without control characters",
    |text| shown(text, 1_024)
}

word! {
    /// What something is called, for people: a binary, the target of an override.
    Label,
    "a label",
    "1 to 512 bytes, without control characters",
    |text| shown(text, Label::LONGEST)
}

word! {
    /// How a file changed, as a unified diff.
    ChangedText,
    "a change",
    "1 to 524,288 bytes, without control characters but tabs and the ends of lines",
    |text| {
        let hostile = |letter: char| is_hostile(letter) && !matches!(letter, '\n' | '\t');
        (1..=512 << 10).contains(&text.len()) && !text.chars().any(hostile)
    }
}

impl Label {
    /// The longest, in bytes.
    pub const LONGEST: usize = 512;
}

/// Whether a text can be shown as one line, and is not longer than this, in bytes.
fn shown(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.len()) && !text.chars().any(is_hostile)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_input_45_no_word_of_a_report_changes_how_a_page_is_shown() {
        for bad in ["", "a\nb", "a\u{1b}[31m", "a\u{202e}b"] {
            assert!(bad.parse::<Repository>().is_err(), "{bad:?}");
            assert!(bad.parse::<Branch>().is_err(), "{bad:?}");
            assert!(bad.parse::<PackageName>().is_err(), "{bad:?}");
            assert!(bad.parse::<Place>().is_err(), "{bad:?}");
            assert!(bad.parse::<SourceText>().is_err(), "{bad:?}");
            assert!(bad.parse::<Label>().is_err(), "{bad:?}");
            let is_change = bad.parse::<ChangedText>().is_ok();
            assert_eq!(is_change, bad == "a\nb", "{bad:?}");
        }
    }

    #[test]
    fn a_repository_is_safe_in_a_url() {
        for good in ["shop", "acme/shop", "group/sub.group/shop_2"] {
            assert_eq!(good.parse::<Repository>().unwrap().as_str(), good);
        }
        for bad in ["/shop", "acme//shop", "acme/..", "./shop", "a b", "a%2f", &"a".repeat(201)] {
            assert!(bad.parse::<Repository>().is_err(), "{bad:?}");
        }
        assert!("0123abc".parse::<Commit>().is_ok());
        assert!("HEAD".parse::<Commit>().is_err());
    }
}

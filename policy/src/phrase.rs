use std::fmt;

use depaudit_model::terminal::is_hostile;
use serde::{Deserialize, Serialize, Serializer};
use url::Url;

/// A line of text that a person wrote: an owner, a reason, a team.
///
/// Not empty, at most [`Phrase::LONGEST`] characters, none of which changes how the text around it
/// is shown; so it can be printed anywhere, once it is escaped for the format.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Phrase(Box<str>);

/// The text cannot be shown as one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected one line of 1 to {} characters, without control characters", Phrase::LONGEST)]
pub struct PhraseError;

impl Phrase {
    /// The longest, in characters.
    pub const LONGEST: usize = 1_000;

    /// The text, without white space around it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Phrase {
    type Error = PhraseError;

    fn try_from(text: String) -> Result<Self, PhraseError> {
        let text = text.trim();
        let good =
            (1..=Self::LONGEST).contains(&text.chars().count()) && !text.chars().any(is_hostile);
        if good { Ok(Self(text.into())) } else { Err(PhraseError) }
    }
}

/// A page that tells more: an upstream pull request, a ticket. `http` or `https`, without
/// credentials, so that every format can make a link of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Link(Box<str>);

/// The text is no link.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected the address of a page, with http or https and without credentials")]
pub struct LinkError;

impl Link {
    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Link {
    type Error = LinkError;

    fn try_from(text: String) -> Result<Self, LinkError> {
        web_address(&text).map(|url| Self(url.as_str().into())).ok_or(LinkError)
    }
}

/// The address as `url` writes it, if it is for the web and holds no credentials.
pub(crate) fn web_address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok().filter(|_| text.len() <= 2_000)?;
    let anonymous = url.username().is_empty() && url.password().is_none();
    (matches!(url.scheme(), "http" | "https") && anonymous).then_some(url)
}

macro_rules! shown {
    ($name:ident) => {
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
    };
}

shown!(Phrase);
shown!(Link);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_input_45_a_reason_cannot_change_how_a_report_is_shown() {
        for bad in ["", "  ", "a\nb", "a\u{1b}[31m", "a\u{202e}b", &"a".repeat(1_001)] {
            assert_eq!(Phrase::try_from(bad.to_owned()), Err(PhraseError), "{bad:?}");
        }
        assert_eq!(Phrase::try_from(" naïve café ".to_owned()).unwrap().as_str(), "naïve café");
    }

    #[test]
    fn bad_input_45_a_link_leads_to_a_page_and_carries_no_secret() {
        let bad = ["javascript:alert(1)", "ftp://e.org", "e.org/1", "https://me:pw@e.org/1", ""];
        for bad in bad {
            assert_eq!(Link::try_from(bad.to_owned()), Err(LinkError), "{bad:?}");
        }
        let link = Link::try_from("https://git.example/pull/1\"><script>".to_owned()).unwrap();
        assert_eq!(link.as_str(), "https://git.example/pull/1%22%3E%3Cscript%3E");
    }
}

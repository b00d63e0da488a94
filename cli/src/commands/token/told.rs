//! How a token stands on record: its public side, never its text or digest.

use std::fmt;

use depaudit_model::Timestamp;
use depaudit_store::Token;

/// What is done to a token that ends.
pub const REVOKE: &str = "revoke";

const UNTIL: &str = ", until ";
const KNOWN_BY: &str = ", known by ";
const FOR_EVER: &str = "it is revoked";

/// What is done to a token that another one takes the place of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// The old one's id.
    pub old: String,
    /// When that one ends; an older depaudit did not say.
    pub ends: Option<Timestamp>,
}

const ROTATE: &str = "rotate ";
const WHICH_ENDS: &str = ", which ends at ";

impl Rotated {
    /// Reads what was done to a token.
    #[must_use]
    pub fn read(done: &str) -> Option<Self> {
        let rest = done.strip_prefix(ROTATE)?;
        let (old, ends) = rest.split_once(WHICH_ENDS).unwrap_or((rest, ""));
        Some(Self { old: old.to_owned(), ends: ends.parse().ok() })
    }
}

impl fmt::Display for Rotated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{ROTATE}{}", self.old)?;
        self.ends.iter().try_for_each(|ends| write!(f, "{WHICH_ENDS}{ends}"))
    }
}

/// Which token it is, whatever it lasts.
#[must_use]
pub fn told(token: &Token) -> String {
    format!("{} {}, scope {}", token.id, token.name, token.scope)
}

/// How long a token lasts, as it is said on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Until then.
    Moment(Timestamp),
    /// Until it is revoked.
    Revoked,
    /// An older depaudit did not say.
    Unsaid,
}

impl Until {
    /// Until when a token lasts.
    #[must_use]
    pub fn of(token: &Token) -> Self {
        token.expires.map_or(Self::Revoked, Self::Moment)
    }

    fn split(text: &str) -> (&str, Self) {
        let said = text.rsplit_once(UNTIL).and_then(|(what, until)| match until {
            FOR_EVER => Some((what, Self::Revoked)),
            moment => moment.parse().ok().map(|moment| (what, Self::Moment(moment))),
        });
        said.unwrap_or((text, Self::Unsaid))
    }
}

/// What is said on record of a token behind what is [told] of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// How long it lasts.
    pub until: Until,
    /// How its text is known ([`Token::mark_of`]); an older depaudit did not say.
    pub mark: Option<String>,
}

impl Said {
    /// What was [told] of a token, and what was said behind it.
    #[must_use]
    pub fn split(text: &str) -> (&str, Self) {
        let (text, mark) = Self::split_mark(text);
        let (what, until) = Until::split(text);
        (what, Self { until, mark })
    }

    /// Without what its text is known by, and that.
    #[must_use]
    pub fn split_mark(text: &str) -> (&str, Option<String>) {
        text.rsplit_once(KNOWN_BY)
            .map_or((text, None), |(text, mark)| (text, Some(mark.to_owned())))
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.until.fmt(f)?;
        self.mark.iter().try_for_each(|mark| write!(f, "{KNOWN_BY}{mark}"))
    }
}

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Moment(moment) => write!(f, "{UNTIL}{moment}"),
            Self::Revoked => write!(f, "{UNTIL}{FOR_EVER}"),
            Self::Unsaid => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotation_says_which_token_ends_and_when() {
        for ends in [None, "2026-03-01T12:00:00.250Z".parse().ok()] {
            let rotated = Rotated { old: "0f3a5c7e9b1d".to_owned(), ends };
            assert_eq!(Rotated::read(&rotated.to_string()), Some(rotated));
        }
        assert_eq!(Rotated::read("create"), None);
    }

    #[test]
    fn how_long_a_token_lasts_is_read_as_it_was_said() {
        let moment: Timestamp = "2026-03-01T12:00:00.250Z".parse().unwrap();
        for until in [Until::Moment(moment), Until::Revoked, Until::Unsaid] {
            for mark in [None, Some("0f3a".to_owned())] {
                let said = Said { until, mark };
                let text = format!("0f3a5c7e9b1d a, until never, scope read{said}");
                assert_eq!(Said::split(&text), ("0f3a5c7e9b1d a, until never, scope read", said));
            }
        }
    }
}

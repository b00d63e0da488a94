//! How a token stands on record: its public side, never its text or digest.

use std::fmt;

use depaudit_model::Timestamp;
use depaudit_store::Token;

/// What is done to a token that ends.
pub const REVOKE: &str = "revoke";

const UNTIL: &str = ", until ";
const FOR_EVER: &str = "it is revoked";

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

    /// What was [told] of a token, and how long it lasts.
    #[must_use]
    pub fn split(text: &str) -> (&str, Self) {
        let said = text.rsplit_once(UNTIL).and_then(|(what, until)| match until {
            FOR_EVER => Some((what, Self::Revoked)),
            moment => moment.parse().ok().map(|moment| (what, Self::Moment(moment))),
        });
        said.unwrap_or((text, Self::Unsaid))
    }
}

/// Behind what is [told] of it.
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
    fn how_long_a_token_lasts_is_read_as_it_was_said() {
        let moment: Timestamp = "2026-03-01T12:00:00.250Z".parse().unwrap();
        for until in [Until::Moment(moment), Until::Revoked, Until::Unsaid] {
            let text = format!("0f3a5c7e9b1d a, until never, scope read{until}");
            let what = "0f3a5c7e9b1d a, until never, scope read";
            assert_eq!(Until::split(&text), (what, until));
        }
    }
}

use std::str::FromStr;
use std::time::Duration;

use crate::Timestamp;

/// A length of time as people write it: `90s`, `15m`, `12h`, `30d`, `2w`, `250ms`.
#[must_use]
pub fn length_of_time(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let millis: u64 = match unit.trim() {
        "ms" => 1,
        "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "w" => 604_800_000,
        _ => return None,
    };
    let number: u64 = number.parse().ok()?;
    number.checked_mul(millis).map(Duration::from_millis)
}

/// From when on: so long ago (`30d`), or at a moment (`2026-03-01T12:00:00Z`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// So long before now.
    Ago(Duration),
    /// At this moment.
    At(Timestamp),
}

/// The text is neither.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a length of time such as 90s, 15m, 12h, 30d or 2w, or a moment such as 2026-03-01T12:00:00Z"
)]
pub struct SinceError;

impl Since {
    /// The moment that is meant.
    #[must_use]
    pub fn moment(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Ago(span) => now.minus(span),
            Self::At(moment) => moment,
        }
    }
}

impl FromStr for Since {
    type Err = SinceError;

    fn from_str(text: &str) -> Result<Self, SinceError> {
        match length_of_time(text) {
            Some(span) => Ok(Self::Ago(span)),
            None => text.parse().map(Self::At).map_err(|_| SinceError),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_long_ago_or_at_a_moment() {
        let noon: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let moment = |text: &str| text.parse::<Since>().map(|since| since.moment(noon).to_string());
        assert_eq!(moment("90s"), Ok("2026-03-01T11:58:30.000Z".into()));
        assert_eq!(moment("2w"), Ok("2026-02-15T12:00:00.000Z".into()));
        assert_eq!(moment("2026-02-01T00:00:00+01:00"), Ok("2026-01-31T23:00:00.000Z".into()));
        // Longer ago than anything on record.
        assert_eq!(moment("99999w"), Ok("1970-01-01T00:00:00.000Z".into()));
        for bad in ["", "yesterday", "-1d", "5", "2026-03-01", "2026-03-01T12:00:00"] {
            assert_eq!(moment(bad), Err(SinceError), "{bad:?}");
        }
    }
}

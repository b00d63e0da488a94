use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment in UTC, in whole milliseconds: `2026-03-01T12:00:00.000Z`.
///
/// Always written with three decimals, so that texts sort as moments do and one moment has one
/// encoding in the ledger.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(jiff::Timestamp);

/// The text is no RFC 3339 moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a moment such as 2026-03-01T12:00:00Z")]
pub struct TimestampError;

impl Timestamp {
    /// The beginning of 1970, before anything on record.
    pub const EPOCH: Self = Self(jiff::Timestamp::UNIX_EPOCH);

    /// Milliseconds since 1970. Values beyond the year 9999 become that year's last moment.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Self(jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX))
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub fn as_millis(self) -> i64 {
        self.0.as_millisecond()
    }

    /// How long `earlier` lies back, or `None` when it lies ahead (a clock was set back).
    #[must_use]
    pub fn since(self, earlier: Self) -> Option<Duration> {
        u64::try_from(self.as_millis() - earlier.as_millis()).ok().map(Duration::from_millis)
    }

    /// The moment `span` earlier, not before 1970.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        let span = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        Self::from_millis(self.as_millis().saturating_sub(span).max(0))
    }

    /// The moment `span` later.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        let span = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        Self::from_millis(self.as_millis().saturating_add(span))
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let moment: jiff::Timestamp = text.parse().map_err(|_| TimestampError)?;
        Ok(Self::from_millis(moment.as_millisecond()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.0)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_one_encoding_and_sorts_as_text() {
        let moment: Timestamp = "2026-03-01T13:00:00+01:00".parse().unwrap();
        assert_eq!(moment.to_string(), "2026-03-01T12:00:00.000Z");
        assert!(moment.to_string() < moment.plus(Duration::from_millis(1)).to_string());
    }

    #[test]
    fn a_clock_that_was_set_back_gives_no_age() {
        let now = Timestamp::from_millis(5_000);
        assert_eq!(now.since(Timestamp::from_millis(2_000)), Some(Duration::from_secs(3)));
        assert_eq!(now.since(Timestamp::from_millis(6_000)), None);
    }
}

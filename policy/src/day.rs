use std::fmt;
use std::str::FromStr;

use depaudit_model::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

/// A day in UTC: `2026-03-01`.
///
/// A policy says until when something holds in whole days, and everybody's day ends at the same
/// moment, so that one commit has one answer wherever it is scanned.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "toml::value::Datetime")]
pub struct Day(jiff::civil::Date);

/// The text is no day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a day such as 2026-03-01, without a time")]
pub struct DayError;

impl Day {
    /// The day on which this moment lies.
    #[must_use]
    pub fn of(moment: Timestamp) -> Self {
        let moment = jiff::Timestamp::from_millisecond(moment.as_millis());
        let moment = moment.unwrap_or(jiff::Timestamp::MAX);
        Self(jiff::tz::Offset::UTC.to_datetime(moment).date())
    }

    /// The moment at which it begins.
    #[must_use]
    pub fn start(self) -> Timestamp {
        let moment = jiff::tz::Offset::UTC.to_timestamp(self.0.into());
        Timestamp::from_millis(moment.map_or(i64::MAX, jiff::Timestamp::as_millisecond))
    }

    /// Its last moment.
    #[must_use]
    pub fn end(self) -> Timestamp {
        let next = self.0.tomorrow().map_or(self, Self).start();
        next.minus(std::time::Duration::from_millis(1))
    }

    /// The last so many days up to this one, the earliest first.
    pub fn last(self, days: i64) -> impl Iterator<Item = Self> {
        let before = (0..days.max(0)).rev();
        before.filter_map(move |back| {
            self.0.checked_sub(jiff::Span::new().try_days(back).ok()?).ok().map(Self)
        })
    }

    /// How many days after `earlier` it comes; negative when it comes before.
    #[must_use]
    pub fn days_since(self, earlier: Self) -> i64 {
        self.0.duration_since(earlier.0).as_hours() / 24
    }
}

impl FromStr for Day {
    type Err = DayError;

    /// Exactly `YYYY-MM-DD`.
    fn from_str(text: &str) -> Result<Self, DayError> {
        let date: toml::value::Datetime = text.parse().map_err(|_| DayError)?;
        date.try_into()
    }
}

/// What TOML writes as a date, without quotes.
impl TryFrom<toml::value::Datetime> for Day {
    type Error = DayError;

    fn try_from(moment: toml::value::Datetime) -> Result<Self, DayError> {
        let toml::value::Datetime { date: Some(date), time: None, offset: None } = moment else {
            return Err(DayError);
        };
        let small = |number: u8| i8::try_from(number).map_err(|_| DayError);
        let year = i16::try_from(date.year).map_err(|_| DayError)?;
        let day = jiff::civil::Date::new(year, small(date.month)?, small(date.day)?);
        day.map(Self).map_err(|_| DayError)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_the_same_day_everywhere() {
        let day = |text: &str| Day::of(text.parse().unwrap()).to_string();
        assert_eq!(day("2026-03-01T00:30:00+01:00"), "2026-02-28");
        assert_eq!(day("2026-03-01T23:59:59.999Z"), "2026-03-01");
    }

    #[test]
    fn a_day_ends_before_the_next_begins() {
        let day: Day = "2028-02-28".parse().unwrap();
        assert_eq!(day.end().to_string(), "2028-02-28T23:59:59.999Z");
        assert_eq!(Day::of(day.end()), day);
    }

    #[test]
    fn days_are_counted_over_the_ends_of_months_and_years() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        assert_eq!(day("2028-03-01").days_since(day("2028-02-28")), 2);
        assert_eq!(day("2027-01-01").days_since(day("2026-01-01")), 365);
        assert_eq!(day("2026-01-01").days_since(day("2026-01-02")), -1);
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for bad in ["", "2026-02-30", "2026-1-1", "01.02.2026", "2026-01-01T00:00:00Z", "12:00:00"]
        {
            assert_eq!(bad.parse::<Day>(), Err(DayError), "{bad:?}");
        }
    }
}

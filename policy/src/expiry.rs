use crate::Day;

/// How it stands with the last day of a waiver or declaration.
///
/// The day that is named is the first on which it does not hold any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// It holds.
    Holds,
    /// It holds for this many days still, today included; at most [`Expiry::NOTICE`].
    Soon {
        /// How many.
        days: i64,
    },
    /// It holds no more.
    Past,
}

impl Expiry {
    /// For how many days before its end a waiver is announced to end.
    pub const NOTICE: i64 = 14;

    /// How it stands today with what ends on `expires`.
    #[must_use]
    pub fn of(expires: Day, today: Day) -> Self {
        match expires.days_since(today) {
            ..=0 => Self::Past,
            days @ 1..=Self::NOTICE => Self::Soon { days },
            _ => Self::Holds,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_the_named_day_it_holds_no_more() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        let on = |today: &str| Expiry::of(day("2026-06-30"), day(today));
        assert_eq!(on("2026-06-15"), Expiry::Holds);
        assert_eq!(on("2026-06-16"), Expiry::Soon { days: 14 });
        assert_eq!(on("2026-06-29"), Expiry::Soon { days: 1 });
        assert_eq!(on("2026-06-30"), Expiry::Past);
        assert_eq!(on("2027-01-01"), Expiry::Past);
    }
}

use depaudit_policy::door::Lifted;
use depaudit_policy::{Day, Expiry};
use depaudit_store::{Waiver, WaiverAbout};

use super::KeptWaiver;

/// How it stands with a waiver, what needs somebody first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// It opens nothing before another person grants it.
    Proposed,
    /// It holds, for this many days still where these are few.
    Open { ends_in: Option<i64> },
    /// Its day has come.
    Expired,
    /// It was ended before its day.
    Ended,
}

impl Standing {
    pub(super) fn of(kept: &KeptWaiver, today: Day) -> Self {
        let expiry = Expiry::of(Day::of(kept.waiver.expires), today);
        match expiry {
            _ if kept.waiver.ended.is_some() => Self::Ended,
            Expiry::Past => Self::Expired,
            _ if !kept.opens => Self::Proposed,
            Expiry::Soon { days } => Self::Open { ends_in: Some(days) },
            Expiry::Holds => Self::Open { ends_in: None },
        }
    }

    /// Whether it may still open something.
    pub(super) const fn is_live(self) -> bool {
        matches!(self, Self::Proposed | Self::Open { .. })
    }

    /// For programs.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Open { .. } => "in-force",
            Self::Expired => "expired",
            Self::Ended => "ended",
        }
    }

    /// For people.
    pub(super) fn word(self) -> String {
        match self {
            Self::Proposed => "waits for another person".to_owned(),
            Self::Open { ends_in: None } => "in force".to_owned(),
            Self::Open { ends_in: Some(1) } => "in force, ends today".to_owned(),
            Self::Open { ends_in: Some(days) } => format!("in force, ends in {days} days"),
            Self::Expired => "expired".to_owned(),
            Self::Ended => "ended".to_owned(),
        }
    }

    /// The stylesheet's name for it.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Proposed | Self::Open { ends_in: Some(_) } => "soft",
            Self::Open { ends_in: None } => "allowed",
            Self::Expired | Self::Ended => "quiet",
        }
    }
}

/// What a waiver is for: `openssl =1.1.0`, an advisory.
pub(super) fn covers(waiver: &Waiver) -> String {
    match &waiver.about {
        WaiverAbout::Release { name, version, .. } => format!("{name} {version}"),
        WaiverAbout::Advisory(id) => id.clone(),
    }
}

/// The rules that it lifts.
pub(super) fn lifts(waiver: &Waiver) -> String {
    Lifted::told(&waiver.about.lifts())
}

/// For whom it is.
pub(super) fn whose(waiver: &Waiver) -> String {
    waiver.team.as_ref().map_or_else(|| "every team".to_owned(), ToString::to_string)
}

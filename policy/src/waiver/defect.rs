use std::fmt;

use super::{About, Waiver};
use crate::{Day, PackageGlob, RuleId, WAIVER_TOO_LONG, WAIVER_TOO_WIDE, WAIVER_UNOWNED};

/// What is wrong with a waiver, whatever the scan finds.
#[derive(Debug, Clone, Copy)]
pub struct WaiverDefect<'p> {
    /// The waiver.
    pub waiver: &'p Waiver,
    /// What is wrong with it.
    pub defect: Defect,
}

/// The ways in which a waiver can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// Nobody answers for it.
    Unowned,
    /// It lasts for longer than the policy allows.
    TooLong {
        /// How many days it lasts, from the day it was granted, or from today where it names no
        /// such day or one that is yet to come; `None` where it never ends.
        days: Option<i64>,
        /// How many are allowed.
        most: u16,
    },
    /// It would hide what nobody has looked at.
    TooWide(Width),
}

/// Why a waiver is too wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// It names neither a finding, nor a rule, nor a group.
    NoRule,
    /// It names a group, and no package.
    WholeGroup,
    /// It names a rule, and neither a package nor a path: that is a level, not a waiver.
    WholeRule,
}

impl Defect {
    /// The rule that fires.
    #[must_use]
    pub const fn rule(self) -> RuleId {
        match self {
            Self::Unowned => WAIVER_UNOWNED,
            Self::TooLong { .. } => WAIVER_TOO_LONG,
            Self::TooWide(_) => WAIVER_TOO_WIDE,
        }
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unowned => f.write_str("the waiver names no `owner` who answers for it"),
            Self::TooLong { days: Some(days), most } => {
                write!(f, "the waiver lasts {days} days; at most {most} are allowed")
            }
            Self::TooLong { days: None, most } => {
                write!(f, "the waiver has no `expires`; it may last at most {most} days")
            }
            Self::TooWide(Width::NoRule) => f.write_str(
                "the waiver names no `rule`, `group` or `fingerprint`; it hides nothing",
            ),
            Self::TooWide(Width::WholeGroup) => f.write_str(
                "the waiver is for a whole group and names no `package`; it hides nothing",
            ),
            Self::TooWide(Width::WholeRule) => f.write_str(
                "the waiver is for a whole rule and names neither `package` nor `path`; it hides \
                 nothing",
            ),
        }
    }
}

impl Waiver {
    /// Whether, and why, it is too wide: such a waiver hides nothing.
    ///
    /// Narrow enough is what names a `fingerprint`; or a `rule` and a `package` or `path`; or a
    /// `group` and a `package`. A package pattern of nothing but stars names none, and neither
    /// `team` nor `version` alone makes a waiver narrow.
    #[must_use]
    pub fn too_wide(&self) -> Option<Width> {
        if self.fingerprint.is_some() {
            return None;
        }
        let package = self.package.as_ref().is_some_and(PackageGlob::narrows);
        match self.about {
            About::Anything => Some(Width::NoRule),
            About::Group(_) if !package => Some(Width::WholeGroup),
            About::Rule(_) if !package && self.path.is_none() => Some(Width::WholeRule),
            About::Group(_) | About::Rule(_) => None,
        }
    }

    /// What is wrong with it, when it may last `most` days.
    pub(crate) fn defects(&self, most: u16, today: Day) -> impl Iterator<Item = WaiverDefect<'_>> {
        let unowned = self.owner.is_none().then_some(Defect::Unowned);
        let days = self.expires.as_ref().map(|expires| {
            // A day that is yet to come would make room for any length.
            let granted = self.granted.as_ref().map_or(today, |it| it.value.min(today));
            expires.value.days_since(granted)
        });
        let too_long = days.is_none_or(|days| days > i64::from(most));
        let too_long = too_long.then_some(Defect::TooLong { days, most });
        let too_wide = self.too_wide().map(Defect::TooWide);
        let found = [unowned, too_long, too_wide].into_iter().flatten();
        found.map(|defect| WaiverDefect { waiver: self, defect })
    }
}

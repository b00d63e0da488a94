use crate::{Placed, PolicyFile};

/// A number that files may set, and which way is tighter.
pub(super) struct Limit {
    /// The key, as it is written.
    pub(super) key: &'static str,
    /// What a file sets.
    pub(super) set_by: fn(&PolicyFile) -> Option<&Placed<u16>>,
    /// Whether the first number is tighter than the second.
    pub(super) tighter: fn(u16, u16) -> bool,
}

pub(super) const MINIMUM_AGE: Limit = Limit {
    key: "drift.minimum-age-days",
    set_by: |file| file.drift.minimum_age.as_ref(),
    tighter: |new, old| new > old,
};

pub(super) const MISSED_PATCH: Limit = Limit {
    key: "drift.missed-patch-days",
    set_by: |file| file.drift.missed_patch.as_ref(),
    tighter: |new, old| new < old,
};

pub(super) const LIBYEAR_BUDGET: Limit = Limit {
    key: "drift.libyear-budget",
    set_by: |file| file.drift.libyear_budget.as_ref(),
    tighter: |new, old| new < old,
};

pub(super) const LONGEST_WAIVER: Limit = Limit {
    key: "waivers.max-days",
    set_by: |file| file.longest_waiver.as_ref(),
    tighter: |new, old| new < old,
};

pub(super) const ALL: [Limit; 4] = [MINIMUM_AGE, MISSED_PATCH, LIBYEAR_BUDGET, LONGEST_WAIVER];

use std::fmt;

use depaudit_model::{RegistryName, Timestamp};
use serde::{Deserialize, Serialize, Serializer};

use super::{Block, DoorRule};
use crate::{Day, Place};

/// What becomes of a release at the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It goes through.
    Allowed,
    /// The index says `yanked`; a download is served.
    Soft,
    /// The index says `yanked`; a download is refused.
    Hard,
}

/// What was decided about a release, and by what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DoorVerdict {
    /// What becomes of it.
    pub outcome: Outcome,
    /// The objection that decided.
    pub decided: Option<Objection>,
    /// Everything that looked.
    pub looked: Vec<Look>,
}

/// Why a rule objects to a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Objection {
    /// The rule.
    pub rule: DoorRule,
    /// How hard.
    pub block: Block,
    /// What it saw.
    pub saw: Saw,
    /// From when on it will not object any more; absent where time mends nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// What one rule made of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "result", rename_all = "kebab-case")]
pub enum Look {
    /// It has no objection.
    Passed {
        /// The rule.
        rule: DoorRule,
        /// What it saw.
        saw: Saw,
    },
    /// It had nothing to look for: what it goes by is not configured.
    #[serde(rename = "nothing-to-look-for")]
    Idle {
        /// The rule.
        rule: DoorRule,
    },
    /// It objects.
    Objected(Objection),
    /// It objects, and is in dry run.
    Would(Objection),
    /// It objects, and something lifts that.
    Exempted {
        /// The objection.
        objection: Objection,
        /// What lifts it.
        by: Exemption,
    },
}

/// What lifts an objection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exemption {
    /// A line of the policy.
    Line(Place),
    /// A waiver.
    Permit {
        /// Its identifier.
        id: Box<str>,
        /// Its first day without effect.
        expires: Day,
    },
    /// It mends these advisories, which the newest older release has.
    Mends(Box<[Box<str>]>),
}

/// What a rule saw: enough to explain it later, and cheap to make for each version of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saw {
    /// Nothing that it is about.
    Nothing,
    /// What it needs is known only once the bytes have been fetched.
    NotYet,
    /// What it needs is missing.
    Missing(&'static str),
    /// A line of the policy: its place and its reason.
    Line(Place, Box<str>),
    /// When it was published, and how many days it has to be public.
    Age(Timestamp, u16),
    /// These advisories, by identifier.
    Advisories(Vec<Box<str>>),
    /// This licence.
    Licence(Box<str>),
    /// This many bytes.
    Size(u64),
    /// This name.
    Name(Box<str>),
    /// That this internal registry has a crate of the same name.
    Home(RegistryName),
    /// That its author withdrew it.
    Yanked,
    /// What the upstream did.
    Upstream(&'static str),
}

impl fmt::Display for Saw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing to object to"),
            Self::NotYet => f.write_str("known once the crate was fetched"),
            Self::Missing(what) => write!(f, "{what} is not known"),
            Self::Line(place, reason) => write!(f, "{reason} ({place})"),
            Self::Age(published, days) => write!(
                f,
                "published {}; releases have to be public for {days} {}",
                Day::of(*published),
                if *days == 1 { "day" } else { "days" }
            ),
            Self::Advisories(ids) => f.write_str(&ids.join(", ")),
            Self::Licence(licence) => write!(f, "its licence is {licence}"),
            Self::Size(bytes) => write!(f, "it has {bytes} bytes"),
            Self::Name(name) => write!(f, "`{name}`"),
            Self::Home(home) => {
                write!(f, "the internal registry `{home}` has a crate of this name")
            }
            Self::Yanked => f.write_str("its author withdrew it"),
            Self::Upstream(what) => f.write_str(what),
        }
    }
}

impl Serialize for Saw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl DoorVerdict {
    pub(super) fn new() -> Self {
        Self { outcome: Outcome::Allowed, decided: None, looked: Vec::new() }
    }

    pub(super) fn passed(&mut self, rule: DoorRule, saw: Saw) {
        self.looked.push(Look::Passed { rule, saw });
    }

    pub(super) fn idle(&mut self, rule: DoorRule) {
        self.looked.push(Look::Idle { rule });
    }

    pub(super) fn would(&mut self, objection: Objection) {
        self.looked.push(Look::Would(objection));
    }

    pub(super) fn exempted(&mut self, objection: Objection, by: Exemption) {
        self.looked.push(Look::Exempted { objection, by });
    }

    pub(super) fn objected(&mut self, objection: Objection) {
        let outcome = match objection.block {
            Block::Soft => Outcome::Soft,
            Block::Hard => Outcome::Hard,
        };
        if outcome > self.outcome {
            self.outcome = outcome;
            self.decided = Some(objection.clone());
        }
        self.looked.push(Look::Objected(objection));
    }

    /// Whether nothing stands against it but this rule, or nothing at all.
    #[must_use]
    pub fn objects_to_nothing_but(&self, rule: DoorRule) -> bool {
        self.looked.iter().all(|look| match look {
            Look::Objected(objection) => objection.rule == rule,
            Look::Passed { .. } | Look::Idle { .. } | Look::Would(_) | Look::Exempted { .. } => {
                true
            }
        })
    }

    /// Whether the minimum age objects to it, be it in dry run.
    #[must_use]
    pub fn finds_it_too_young(&self) -> bool {
        self.looked.iter().any(|look| match look {
            Look::Objected(objection) | Look::Would(objection) => {
                objection.rule == DoorRule::MinimumAge
            }
            Look::Passed { .. } | Look::Idle { .. } | Look::Exempted { .. } => false,
        })
    }

    /// What rules in dry run would have objected to.
    pub fn would_deny(&self) -> impl Iterator<Item = &Objection> {
        self.looked.iter().filter_map(|look| match look {
            Look::Would(objection) => Some(objection),
            _ => None,
        })
    }

    /// From when on this verdict may be another one by the passing of time alone: a release that
    /// becomes old enough, a waiver that ends. Absent where it holds until something changes.
    #[must_use]
    pub fn holds_until(&self) -> Option<Timestamp> {
        let of = |objection: &Objection| objection.until;
        self.looked
            .iter()
            .filter_map(|look| match look {
                Look::Passed { .. } | Look::Idle { .. } => None,
                Look::Objected(objection) | Look::Would(objection) => of(objection),
                Look::Exempted { objection, by } => {
                    let end = match by {
                        Exemption::Permit { expires, .. } => Some(expires.start()),
                        Exemption::Line(_) | Exemption::Mends(_) => None,
                    };
                    [of(objection), end].into_iter().flatten().min()
                }
            })
            .min()
    }
}

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

use super::DoorRule;

/// The rules that a waiver or a line of the policy lifts: at least one, and never the one about proof.
///
/// Whoever names none lifts what the policy thinks of a release. What the bytes themselves say against
/// it, that the registry changed or deleted them, is lifted only by who asks for just that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Lifted(BTreeSet<DoorRule>);

/// The rules cannot be lifted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotLifted {
    /// Wrong bytes are no matter of opinion.
    #[error("no waiver and no line lifts the rule `{0}`: bytes that are not proven never pass")]
    Never(DoorRule),
    /// There is no such rule.
    #[error("no rule at the door is called like that; `/policy` of a server lists them")]
    Unknown,
    /// Nothing was named where something has to be.
    #[error("no rule is named")]
    None,
}

impl Lifted {
    /// What the policy thinks of a release: everything but what is said about its bytes.
    #[must_use]
    pub fn opinions() -> Self {
        Self(DoorRule::ALL.into_iter().filter(|rule| rule.is_an_opinion()).collect())
    }

    /// These; the [opinions](Self::opinions) where there are none.
    ///
    /// # Errors
    /// When one of them is never lifted.
    pub fn of(rules: impl IntoIterator<Item = DoorRule>) -> Result<Self, NotLifted> {
        let rules: BTreeSet<_> = rules.into_iter().collect();
        match rules.iter().find(|rule| !rule.can_be_lifted()) {
            Some(rule) => Err(NotLifted::Never(*rule)),
            None if rules.is_empty() => Ok(Self::opinions()),
            None => Ok(Self(rules)),
        }
    }

    /// What is said about one advisory is one rule's.
    pub(super) fn one(rule: DoorRule) -> Self {
        Self(BTreeSet::from([rule]))
    }

    /// Whether the rule is among them.
    #[must_use]
    pub fn lifts(&self, rule: DoorRule) -> bool {
        self.0.contains(&rule)
    }

    /// Each of them.
    pub fn rules(&self) -> impl Iterator<Item = DoorRule> {
        self.0.iter().copied()
    }

    /// What is kept of them by name, with a space between two, for people. What cannot be read lifts nothing.
    #[must_use]
    pub fn told(kept: &str) -> String {
        kept.parse::<Self>().map_or_else(|_| "nothing".to_owned(), |it| it.to_string())
    }

    fn named(&self, between: &str) -> String {
        self.rules().map(DoorRule::as_str).collect::<Vec<_>>().join(between)
    }
}

impl Default for Lifted {
    fn default() -> Self {
        Self::opinions()
    }
}

/// For people.
impl fmt::Display for Lifted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::opinions() {
            let others = DoorRule::ALL.into_iter().filter(|rule| !rule.is_an_opinion());
            let others: Vec<_> = others.map(DoorRule::as_str).collect();
            return write!(f, "every rule but {}", others.join(" and "));
        }
        f.write_str(&self.named(", "))
    }
}

/// Names of rules, with spaces or commas between them; at least one.
impl FromStr for Lifted {
    type Err = NotLifted;

    fn from_str(text: &str) -> Result<Self, NotLifted> {
        let names = text.split([' ', ',']).filter(|name| !name.is_empty());
        let rules = names.map(|name| name.parse().map_err(|_| NotLifted::Unknown));
        let rules = rules.collect::<Result<Vec<DoorRule>, _>>()?;
        if rules.is_empty() { Err(NotLifted::None) } else { Self::of(rules) }
    }
}

impl<'de> Deserialize<'de> for Lifted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rules = Vec::<DoorRule>::deserialize(deserializer)?;
        Self::of(rules).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_names_nothing_lifts_no_word_about_the_bytes() {
        let opinions = Lifted::of([]).unwrap();
        for rule in DoorRule::ALL {
            let about_bytes = matches!(rule, DoorRule::Checksum | DoorRule::UpstreamChanged);
            assert_eq!(opinions.lifts(rule), !about_bytes, "{rule}");
        }
        assert_eq!(opinions.to_string(), "every rule but checksum and upstream-changed");
        assert_eq!(opinions.named(" ").parse(), Ok(opinions));
    }

    #[test]
    fn who_names_a_rule_lifts_that_one_and_proof_is_lifted_by_nobody() {
        let one: Lifted = "upstream-changed".parse().unwrap();
        assert!(one.lifts(DoorRule::UpstreamChanged) && !one.lifts(DoorRule::Denied));
        assert_eq!("licence, size".parse::<Lifted>().unwrap().to_string(), "licence, size");
        assert_eq!("checksum".parse::<Lifted>(), Err(NotLifted::Never(DoorRule::Checksum)));
        assert_eq!("licences".parse::<Lifted>(), Err(NotLifted::Unknown));
        assert_eq!(" , ".parse::<Lifted>(), Err(NotLifted::None));
        assert!(serde_json::from_str::<Lifted>(r#"["denied", "checksum"]"#).is_err());
    }
}

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::{Group, Level, Severity};

/// A rule's code: `OVR01`. It never changes, so it is what machines keep.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(Cow<'static, str>);

impl RuleId {
    /// The code of a rule that is compiled in.
    #[must_use]
    pub const fn new(code: &'static str) -> Self {
        Self(Cow::Borrowed(code))
    }

    /// The code of a rule that was defined while running.
    #[must_use]
    pub const fn from_string(code: String) -> Self {
        Self(Cow::Owned(code))
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for RuleId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// An expired waiver raises again what it hid, with the severity of what it hid.
pub const WAIVER_EXPIRED: RuleId = RuleId::new("WVR01");
/// A waiver without an owner.
pub const WAIVER_UNOWNED: RuleId = RuleId::new("WVR02");
/// A waiver that lasts longer than the policy allows.
pub const WAIVER_TOO_LONG: RuleId = RuleId::new("WVR03");
/// A waiver that would hide what nobody has looked at.
pub const WAIVER_TOO_WIDE: RuleId = RuleId::new("WVR04");
/// A waiver that hides nothing.
pub const WAIVER_UNUSED: RuleId = RuleId::new("WVR05");
/// A repository's policy that loosens the central one.
pub const POLICY_WEAKENED: RuleId = RuleId::new("POL01");

/// What a policy has to know of a rule. What the rule looks at is the auditor's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownRule {
    /// The code that machines keep: `OVR01`.
    pub code: RuleId,
    /// The name that people write: `patch-path-outside-workspace`.
    pub name: Cow<'static, str>,
    /// What it is about.
    pub group: Group,
    /// How bad its findings are.
    pub severity: Severity,
    /// What happens where no policy speaks.
    pub level: Level,
}

impl KnownRule {
    /// Whether its findings can be waived. Findings about waivers cannot, and neither can a policy
    /// that weakens the central one: a repository would excuse itself.
    #[must_use]
    pub fn can_be_waived(&self) -> bool {
        self.group != Group::Waiver && self.code != POLICY_WEAKENED
    }
}

/// The rules that a policy can speak of.
#[derive(Debug, Clone, Default)]
pub struct RuleSet(Vec<KnownRule>);

/// Two rules, or a rule and a group, would be written the same way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("more than one rule or group is called `{0}`; give the rule another code or name")]
pub struct RuleSetError(String);

impl RuleSet {
    /// Takes the rules, in the order in which they are to be listed.
    ///
    /// # Errors
    /// When a code or name is taken twice, or is a group's name: what a policy says would be
    /// ambiguous.
    pub fn new(rules: Vec<KnownRule>) -> Result<Self, RuleSetError> {
        let mut taken: BTreeSet<&str> = Group::ALL.iter().map(|group| group.as_str()).collect();
        for word in rules.iter().flat_map(|rule| [rule.code.as_str(), &rule.name]) {
            if !taken.insert(word) {
                return Err(RuleSetError(word.to_owned()));
            }
        }
        Ok(Self(rules))
    }

    /// The rule with this code or name.
    #[must_use]
    pub fn find(&self, code_or_name: &str) -> Option<&KnownRule> {
        self.iter().find(|rule| rule.code.as_str() == code_or_name || rule.name == code_or_name)
    }

    /// Every rule.
    pub fn iter(&self) -> impl Iterator<Item = &KnownRule> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{known, rules};

    #[test]
    fn a_rule_is_found_by_its_code_and_by_its_name() {
        let rules = rules();
        assert_eq!(rules.find("OVR02"), rules.find("patch-git-unpinned"));
        assert!(rules.find("OVR02").is_some());
        assert_eq!(rules.find("ovr02"), None);
    }

    #[test]
    fn a_word_means_one_thing() {
        let twice = vec![
            known("AAA01", "one", Group::Drift, Level::Warn),
            known("AAA02", "one", Group::Drift, Level::Warn),
        ];
        assert_eq!(RuleSet::new(twice).unwrap_err(), RuleSetError("one".into()));
        let as_a_group = vec![known("AAA01", "drift", Group::Drift, Level::Warn)];
        assert_eq!(RuleSet::new(as_a_group).unwrap_err(), RuleSetError("drift".into()));
    }
}

//! A few rules, and short ways to policies, for tests.

use semver::Version;

use crate::{
    Day, FindingKey, Fingerprint, Group, KnownRule, Level, Policy, PolicyError, PolicyFile, RuleId,
    RuleSet, Severity, Subject,
};

pub(crate) fn known(
    code: &'static str,
    name: &'static str,
    group: Group,
    level: Level,
) -> KnownRule {
    let severity = Severity::High;
    KnownRule { code: RuleId::new(code), name: name.into(), group, severity, level }
}

pub(crate) fn rules() -> RuleSet {
    RuleSet::new(vec![
        known("OVR02", "patch-git-unpinned", Group::Override, Level::Deny),
        known("OVR12", "patch-to-own-member", Group::Override, Level::Allow),
        known("LCK07", "build-not-locked", Group::Lock, Level::Warn),
        known("DRF02", "missed-patch-release", Group::Drift, Level::Warn),
        known("WVR03", "waiver-too-long", Group::Waiver, Level::Deny),
        known("POL01", "local-policy-weakens-central", Group::Scan, Level::Deny),
    ])
    .unwrap()
}

pub(crate) fn rule(code: &str) -> KnownRule {
    rules().find(code).unwrap().clone()
}

pub(crate) fn day(text: &str) -> Day {
    text.parse().unwrap()
}

pub(crate) fn parse(text: &str) -> Result<PolicyFile, PolicyError> {
    PolicyFile::parse(text, "depaudit.toml", &rules())
}

/// A repository's policy without a central one.
pub(crate) fn local(text: &str) -> Policy {
    Policy::combine(vec![parse(text).unwrap()], &rules())
}

pub(crate) fn central_and_local(central: &str, local: &str) -> Policy {
    let central = PolicyFile::parse(central, "central.toml", &rules()).unwrap();
    Policy::combine(vec![central, parse(local).unwrap()], &rules())
}

/// A finding about `aws-lc@1.2.3` of the team `payments`, in `services/api/Cargo.toml`.
pub(crate) fn finding<'a>(rule: &'a KnownRule, version: &'a Version) -> FindingKey<'a> {
    let subject = Subject {
        package: Some("aws-lc"),
        version: Some(version),
        team: Some("payments"),
        path: Some("services/api/Cargo.toml"),
    };
    FindingKey { rule, fingerprint: Fingerprint::from_bytes([7; 16]), subject }
}

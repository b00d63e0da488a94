//! Policies for a proxy under test.
#![allow(clippy::expect_used, reason = "a panic is the report of a test")]

use depaudit_model::Clock;
use depaudit_policy::door::Permit;
use depaudit_policy::{PolicyFile, RuleSet};
use depaudit_proxy::door::{AdvisorySource, Rules};

use crate::support::Service;

/// What the doors go by under this policy.
pub(crate) fn rules(policy: &str) -> Rules {
    let file = PolicyFile::parse(policy, "depaudit.toml", &RuleSet::default());
    Rules { door: file.expect("a policy").door().clone(), ..Rules::default() }
}

/// Puts a policy in force.
#[allow(dead_code, reason = "each test binary uses a part of it")]
pub(crate) fn enforce(service: &Service, policy: &str) {
    service.proxy.door().replace(rules(policy), service.clock.now());
}

/// Puts a policy in force, with waivers.
#[allow(dead_code, reason = "each test binary uses a part of it")]
pub(crate) fn enforce_with_permits(service: &Service, policy: &str, permits: Vec<Permit>) {
    let rules = Rules { permits, ..rules(policy) };
    service.proxy.door().replace(rules, service.clock.now());
}

/// Puts a policy in force, with advisories.
#[allow(dead_code, reason = "each test binary uses a part of it")]
pub(crate) fn enforce_with_advisories(service: &Service, policy: &str, source: AdvisorySource) {
    let rules = Rules { advisories: Some(source), ..rules(policy) };
    service.proxy.door().replace(rules, service.clock.now());
}

use depaudit_model::Timestamp;
use depaudit_policy::door::{DoorRule, DoorVerdict};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::Word;
use crate::door::PolicyState;

/// What the policy at the doors does, and how it stands with it.
#[derive(Debug, Clone, Default)]
pub struct PolicyMetrics {
    /// Its digest as a label; nothing without one.
    pub info: Family<DigestLabels, Gauge>,
    /// How often other rules were put in force.
    pub revision: Gauge,
    /// Seconds since its files were last read whole, as of the last look; 0 without any.
    pub read_age: Gauge,
    /// 1 while what should replace it cannot be read.
    pub broken: Gauge,
    /// Files that had changed, by what came of reading them.
    pub reloads: Family<ReloadLabels, Counter>,
    /// What it decided.
    pub decisions: Family<DecisionLabels, Counter>,
}

/// Which policy. The last one is forgotten when another comes, so there is one at the most.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct DigestLabels {
    /// SHA-256 of the file.
    pub digest: String,
}

/// What came of reading changed files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ReloadLabels {
    /// `read` or `broken`.
    pub result: Word,
}

/// What a rule decided. There are as many as rules times three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct DecisionLabels {
    /// The rule's name.
    pub rule: Word,
    /// `deny`, `soft` (held back in the index, and served to a locked build) or `would-deny`.
    pub decision: Word,
}

impl PolicyMetrics {
    pub(super) fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("policy");
        registry.register("info", "The digest of the policy in force", self.info.clone());
        registry.register(
            "revision",
            "How often other rules were put in force since the start",
            self.revision.clone(),
        );
        registry.register_with_unit(
            "read_age",
            "Time since the files of the rules were last read whole",
            Unit::Seconds,
            self.read_age.clone(),
        );
        registry.register(
            "broken",
            "1 while the newest files of the rules cannot be read, and older rules are in force",
            self.broken.clone(),
        );
        registry.register(
            "reloads",
            "Changed files of the rules, by what came of reading them",
            self.reloads.clone(),
        );
        registry.register(
            "decisions",
            "Downloads and kept names that a rule objected to, by rule and decision",
            self.decisions.clone(),
        );
    }

    /// Shows how it stands with the policy.
    pub(crate) fn show(&self, state: &PolicyState, now: Timestamp) {
        let digest = state.digest.map(|digest| DigestLabels { digest: digest.to_string() });
        if digest.as_ref().is_none_or(|labels| self.info.get(labels).is_none()) {
            self.info.clear();
        }
        if let Some(labels) = &digest {
            self.info.get_or_create(labels).set(1);
        }
        self.revision.set(state.revision.try_into().unwrap_or(i64::MAX));
        self.broken.set(state.broken.is_some().into());
        // A clock that was set back makes no age.
        let age = state.last_read.and_then(|read| now.since(read)).unwrap_or_default();
        self.read_age.set(age.as_secs().try_into().unwrap_or(i64::MAX));
    }

    /// Changed files were read (`read`) or not (`broken`).
    pub(crate) fn reloaded(&self, result: &'static str) {
        self.reloads.get_or_create(&ReloadLabels { result: Word(result) }).inc();
    }

    /// A rule refused something.
    pub(crate) fn denied(&self, rule: DoorRule) {
        self.count(rule, "deny");
    }

    /// Something passed that rules had a word to say about.
    pub(crate) fn passed(&self, verdict: &DoorVerdict) {
        if let Some(objection) = &verdict.decided {
            self.count(objection.rule, "soft");
        }
        for objection in verdict.would_deny() {
            self.count(objection.rule, "would-deny");
        }
    }

    fn count(&self, rule: DoorRule, decision: &'static str) {
        let labels = DecisionLabels { rule: Word(rule.as_str()), decision: Word(decision) };
        self.decisions.get_or_create(&labels).inc();
    }
}

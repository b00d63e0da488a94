//! A depaudit.toml: a file that is refused is refused at a place that it has.
#![no_main]

use std::sync::LazyLock;

use depaudit_auditor::fuzzing::is_within;
use depaudit_auditor::rules;
use depaudit_policy::{KnownRule, Policy, PolicyFile, RuleId, RuleSet};
use libfuzzer_sys::fuzz_target;

static RULES: LazyLock<RuleSet> = LazyLock::new(|| {
    let known = rules::ALL.iter().map(|rule| KnownRule {
        code: RuleId::new(rule.code),
        name: rule.name.into(),
        group: rule.group,
        severity: rule.severity,
        level: rule.level,
    });
    RuleSet::new(known.collect()).expect("no two rules have one name")
});

fuzz_target!(|text: &str| {
    match PolicyFile::parse(text, "depaudit.toml", &RULES) {
        Ok(file) => drop(Policy::combine(vec![file], &RULES)),
        Err(error) => {
            let span = error.place().span;
            assert!(is_within(span, text), "{error} names {span:?}, which the text does not have");
        }
    }
});

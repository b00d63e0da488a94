use depaudit_auditor::rules::Rule;
use depaudit_policy::{Level, Severity};

use super::document::{Configuration, Descriptor, Help, Message, RuleProperties, SarifLevel};
use crate::commands::scan::output::text;

/// What GitHub shows of a description.
const LONGEST: usize = 1_024;

pub(super) fn descriptor(rule: &Rule) -> Descriptor {
    Descriptor {
        id: rule.code,
        name: rule.name,
        short_description: Message { text: text::line(&rule.title(), LONGEST - 1) },
        full_description: Message { text: text::line(&rule.what_it_does(), LONGEST - 1) },
        help: Help { text: rule.documentation, markdown: rule.documentation },
        default_configuration: Configuration {
            enabled: rule.level > Level::Allow,
            level: level(rule.level),
        },
        properties: RuleProperties {
            security_severity: security_severity(rule.severity),
            tags: ["security", "supply-chain", rule.group.as_str()],
        },
    }
}

pub(super) const fn level(level: Level) -> SarifLevel {
    match level {
        Level::Deny => SarifLevel::Error,
        Level::Warn => SarifLevel::Warning,
        Level::Allow => SarifLevel::Note,
    }
}

/// A number in the middle of the range that GitHub gives the same name: above 9.0 is critical,
/// from 7.0 high, from 4.0 medium.
const fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
    }
}

#[cfg(test)]
mod tests {
    use depaudit_auditor::rules;

    use super::*;

    #[test]
    fn every_rule_has_a_heading_of_one_line() {
        for rule in rules::ALL {
            let descriptor = descriptor(rule);
            let (short, full) =
                (descriptor.short_description.text, descriptor.full_description.text);
            assert!((10..=250).contains(&short.chars().count()), "{}: {short}", rule.code);
            assert!(!short.contains('\n') && !short.ends_with('.'), "{}: {short}", rule.code);
            assert!(full.chars().count() <= LONGEST && full.len() >= short.len(), "{full}");
        }
    }
}

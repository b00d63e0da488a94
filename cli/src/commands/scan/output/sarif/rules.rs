use depaudit_auditor::rules::Rule;
use depaudit_policy::{Level, Severity};

use super::document::{Configuration, Descriptor, Help, Message, RuleProperties, SarifLevel};
use crate::commands::scan::output::text;

/// What GitHub shows of a description.
const LONGEST: usize = 1_024;

pub(super) fn descriptor(rule: &Rule) -> Descriptor {
    let what = what_it_does(rule.documentation);
    let sentence = what.split_once(". ").map_or(what.as_str(), |(first, _)| first);
    Descriptor {
        id: rule.code,
        name: rule.name,
        short_description: Message { text: title(sentence) },
        full_description: Message { text: text::line(&what, LONGEST - 1) },
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

/// The first section of a rule's documentation, its lines joined.
fn what_it_does(documentation: &str) -> String {
    let lines = documentation.lines().skip_while(|line| line.starts_with("## "));
    let section = lines.take_while(|line| !line.starts_with("## "));
    section.map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The sentence as a heading: code hosts show it above every alert of the rule.
fn title(sentence: &str) -> String {
    let opening = ["It fires when ", "It fires on "];
    let sentence = opening.iter().find_map(|it| sentence.strip_prefix(it)).unwrap_or(sentence);
    let mut characters = sentence.trim_end_matches('.').chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string());
    text::line(&(first.unwrap_or_default() + characters.as_str()), LONGEST - 1)
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

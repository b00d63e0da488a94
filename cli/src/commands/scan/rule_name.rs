use std::ffi::OsStr;
use std::str::FromStr;

use clap::builder::{PossibleValue, TypedValueParser};
use depaudit_auditor::rules::{self, Rule};
use depaudit_model::terminal::printable;

/// A rule, by the code or the name that the user wrote.
#[derive(Debug, Clone, Copy)]
pub struct RuleName(&'static Rule);

/// There is no such rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no rule `{given}`{hint}")]
pub struct RuleNameError {
    given: String,
    hint: String,
}

/// How alike a name has to be before it is offered, from 0 to 1: clap's own bound for flags.
const ALIKE: f64 = 0.7;

/// How many rules an error offers.
const MOST_OFFERED: usize = 3;

impl RuleName {
    /// The rule.
    #[must_use]
    pub const fn rule(self) -> &'static Rule {
        self.0
    }

    /// Its code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.0.code
    }
}

impl FromStr for RuleName {
    type Err = RuleNameError;

    fn from_str(text: &str) -> Result<Self, RuleNameError> {
        let exact = rules::find(&text.to_ascii_uppercase())
            .or_else(|| rules::find(&text.to_ascii_lowercase()));
        exact.map(Self).ok_or_else(|| {
            // Whatever was pasted here is not repeated at length.
            let given: String = text.chars().take(64).collect();
            RuleNameError { hint: hint(&given), given: printable(&given).to_string() }
        })
    }
}

/// Reads a [`RuleName`], and tells completion scripts which there are. Where it is used, help hides
/// them: there are too many.
#[derive(Debug, Clone, Copy)]
pub struct RuleNameParser;

impl TypedValueParser for RuleNameParser {
    type Value = RuleName;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<RuleName, clap::Error> {
        RuleName::from_str.parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let words = |rule: &&'static Rule| {
            [PossibleValue::new(rule.code).help(rule.name), PossibleValue::new(rule.name)]
        };
        Some(Box::new(rules::ALL.iter().flat_map(words)))
    }
}

/// The rules whose names or codes are nearly what was given.
fn hint(given: &str) -> String {
    let likeness = |word: &str| strsim::jaro_winkler(given, word);
    let mut alike: Vec<_> = rules::ALL
        .iter()
        .map(|rule| (likeness(rule.name).max(likeness(rule.code)), rule))
        .filter(|(likeness, _)| *likeness > ALIKE)
        .collect();
    alike.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let offered = alike.iter().take(MOST_OFFERED);
    let names: Vec<_> = offered.map(|(_, rule)| format!("`{}`", rule.name)).collect();
    match names.as_slice() {
        [] => "; `depaudit rules` lists them".to_owned(),
        _ => format!("; there is {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_known_by_code_and_by_name() {
        for text in ["OVR02", "ovr02", "patch-git-unpinned", "Patch-Git-Unpinned"] {
            assert_eq!(text.parse::<RuleName>().unwrap().code(), "OVR02", "{text}");
        }
    }

    #[test]
    fn a_misspelt_rule_is_refused_and_the_like_are_offered() {
        let error = "patch-git-unpined".parse::<RuleName>().unwrap_err().to_string();
        assert!(error.contains("there is `patch-git-unpinned`"), "{error}");
        let error = "\u{1b}[2Jxyz".parse::<RuleName>().unwrap_err().to_string();
        assert!(error.ends_with("`depaudit rules` lists them"), "{error}");
        assert!(!error.contains('\u{1b}'), "{error}");
    }
}

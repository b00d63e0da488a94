use std::fmt::{self, Write};

use depaudit_model::Timestamp;
use depaudit_model::cargo::CrateName;
use semver::Version;

use super::{DoorVerdict, Objection, Outcome};

/// What a refused download says: Cargo prints the first 512 characters of a body, so it has at
/// most [`Refusal::LONGEST`] of them, and what matters most comes first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(String);

/// What a refusal says beside the verdict.
#[derive(Debug, Clone, Copy)]
pub struct RefusalContext<'a> {
    /// The crate.
    pub name: &'a CrateName,
    /// The version.
    pub version: &'a Version,
    /// The newest version that the team may have; absent when there is none.
    pub newest_allowed: Option<&'a Version>,
    /// Whether nothing but a look into its bytes could still speak against that version. Where the
    /// policy asks for licences or sizes, only a fetched crate tells them.
    pub newest_is_certain: bool,
    /// Since when the policy in force says so.
    pub since: Option<Timestamp>,
    /// Whom to ask.
    pub contact: Option<&'a str>,
}

impl Refusal {
    /// The longest, in characters.
    pub const LONGEST: usize = 500;

    /// The longest reason: the other lines have to fit behind it.
    const LONGEST_REASON: usize = 220;

    /// The text for a verdict; `None` when nothing was blocked.
    #[must_use]
    pub fn of(verdict: &DoorVerdict, context: &RefusalContext<'_>) -> Option<Self> {
        let objection = verdict.decided.as_ref()?;
        Some(Self(compose(verdict.outcome, objection, context)))
    }

    /// The text for a name that is refused whatever the version.
    #[must_use]
    pub fn of_name(name: &CrateName, objection: &Objection, contact: Option<&str>) -> Self {
        let reason = cut(&objection.saw.to_string(), Self::LONGEST_REASON);
        let ask = contact.unwrap_or("whoever runs this proxy");
        let rule = objection.rule;
        let text = format!(
            "depaudit: {name} is blocked by the rule `{rule}`\nwhy: {reason}\n\
             this registry was not asked for it; take it from the registry it is at home in\n\
             {ASK}{ask}"
        );
        Self(cut(&text, Self::LONGEST))
    }

    /// The text: lines of plain text without control characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn compose(outcome: Outcome, objection: &Objection, context: &RefusalContext<'_>) -> String {
    let RefusalContext { name, version, newest_allowed, newest_is_certain, since, contact } =
        context;
    let what = if outcome == Outcome::Hard { "blocked" } else { "held back" };
    let mut text = format!("depaudit: {name} {version} is {what} by the rule `{}`", objection.rule);
    let reason = cut(&objection.saw.to_string(), Refusal::LONGEST_REASON);
    // Writing to a string does not fail.
    let _ = write!(text, "\nwhy: {reason}");
    if let Some(until) = objection.until {
        let _ = write!(text, "\nuntil: {until}");
    } else if let Some(since) = since {
        let _ = write!(text, "\nsince: {since}");
    }
    match newest_allowed {
        Some(newest) if *newest_is_certain => {
            let _ = write!(text, "\nnewest allowed version: {newest}");
        }
        Some(newest) => {
            let _ = write!(text, "\nnewest version not known to be blocked: {newest}");
        }
        None => text.push_str("\nno version is allowed"),
    }
    let ask = contact.unwrap_or("whoever runs this proxy");
    let left = Refusal::LONGEST.saturating_sub(text.chars().count() + ASK.len() + 1);
    let _ = write!(text, "\n{ASK}{}", cut(ask, left));
    cut(&text, Refusal::LONGEST)
}

const ASK: &str = "for a waiver, ask ";

/// At most so many characters, with an ellipsis where something is left out.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut kept: String = text.chars().take(most.saturating_sub(1)).collect();
    kept.push('…');
    kept
}

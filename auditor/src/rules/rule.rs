use std::fmt;

use depaudit_policy::{Level, Severity};

use super::{Group, Sink};
use crate::audit::{AuditedTeam, TeamView, World};

/// A rule: its data, its documentation and its check.
pub struct Rule {
    /// The code that machines keep: `OVR01`. It never changes.
    pub code: &'static str,
    /// The name that people write: `patch-path-outside-workspace`.
    pub name: &'static str,
    /// What it is about.
    pub group: Group,
    /// How bad its findings are.
    pub severity: Severity,
    /// What happens without a policy.
    pub level: Level,
    /// One text for the terminal, the web pages, SARIF and the book, in Markdown, with the
    /// [sections](Self::SECTIONS) that every rule has.
    pub documentation: &'static str,
    /// How it finds what it finds.
    pub(crate) check: Check,
}

/// What a rule looks at.
pub(crate) enum Check {
    /// The files of one team.
    Team(fn(&TeamView<'_>, &mut Sink<'_>)),
    /// What is left of all teams: their records and locks. Runs for one team, too.
    Teams(fn(&[AuditedTeam], World<'_>, &mut Sink<'_>)),
    /// The policy itself, once all other rules have run.
    Policy,
}

impl Rule {
    /// The headings of every rule's documentation, in order.
    pub const SECTIONS: [&'static str; 5] = [
        "## What it does",
        "## Why it is bad",
        "## Example",
        "## How to fix it",
        "## When it is a false positive",
    ];
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.name)
    }
}

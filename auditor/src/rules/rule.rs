use std::fmt;

use depaudit_policy::{Level, Severity};

use super::{Group, Sink};
use crate::audit::{Across, AuditedTeam, TeamView, World};

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
    /// What all teams lock, side by side. Runs for one team, too.
    Locks(fn(&Across<'_>, World<'_>, &mut Sink<'_>)),
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

    /// The first section of its documentation as running text in Markdown: what it does.
    #[must_use]
    pub fn what_it_does(&self) -> String {
        let lines = self.documentation.lines().skip_while(|line| line.starts_with("## "));
        let section = lines.take_while(|line| !line.starts_with("## "));
        section.map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// The first sentence of that as a heading, for code hosts and for a table of rules: `A build
    /// does not heed its lock`.
    #[must_use]
    pub fn title(&self) -> String {
        let what = self.what_it_does();
        // A full stop that ends no sentence, as behind `e.g.`, is followed by a small letter.
        let begins = |rest: &str| rest.starts_with(|it: char| it.is_uppercase() || it == '`');
        let mut ends = what.match_indices(". ").map(|(at, stop)| what.split_at(at + stop.len()));
        let sentence = ends.find(|(_, rest)| begins(rest)).map_or(what.as_str(), |(it, _)| it);
        let openings = ["It fires when ", "It fires where ", "It fires on "];
        let sentence = openings.iter().find_map(|it| sentence.strip_prefix(it)).unwrap_or(sentence);
        let mut characters = sentence.trim_end().trim_end_matches('.').chars();
        let first = characters.next().map(|first| first.to_uppercase().to_string());
        first.unwrap_or_default() + characters.as_str()
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.name)
    }
}

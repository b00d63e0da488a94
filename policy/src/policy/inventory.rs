use std::fmt::Display;

use super::{Policy, law, limits};
use crate::levels::LevelLine;
use crate::{KnownRule, Level, Place, Placed, PolicyFile, Scope, Setting, Subject};

/// A line that sets a level for a rule, and what became of it.
#[derive(Debug, Clone, Copy)]
pub struct Considered<'p> {
    /// What the line speaks of.
    pub scope: &'p Scope,
    /// The level that it sets.
    pub level: Level,
    /// Where it stands.
    pub place: &'p Place,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It decides.
    Decides,
    /// It is about other packages or another team.
    Elsewhere,
    /// A more specific line of its own file, or a stricter one that is as specific, is taken.
    LessSpecific,
    /// A later file is stricter.
    Tightened,
    /// An earlier file is as strict or stricter, and stands.
    Outranked,
}

impl Outcome {
    /// The same as the end of a sentence about the line.
    #[must_use]
    pub const fn why(self) -> &'static str {
        match self {
            Self::Decides => "decides",
            Self::Elsewhere => "is about other packages or another team",
            Self::LessSpecific => "gives way to a more specific line of the same file",
            Self::Tightened => "gives way to a stricter line of a later file",
            Self::Outranked => "loosens nothing: an earlier file stands",
        }
    }
}

/// A list of one file.
#[derive(Debug, Clone)]
pub struct Listed<'p> {
    /// The key, as it is written.
    pub key: &'static str,
    /// The entries, each with its line.
    pub entries: Vec<(String, &'p Place)>,
}

/// A value that a policy may set, by its key; `None` where nothing is set and nothing holds.
pub type Limited = (&'static str, Option<Setting<u16>>);

impl Policy {
    /// Every line that sets a level, those of the central file first.
    pub fn level_lines(&self) -> impl Iterator<Item = (&Scope, Level, &Place)> {
        let lines = self.files.iter().flat_map(in_order);
        lines.map(|line| (&line.scope, line.level, &line.place))
    }

    /// Every line that speaks of a rule, and what becomes of it for a subject.
    #[must_use]
    pub fn explain(&self, rule: &KnownRule, subject: &Subject<'_>) -> Vec<Considered<'_>> {
        let by_file = |file| crate::levels::Levels::deciding(file, rule, subject);
        let spoken = self.files.iter().enumerate();
        let spoken = spoken.filter_map(|(at, file)| Some((at, by_file(&file.levels)?)));
        let stands = law::stands(spoken, |new, old| new.1.level > old.1.level);
        let mut considered = Vec::new();
        for (at, file) in self.files.iter().enumerate() {
            let taken = by_file(&file.levels);
            let about = |line: &&LevelLine| line.scope.speaks_of(rule);
            for line in in_order(file).into_iter().filter(about) {
                let is_taken = taken.is_some_and(|taken| std::ptr::eq(taken, line));
                let outcome = match stands {
                    _ if !line.scope.matches(rule, subject) => Outcome::Elsewhere,
                    _ if !is_taken => Outcome::LessSpecific,
                    Some((standing, _)) if standing == at => Outcome::Decides,
                    Some((standing, _)) if standing > at => Outcome::Tightened,
                    _ => Outcome::Outranked,
                };
                let (scope, place) = (&line.scope, &line.place);
                considered.push(Considered { scope, level: line.level, place, outcome });
            }
        }
        considered
    }

    /// Every list that a file has, those of the central file first. Of the lists of approved
    /// things, each has to approve; the others add up.
    #[must_use]
    pub fn lists(&self) -> Vec<Listed<'_>> {
        fn entries<T: Display>(list: &[Placed<T>]) -> Vec<(String, &Place)> {
            list.iter().map(|entry| (entry.value.to_string(), &entry.place)).collect()
        }
        let mut lists = Vec::new();
        for file in &self.files {
            let (approved, drift) = (&file.approved, &file.drift);
            let registries = approved.registries.as_ref().map(|list| entries(&list.value));
            let proxies = approved.proxies.as_ref().map(|list| entries(&list.value));
            let hosts = approved.git_hosts.as_ref().map(|list| entries(&list.value));
            let some = |list: Vec<_>| (!list.is_empty()).then_some(list);
            lists.extend([
                ("approved.registries", registries),
                ("approved.proxies", proxies),
                ("approved.git-hosts", hosts),
                ("drift.one-version", some(entries(&drift.one_version))),
                ("internal-packages", some(entries(&file.internal_packages))),
            ]);
        }
        let there = lists.into_iter();
        there.filter_map(|(key, entries)| Some(Listed { key, entries: entries? })).collect()
    }

    /// Every number in force, by its key.
    #[must_use]
    pub fn limits(&self) -> Vec<Limited> {
        vec![
            (limits::MINIMUM_AGE.key, self.minimum_age()),
            (limits::MISSED_PATCH.key, Some(self.missed_patch())),
            (limits::LIBYEAR_BUDGET.key, self.libyear_budget()),
            (limits::LONGEST_WAIVER.key, Some(self.longest_waiver())),
        ]
    }
}

/// The lines of a file that set levels, as they stand in it.
fn in_order(file: &PolicyFile) -> Vec<&LevelLine> {
    let mut lines: Vec<_> = file.levels.0.iter().collect();
    lines.sort_by_key(|line| line.place.span);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{central_and_local, rule};

    fn outcomes(central: &str, local: &str, package: &str) -> Vec<(u32, Outcome)> {
        let policy = central_and_local(central, local);
        let subject = Subject { package: Some(package), ..Subject::default() };
        let rule = rule("OVR02");
        let decided = policy.level_of(&rule, &subject);
        let considered = policy.explain(&rule, &subject);
        let deciding = considered.iter().find(|it| it.outcome == Outcome::Decides);
        assert_eq!(deciding.map(|it| it.place), decided.because.place());
        considered.iter().map(|it| (it.place.span.line, it.outcome)).collect()
    }

    #[test]
    fn every_line_about_a_rule_is_explained_and_one_decides() {
        let central = "[levels]\noverride = 'warn'\nOVR02 = 'warn'\nLCK07 = 'deny'\n";
        let local = "[[level]]\nrule = 'OVR02'\npackage = 'a*'\nlevel = 'deny'\n";
        assert_eq!(
            outcomes(central, local, "aws"),
            [(2, Outcome::LessSpecific), (3, Outcome::Tightened), (4, Outcome::Decides)]
        );
        assert_eq!(
            outcomes(central, local, "serde"),
            [(2, Outcome::LessSpecific), (3, Outcome::Decides), (4, Outcome::Elsewhere)]
        );
        assert_eq!(
            outcomes(central, "[levels]\nOVR02 = 'allow'\n", "serde")[2],
            (2, Outcome::Outranked)
        );
    }

    #[test]
    fn lists_and_numbers_are_told_with_their_lines() {
        let policy = central_and_local(
            "[approved]\nregistries = ['crates-io']\n",
            "internal-packages = ['pay-*']\n[drift]\nminimum-age-days = 3\n",
        );
        let lists: Vec<_> =
            policy.lists().into_iter().map(|it| (it.key, it.entries.len())).collect();
        assert_eq!(lists, [("approved.registries", 1), ("internal-packages", 1)]);
        let limits = policy.limits();
        assert_eq!(limits.iter().filter(|(_, limit)| limit.is_some()).count(), 3);
        assert_eq!(policy.level_lines().count(), 1, "the guard of POL01 itself");
    }
}

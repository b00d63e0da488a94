//! What the policy files of a repository come to, together.

mod approvals;
mod inventory;
mod law;
mod limits;
mod weakening;

pub use inventory::{Considered, Limited, Listed, Outcome};
pub use weakening::Weakening;

use crate::levels::LevelLine;
use crate::scope::Scope;
use crate::{
    Because, Day, Declaration, Declared, FindingKey, KnownRule, Level, POLICY_WEAKENED,
    PackageGlob, Place, Placed, PolicyFile, RuleSet, Span, Subject, Waiver, WaiverDefect,
    WaiverUse,
};
use limits::Limit;

/// The policy in force: a central file, the repository's own, or both, or none.
///
/// **The monotonic law.** Of the files, the central one comes first. What it says stands; a later
/// file may tighten it, and never loosen it: each attempt is a [`Weakening`], and the central
/// value stands nevertheless. Where the central file is silent, the later one is free. Tighter is:
/// a higher level; a larger minimum age; fewer days for a missed patch, a smaller libyear budget,
/// shorter waivers; fewer approved registries, proxies and git places; more packages at one
/// version, more internal ones. Declarations and waivers are the repository's business: they are
/// no loosening, because they have an owner and an end.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    files: Vec<PolicyFile>,
    weakenings: Vec<Weakening>,
}

/// The level of a rule for a subject, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The level.
    pub level: Level,
    /// The line that decided. [`Because::Default`]: no file speaks of it, so that a rule that has
    /// a level of its own for some findings may use it.
    pub because: Because,
    /// What that line speaks of.
    pub scope: Option<Scope>,
}

/// A value that a policy may set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// The line that set it.
    pub because: Because,
}

impl Policy {
    /// After how many days a newer compatible patch release counts as missed, without a policy.
    pub const MISSED_PATCH_DAYS: u16 = 14;

    /// How many days a waiver may last, without a policy.
    pub const LONGEST_WAIVER: u16 = 180;

    /// Joins the files: the central one first, the repository's own last. No files are the
    /// defaults.
    #[must_use]
    pub fn combine(mut files: Vec<PolicyFile>, rules: &RuleSet) -> Self {
        if let [central, _, ..] = files.as_mut_slice()
            && let Some(guard) = rules.iter().find(|rule| rule.code == POLICY_WEAKENED)
        {
            keep_guarded(central, guard);
        }
        let weakenings = weakening::find(&files);
        Self { files, weakenings }
    }

    /// The files, the central one first.
    #[must_use]
    pub fn files(&self) -> &[PolicyFile] {
        &self.files
    }

    /// Each attempt of a file to loosen an earlier one: what
    /// [`POLICY_WEAKENED`] reports.
    #[must_use]
    pub fn weakenings(&self) -> &[Weakening] {
        &self.weakenings
    }

    /// The level of a rule for a subject.
    ///
    /// Within a file the most specific line decides: rule with package and team, rule with
    /// package, rule with team, rule, group; of equally specific lines the strictest. Of the
    /// files, the first that speaks decides, and a later one only for more. Where none speaks,
    /// the rule's default holds.
    #[must_use]
    pub fn level_of(&self, rule: &KnownRule, subject: &Subject<'_>) -> Decided {
        let lines = self.files.iter().filter_map(|file| file.levels.deciding(rule, subject));
        match law::stands(lines, |new, old| new.level > old.level) {
            Some(line) => Decided {
                level: line.level,
                because: Because::Line(line.place.clone()),
                scope: Some(line.scope.clone()),
            },
            None => Decided { level: rule.level, because: Because::Default, scope: None },
        }
    }

    /// What waivers make of a finding; `None` when none is about it.
    #[must_use]
    pub fn waived(&self, finding: &FindingKey<'_>, today: Day) -> Option<WaiverUse<'_>> {
        Waiver::best(self.waivers(), finding, today)
    }

    /// What is wrong with waivers, whatever was found.
    #[must_use]
    pub fn waiver_defects(&self, today: Day) -> Vec<WaiverDefect<'_>> {
        let most = self.longest_waiver().value;
        self.waivers().flat_map(|waiver| waiver.defects(most, today)).collect()
    }

    /// The waivers of the repository's own file that are about none of these findings: all of one
    /// scan. A central file's waivers are for other repositories, too, so nothing is said of them.
    #[must_use]
    pub fn unused_waivers(&self, findings: &[FindingKey<'_>]) -> Vec<&Waiver> {
        let own = self.files.last().into_iter().flat_map(|file| &file.waivers);
        own.filter(|waiver| !findings.iter().any(|finding| waiver.is_about(finding))).collect()
    }

    /// Every waiver, those of the central file first.
    pub fn waivers(&self) -> impl Iterator<Item = &Waiver> {
        self.files.iter().flat_map(|file| &file.waivers)
    }

    /// Every declaration, those of the central file first.
    pub fn declarations(&self) -> impl Iterator<Item = &Declaration> {
        self.files.iter().flat_map(|file| &file.declarations)
    }

    /// Whether the override of a package by what comes from `source` is declared. `source` is an
    /// address or a folder as the manifest writes it.
    #[must_use]
    pub fn declared(&self, package: &str, source: &str, today: Day) -> Declared<'_> {
        Declared::best(self.declarations(), package, source, today)
    }

    /// The line that asks for one version of this package everywhere.
    #[must_use]
    pub fn one_version(&self, package: &str) -> Option<&Place> {
        let globs = self.files.iter().flat_map(|file| &file.drift.one_version);
        place_of(globs, package)
    }

    /// The line that says that this package is internal: its name must not be one that anybody
    /// can publish.
    #[must_use]
    pub fn internal(&self, package: &str) -> Option<&Place> {
        let globs = self.files.iter().flat_map(|file| &file.internal_packages);
        place_of(globs, package)
    }

    /// How many days a release has to be public before it is used; `None` where no policy asks
    /// for any.
    #[must_use]
    pub fn minimum_age(&self) -> Option<Setting<u16>> {
        self.setting(&limits::MINIMUM_AGE)
    }

    /// After how many days a newer compatible patch release counts as missed.
    #[must_use]
    pub fn missed_patch(&self) -> Setting<u16> {
        let default = Setting { value: Self::MISSED_PATCH_DAYS, because: Because::Default };
        self.setting(&limits::MISSED_PATCH).unwrap_or(default)
    }

    /// How many libyears the dependencies of a workspace may lag behind, together; `None` where no
    /// policy says.
    #[must_use]
    pub fn libyear_budget(&self) -> Option<Setting<u16>> {
        self.setting(&limits::LIBYEAR_BUDGET)
    }

    /// How many days a waiver may last.
    #[must_use]
    pub fn longest_waiver(&self) -> Setting<u16> {
        let default = Setting { value: Self::LONGEST_WAIVER, because: Because::Default };
        self.setting(&limits::LONGEST_WAIVER).unwrap_or(default)
    }

    fn setting(&self, limit: &Limit) -> Option<Setting<u16>> {
        let set = self.files.iter().filter_map(limit.set_by);
        let set = law::stands(set, |new, old| (limit.tighter)(new.value, old.value))?;
        Some(Setting { value: set.value, because: Because::Line(set.place.clone()) })
    }
}

/// Where the first of these patterns that matches stands.
fn place_of<'p>(
    mut globs: impl Iterator<Item = &'p Placed<PackageGlob>>,
    package: &str,
) -> Option<&'p Place> {
    globs.find(|glob| glob.value.matches(package)).map(|glob| &glob.place)
}

/// A central policy that is silent about the rule that guards it means its default: otherwise a
/// repository could lower that rule before it lowers the others.
fn keep_guarded(central: &mut PolicyFile, guard: &KnownRule) {
    if central.levels.deciding(guard, &Subject::default()).is_none() {
        let (rule, group) = (guard.code.clone(), guard.group);
        let scope = Scope::Rule { rule, group, package: None, team: None };
        let place = Place { file: central.origin.clone(), span: Span::START };
        central.levels.0.push(LevelLine { scope, level: guard.level, place });
    }
}

#[cfg(test)]
mod tests;

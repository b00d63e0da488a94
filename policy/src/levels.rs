use crate::{Group, KnownRule, Level, PackageGlob, Phrase, Place, RuleId, Subject};

/// What a line that sets a level speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Every rule of a group.
    Group(Group),
    /// One rule, perhaps for some packages or one team alone.
    Rule { rule: RuleId, group: Group, package: Option<PackageGlob>, team: Option<Phrase> },
}

impl Scope {
    /// How specific it is; the highest decides.
    const fn rank(&self) -> u8 {
        match self {
            Self::Group(_) => 0,
            Self::Rule { package: None, team: None, .. } => 1,
            Self::Rule { package: None, team: Some(_), .. } => 2,
            Self::Rule { package: Some(_), team: None, .. } => 3,
            Self::Rule { package: Some(_), team: Some(_), .. } => 4,
        }
    }

    fn matches(&self, asked: &KnownRule, subject: &Subject<'_>) -> bool {
        match self {
            Self::Group(group) => *group == asked.group,
            Self::Rule { rule, package, team, .. } => {
                let package_is = |glob: &PackageGlob| {
                    subject.package.is_some_and(|package| glob.matches(package))
                };
                *rule == asked.code
                    && package.as_ref().is_none_or(package_is)
                    && team.as_ref().is_none_or(|team| subject.team == Some(team.as_str()))
            }
        }
    }

    /// Whether it matches everything that `other` matches.
    fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Group(one), Self::Group(group) | Self::Rule { group, .. }) => one == group,
            (Self::Rule { .. }, Self::Group(_)) => false,
            (
                Self::Rule { rule, package, team, .. },
                Self::Rule { rule: other_rule, package: other_package, team: other_team, .. },
            ) => {
                let package_covers = match (package, other_package) {
                    (None, _) => true,
                    (Some(_), None) => false,
                    (Some(one), Some(other)) => one.covers(other),
                };
                rule == other_rule && package_covers && (team.is_none() || team == other_team)
            }
        }
    }

    /// Whether something is matched by both.
    fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Group(one), Self::Group(group) | Self::Rule { group, .. })
            | (Self::Rule { group: one, .. }, Self::Group(group)) => one == group,
            (
                Self::Rule { rule, package, team, .. },
                Self::Rule { rule: other_rule, package: other_package, team: other_team, .. },
            ) => {
                let packages_meet = match (package, other_package) {
                    (Some(one), Some(other)) => one.overlaps(other),
                    _ => true,
                };
                let teams_meet = team.is_none() || other_team.is_none() || team == other_team;
                rule == other_rule && packages_meet && teams_meet
            }
        }
    }
}

/// A line that sets a level.
#[derive(Debug, Clone)]
pub(crate) struct LevelLine {
    pub(crate) scope: Scope,
    pub(crate) level: Level,
    pub(crate) place: Place,
}

/// The lines of one file that set levels.
#[derive(Debug, Clone, Default)]
pub(crate) struct Levels(pub(crate) Vec<LevelLine>);

impl Levels {
    /// The line that decides: the most specific, and of equally specific ones the strictest.
    pub(crate) fn deciding(&self, rule: &KnownRule, subject: &Subject<'_>) -> Option<&LevelLine> {
        let matching = self.0.iter().filter(|line| line.scope.matches(rule, subject));
        matching.max_by_key(|line| (line.scope.rank(), line.level))
    }

    /// Pairs of a line here and a line of `later` that would decide for less where this one
    /// decides.
    ///
    /// A line is left out where a more specific one of its own file takes its place wherever the
    /// two meet. Where that is so only for a part, the pair is named: one line of policy should
    /// not need another to be harmless.
    pub(crate) fn loosened_by<'a>(
        &'a self,
        later: &'a Self,
    ) -> impl Iterator<Item = (&'a LevelLine, &'a LevelLine)> {
        let pairs = self.0.iter().flat_map(|here| later.0.iter().map(move |there| (here, there)));
        pairs.filter(|(here, there)| {
            let replaced_here = self.0.iter().any(|line| {
                line.scope.rank() > here.scope.rank() && line.scope.covers(&there.scope)
            });
            let made_good_there = later.0.iter().any(|line| {
                line.scope.rank() > there.scope.rank()
                    && line.level >= here.level
                    && line.scope.covers(&here.scope)
            });
            there.level < here.level
                && here.scope.overlaps(&there.scope)
                && !replaced_here
                && !made_good_there
        })
    }
}

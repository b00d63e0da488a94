use std::fmt;

use crate::{Group, KnownRule, PackageGlob, Phrase, RuleId, Subject};

/// What a line that sets a level speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Every rule of a group.
    Group(Group),
    /// One rule, perhaps for some packages or one team alone.
    Rule {
        /// The rule.
        rule: RuleId,
        /// The group to which it belongs.
        group: Group,
        /// Only for these packages.
        package: Option<PackageGlob>,
        /// Only for this team.
        team: Option<Phrase>,
    },
}

impl Scope {
    /// How specific it is; the highest decides.
    pub(crate) const fn rank(&self) -> u8 {
        match self {
            Self::Group(_) => 0,
            Self::Rule { package: None, team: None, .. } => 1,
            Self::Rule { package: None, team: Some(_), .. } => 2,
            Self::Rule { package: Some(_), team: None, .. } => 3,
            Self::Rule { package: Some(_), team: Some(_), .. } => 4,
        }
    }

    /// Whether it is about the rule, whatever the subject.
    #[must_use]
    pub fn speaks_of(&self, asked: &KnownRule) -> bool {
        match self {
            Self::Group(group) => *group == asked.group,
            Self::Rule { rule, .. } => *rule == asked.code,
        }
    }

    pub(crate) fn matches(&self, asked: &KnownRule, subject: &Subject<'_>) -> bool {
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
    pub(crate) fn covers(&self, other: &Self) -> bool {
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
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
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

/// `the rule OVR02 for packages aws-* of the team payments`.
impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rule, package, team) = match self {
            Self::Group(group) => return write!(f, "the group {group}"),
            Self::Rule { rule, package, team, .. } => (rule, package, team),
        };
        write!(f, "the rule {rule}")?;
        if let Some(package) = package {
            write!(f, " for packages {package}")?;
        }
        team.as_ref().map_or(Ok(()), |team| write!(f, " of the team {team}"))
    }
}

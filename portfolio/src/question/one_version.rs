use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use depaudit_model::TeamId;
use depaudit_policy::Policy;
use semver::Version;
use serde::Serialize;
use utoipa::ToSchema;

use super::spread::{by_downloads, received};
use crate::Portfolio;
use crate::report::PackageName;

/// A crate that a policy wants at one version, and that stands at several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OneVersionViolation {
    /// The crate.
    #[schema(value_type = String)]
    pub name: PackageName,
    /// The line of the policy that asks for one version.
    pub asked_by: String,
    /// How many teams lock it.
    pub teams: usize,
    /// The versions, the newest first, each with its teams.
    #[schema(value_type = Vec<(String, Vec<String>)>)]
    pub versions: Vec<(Version, BTreeSet<TeamId>)>,
    /// Those of the teams that have never reported: they downloaded it, and what they lock is not
    /// known.
    #[schema(value_type = Vec<String>)]
    pub by_downloads: BTreeSet<TeamId>,
}

/// Every crate on the one-version list that is locked at more than one version, by all teams
/// together or by one alone. The folder in which a crate is developed does not count; one that an
/// override puts in its place does (rule DRF01).
#[must_use]
pub fn one_version_violations(portfolio: &Portfolio, policy: &Policy) -> Vec<OneVersionViolation> {
    let mut found = Vec::new();
    for (name, same_name) in portfolio.names() {
        let Some(asked) = policy.one_version(name.as_str()) else { continue };
        let mut versions = BTreeMap::<&Version, BTreeSet<TeamId>>::new();
        let mut teams = BTreeSet::new();
        let counting = |package: &&crate::Locked<'_>| {
            !package.package.is_own_folder() && !package.package.replaced
        };
        for locked in same_name.iter().filter(counting) {
            versions.entry(&locked.package.version).or_default().insert(locked.origin.team.clone());
            teams.insert(&locked.origin.team);
        }
        if versions.len() > 1 {
            found.push(OneVersionViolation {
                name: name.clone(),
                asked_by: asked.to_string(),
                teams: teams.len(),
                by_downloads: by_downloads(teams.iter().copied(), &received(&same_name)),
                versions: versions.into_iter().rev().map(|(it, by)| (it.clone(), by)).collect(),
            });
        }
    }
    found.sort_by_key(|it| Reverse((it.versions.len(), it.teams)));
    found
}

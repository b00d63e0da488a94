use std::collections::{BTreeMap, BTreeSet};

use depaudit_model::TeamId;
use semver::Version;
use serde::Serialize;
use utoipa::ToSchema;

use super::spread::{VersionSpread, by_downloads, received, versions};
use crate::report::{PackageName, SourceKind};
use crate::{Locked, Portfolio};

/// One name and version that is not the same bytes for all teams.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SplitIdentity {
    /// The package.
    #[schema(value_type = String)]
    pub name: PackageName,
    /// Its version.
    #[schema(value_type = String)]
    pub version: Version,
    /// Why, the worst first. Never empty.
    pub causes: Vec<SplitCause>,
    /// How many teams lock it.
    pub teams: usize,
    /// What it is, for whom.
    pub identities: Vec<HeldIdentity>,
}

impl SplitIdentity {
    /// Whether nothing but a name in common is known: folders of several teams, which are probably not
    /// the same package. What is counted for a headline leaves these out.
    #[must_use]
    pub fn is_name_alone(&self) -> bool {
        self.causes.iter().all(|cause| *cause == SplitCause::Folders)
    }

    /// The teams that have any of the identities.
    #[must_use]
    pub fn having(&self) -> BTreeSet<&TeamId> {
        self.identities.iter().flat_map(|held| &held.teams).collect()
    }
}

/// How an identity can be split, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SplitCause {
    /// Two checksums of one registry's release.
    Checksum,
    /// A folder is built in the place of what the lock names.
    StandIn,
    /// One team takes it from a registry, another from git or a folder.
    Kind,
    /// From git repositories of different URLs.
    GitUrl,
    /// From one git repository at different commits.
    GitCommit,
    /// From folders of several teams: the same name, probably not the same package.
    Folders,
}

impl SplitCause {
    /// The written form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Checksum => "checksum",
            Self::StandIn => "stand-in",
            Self::Kind => "kind",
            Self::GitUrl => "git-url",
            Self::GitCommit => "git-commit",
            Self::Folders => "folders",
        }
    }
}

/// One of the identities of a name and version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct HeldIdentity {
    /// The kind of source that locks name.
    #[schema(value_type = String)]
    pub kind: SourceKind,
    /// The identity, in words.
    pub identity: String,
    /// Who has it.
    #[schema(value_type = Vec<String>)]
    pub teams: BTreeSet<TeamId>,
    /// Those of them that have never reported: they downloaded it, and what they lock is not known.
    #[schema(value_type = Vec<String>)]
    pub by_downloads: BTreeSet<TeamId>,
}

/// Every name and version with more than one identity.
#[must_use]
pub fn split_identities(portfolio: &Portfolio) -> Vec<SplitIdentity> {
    let mut found = Vec::new();
    for (name, same_name) in portfolio.names() {
        for same in versions(&same_name) {
            let spread = VersionSpread::of(same);
            let causes = spread.causes();
            if let (Some(first), false) = (same.first(), causes.is_empty()) {
                found.push(SplitIdentity {
                    name: name.clone(),
                    version: first.package.version.clone(),
                    causes,
                    teams: spread.teams.len(),
                    identities: identities(same),
                });
            }
        }
    }
    // Stable: what is equally bad stays in the order of names.
    found.sort_by(|a, b| a.causes.first().cmp(&b.causes.first()).then(b.teams.cmp(&a.teams)));
    found
}

fn identities(same: &[Locked<'_>]) -> Vec<HeldIdentity> {
    let mut held = BTreeMap::<_, BTreeSet<TeamId>>::new();
    for it in same {
        let key = (it.package.source.kind(), it.identity());
        held.entry(key).or_default().insert(it.origin.team.clone());
    }
    let received = received(same);
    held.into_iter()
        .map(|((kind, identity), teams)| {
            let by_downloads = by_downloads(&teams, &received);
            HeldIdentity { kind, identity, teams, by_downloads }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Drawn, portfolio};

    #[test]
    fn three_teams_build_one_version_of_which_no_two_have_the_same_bytes() {
        let portfolio = portfolio([
            ("payments", Drawn::new("pay").stand_in("shared", "1.2.0", "../shared")),
            ("search", Drawn::new("find").checked("shared", "1.2.0", "rebuilt")),
            ("web", Drawn::new("site").checked("shared", "1.2.0", "released")),
        ]);
        let found = split_identities(&portfolio);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].causes, [SplitCause::Checksum, SplitCause::Kind]);
        assert_eq!((found[0].teams, found[0].identities.len()), (3, 3));
        assert!(found[0].identities[2].identity.ends_with("../shared of payments/pay"));
    }

    #[test]
    fn paths_in_configuration_split_what_the_locks_show_as_one() {
        let mut overridden = Drawn::new("pay").checked("shared", "1.2.0", "released");
        overridden.packages[0].stand_in = Some("vendor/shared".parse().unwrap());
        let released = Drawn::new("site").checked("shared", "1.2.0", "released");
        let portfolio = portfolio([("payments", overridden), ("web", released)]);
        assert_eq!(split_identities(&portfolio)[0].causes, [SplitCause::StandIn]);
        assert_eq!(crate::question::across(&portfolio).same_version.kind, 0);
    }

    #[test]
    fn one_identity_for_all_is_no_split() {
        let drawn = || Drawn::new("shop").checked("shared", "1.2.0", "released");
        assert_eq!(split_identities(&portfolio([("payments", drawn()), ("web", drawn())])), []);
    }
}

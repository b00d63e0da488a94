use std::collections::{BTreeSet, HashMap};

use depaudit_model::{Checksum, TeamId};
use semver::Version;
use serde::Serialize;
use utoipa::ToSchema;

use crate::report::{Package, PackageName, Repository, Source};
use crate::{Locked, Portfolio};

/// How far a team has moved from one release of a crate to another, by what its repositories report. A
/// record of downloads knows teams alone, and what one repository receives is not what all of them build.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Moved {
    /// Whether the team has reported at all.
    pub reported: bool,
    /// The repositories that lock the other release, and the old one no more.
    #[schema(value_type = Vec<String>)]
    pub moved: BTreeSet<Repository>,
    /// Those that still lock the old one.
    #[schema(value_type = Vec<String>)]
    pub still: BTreeSet<Repository>,
}

impl Moved {
    /// Whether all of the team has moved, as far as it reports.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        !self.moved.is_empty() && self.still.is_empty()
    }
}

/// What the locks of a portfolio hold of one crate, by team and version: made once, however many
/// downloads are held against it.
#[derive(Debug)]
pub struct Moves<'a> {
    reported: BTreeSet<&'a TeamId>,
    locked: HashMap<(&'a TeamId, &'a Version), Vec<Locked<'a>>>,
}

impl<'a> Moves<'a> {
    /// What is locked under a name. What comes from git or a folder is left out: it is no download.
    #[must_use]
    pub fn of(portfolio: &'a Portfolio, name: &PackageName) -> Self {
        let reported = portfolio.reports().iter().map(|report| &report.origin.team).collect();
        let mut locked = HashMap::<_, Vec<_>>::new();
        if let Some(name) = portfolio.spelling_of(name).cloned() {
            for it in portfolio.named(&name).filter(|it| is_from_registry(it.package)) {
                locked.entry((&it.origin.team, &it.package.version)).or_default().push(it);
            }
        }
        Self { reported, locked }
    }

    /// Whether a team's locks followed a download: from a version to other bytes, of the same version or
    /// another.
    #[must_use]
    pub fn moved(&self, team: &TeamId, from: &Version, to: (&Version, &Checksum)) -> Moved {
        let locked = |version| self.locked.get(&(team, version)).into_iter().flatten();
        let may_be_bytes = |it: &&Locked<'_>| it.package.checksum.is_none_or(|sum| sum == *to.1);
        let repository = |it: &Locked<'_>| it.origin.repository.clone();
        let is_same = from == to.0;
        let still = locked(from).filter(|it| !is_same || !may_be_bytes(it));
        let still: BTreeSet<_> = still.map(repository).collect();
        let moved = locked(to.0).filter(may_be_bytes).map(repository);
        let moved = moved.filter(|repository| !still.contains(repository)).collect();
        Moved { reported: self.reported.contains(team), moved, still }
    }
}

const fn is_from_registry(package: &Package) -> bool {
    matches!(package.source, Source::CratesIo | Source::Registry(_))
        && package.stand_in.is_none()
        && !package.replaced
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Drawn, portfolio, report};

    #[test]
    fn one_repository_moved_and_the_other_did_not_and_a_fork_is_neither() {
        let portfolio = Portfolio::new(
            [
                ("payments", Drawn::new("shop").checked("shared", "1.3.0", "new")),
                ("payments", Drawn::new("billing").checked("shared", "1.2.0", "old")),
                ("payments", Drawn::new("fork").git("shared", "1.2.0", "https://git.example/s")),
                ("web", Drawn::new("site").checked("shared", "1.3.0", "new")),
            ]
            .map(|(team, drawn)| std::sync::Arc::new(report(team, drawn))),
        );
        let of = |team: &str| {
            let new = Checksum::of(b"new");
            let (team, name) = (team.parse().unwrap(), "shared".parse().unwrap());
            Moves::of(&portfolio, &name).moved(
                &team,
                &Version::new(1, 2, 0),
                (&Version::new(1, 3, 0), &new),
            )
        };
        let names = |all: &BTreeSet<Repository>| {
            all.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        let payments = of("payments");
        assert_eq!(
            (names(&payments.moved), names(&payments.still)),
            ("shop".into(), "billing".into())
        );
        assert!(payments.reported && !payments.is_whole());
        assert!(of("web").is_whole());
        assert_eq!(of("search"), Moved::default());
    }

    #[test]
    fn other_bytes_of_the_same_version_are_told_by_their_checksum() {
        let portfolio = portfolio([
            ("payments", Drawn::new("shop").checked("shared", "1.2.0", "new")),
            ("web", Drawn::new("site").checked("shared", "1.2.0", "old")),
        ]);
        let is_whole = |team: &str| {
            let (version, new) = (Version::new(1, 2, 0), Checksum::of(b"new"));
            let (team, name) = (team.parse().unwrap(), "shared".parse().unwrap());
            Moves::of(&portfolio, &name).moved(&team, &version, (&version, &new)).is_whole()
        };
        assert!(is_whole("payments") && !is_whole("web"));
    }
}

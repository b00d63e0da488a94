use std::collections::BTreeSet;

use depaudit_model::{Checksum, TeamId};
use semver::Version;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Portfolio;
use crate::report::{Package, PackageName, Repository, Source};

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

/// Whether a team's locks followed a download: from a version to other bytes, of the same version or
/// another. What comes from git or a folder is neither.
#[must_use]
pub fn moved(
    portfolio: &Portfolio,
    team: &TeamId,
    name: &PackageName,
    from: &Version,
    to: (&Version, &Checksum),
) -> Moved {
    let name = portfolio.spelling_of(name).unwrap_or(name);
    let (mut moved, mut still) = (BTreeSet::new(), BTreeSet::new());
    for it in portfolio.named(name).filter(|it| it.origin.team == *team) {
        if !is_from_registry(it.package) {
            continue;
        }
        let (version, repository) = (&it.package.version, &it.origin.repository);
        let may_be_bytes = it.package.checksum.is_none_or(|checksum| checksum == *to.1);
        if version == to.0 && may_be_bytes {
            moved.insert(repository.clone());
        } else if version == from {
            still.insert(repository.clone());
        }
    }
    moved.retain(|repository| !still.contains(repository));
    let reported = portfolio.reports().iter().any(|report| report.origin.team == *team);
    Moved { reported, moved, still }
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
            moved(&portfolio, &team, &name, &Version::new(1, 2, 0), (&Version::new(1, 3, 0), &new))
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
            moved(&portfolio, &team, &name, &version, (&version, &new)).is_whole()
        };
        assert!(is_whole("payments") && !is_whole("web"));
    }
}

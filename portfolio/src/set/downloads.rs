use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use depaudit_model::cargo::Line;
use depaudit_model::{Checksum, TeamId, Timestamp};
use semver::Version;

use super::Portfolio;
use crate::report::{Origin, Package, PackageName, Source};

/// A release that a team downloaded, as a record tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// The team.
    pub team: TeamId,
    /// The registry, as locks name it.
    pub source: Source,
    /// The crate; a record may spell it in small letters.
    pub name: PackageName,
    /// The version.
    pub version: Version,
    /// Its bytes.
    pub checksum: Checksum,
    /// The last time.
    pub last: Timestamp,
}

/// What a team downloaded that has never reported.
#[derive(Debug)]
pub(crate) struct Downloaded {
    pub(super) origin: Origin,
    /// Everything, in ascending order.
    pub(super) packages: Vec<Package>,
    /// When each of them came last.
    last: Vec<Timestamp>,
    /// The numbers of those that stand in for a lock.
    pub(super) standing: Vec<u32>,
}

/// A release that a team received which has never reported.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReceivedPackage<'a> {
    pub(crate) team: &'a TeamId,
    pub(crate) package: &'a Package,
    pub(crate) last: Timestamp,
}

impl Portfolio {
    /// The days before now whose downloads stand in for a lock.
    pub const DOWNLOAD_DAYS: u16 = 30;

    /// The same portfolio, in which downloads stand in for teams that have never reported: of each
    /// line of compatible versions of a crate the newest one, as a lock would hold it. A team that
    /// updated within these days has downloaded the versions before, too; they are told where a
    /// package is looked for, and counted nowhere. Downloads of teams that have reported are left out.
    #[must_use]
    pub fn with_downloads(&self, downloads: impl IntoIterator<Item = Download>) -> Self {
        let reported: BTreeSet<_> = self.reports.iter().map(|it| &it.origin.team).collect();
        let spelled = self.spellings();
        let mut teams = BTreeMap::<TeamId, BTreeMap<Package, Timestamp>>::new();
        for it in downloads.into_iter().filter(|it| !reported.contains(&it.team)) {
            let name = spelled.get(it.name.as_str()).map_or(it.name, |name| (*name).clone());
            let package = Package {
                name,
                version: it.version,
                source: it.source,
                checksum: Some(it.checksum),
                stand_in: None,
                replaced: false,
            };
            let last = teams.entry(it.team).or_default().entry(package).or_insert(it.last);
            *last = it.last.max(*last);
        }
        let received = teams
            .into_iter()
            .filter_map(|(team, packages)| Some(Arc::new(Downloaded::of(team, packages)?)));
        self.with_received(received.collect())
    }

    /// The names of the reports that have capitals, by how a record spells them.
    fn spellings(&self) -> BTreeMap<String, &PackageName> {
        let names = self.reports.iter().flat_map(|report| &report.packages).map(|it| &it.name);
        let capital = names.filter(|it| it.as_str().bytes().any(|byte| byte.is_ascii_uppercase()));
        capital.map(|name| (name.as_str().to_ascii_lowercase(), name)).collect()
    }

    /// The teams in whose place downloads stand.
    pub fn teams_by_downloads(&self) -> impl Iterator<Item = &TeamId> {
        self.received.iter().map(|it| &it.origin.team)
    }

    /// Everything that teams received which have never reported.
    pub(crate) fn received(&self) -> impl Iterator<Item = ReceivedPackage<'_>> {
        self.received.iter().flat_map(|it| {
            let packages = it.packages.iter().zip(&it.last);
            packages.map(|(package, last)| ReceivedPackage {
                team: &it.origin.team,
                package,
                last: *last,
            })
        })
    }
}

impl Downloaded {
    fn of(team: TeamId, packages: BTreeMap<Package, Timestamp>) -> Option<Self> {
        let (packages, last): (Vec<_>, Vec<_>) = packages.into_iter().unzip();
        let mut newest = BTreeMap::new();
        for (number, package) in (0_u32..).zip(&packages) {
            // In ascending order: the last of a line is the newest.
            newest.insert((&package.name, &package.source, Line::of(&package.version)), number);
        }
        let mut standing: Vec<_> = newest.into_values().collect();
        standing.sort_unstable();
        let origin = Origin {
            team,
            repository: "downloads".parse().ok()?,
            branch: "main".parse().ok()?,
            commit: None,
        };
        Some(Self { origin, packages, last, standing })
    }
}

#[cfg(test)]
mod tests {
    use depaudit_model::cargo::Absent;

    use super::*;
    use crate::question::{across, blast_radius, drift, missed_patches};
    use crate::testing::{Drawn, Published, portfolio};

    fn download(team: &str, name: &str, version: &str) -> Download {
        Download {
            team: team.parse().unwrap(),
            source: Source::CratesIo,
            name: name.parse().unwrap(),
            version: version.parse().unwrap(),
            checksum: Checksum::of(version.as_bytes()),
            last: Timestamp::EPOCH,
        }
    }

    fn drifting(portfolio: &Portfolio) -> Vec<(String, Vec<String>, Vec<String>)> {
        let words = |teams: &BTreeSet<TeamId>| teams.iter().map(ToString::to_string).collect();
        let crates = drift(portfolio, &Absent, "2026-05-01".parse().unwrap()).crates;
        let versions = crates.iter().flat_map(|it| &it.versions);
        versions
            .map(|it| (it.version.to_string(), words(&it.teams), words(&it.by_downloads)))
            .collect()
    }

    #[test]
    fn the_newest_of_each_line_stands_in_for_a_team_that_never_reported_and_is_marked() {
        let reported = portfolio([("payments", Drawn::new("a").package("Shared", "1.2.0"))]);
        let downloads =
            || ["0.9.0", "1.1.0", "1.2.1"].map(|version| download("web", "shared", version));
        let seen = reported.with_downloads(downloads());
        let row = |version: &str, team: &str, by: &[&str]| {
            let by = by.iter().map(ToString::to_string).collect();
            (version.to_owned(), vec![team.to_owned()], by)
        };
        let expected = [
            row("1.2.1", "web", &["web"]),
            row("1.2.0", "payments", &[]),
            row("0.9.0", "web", &["web"]),
        ];
        assert_eq!(drifting(&seen), expected);
        assert_eq!((across(&seen).drift, across(&reported).drift), (1, 0));
        assert_eq!(seen.reports().len(), 1);
    }

    #[test]
    fn a_team_that_reports_is_not_counted_twice() {
        let reported = portfolio([("payments", Drawn::new("a").package("shared", "1.2.0"))]);
        let seen = reported.with_downloads([download("payments", "shared", "1.2.1")]);
        assert_eq!(seen.teams_by_downloads().count(), 0);
        assert_eq!(drifting(&seen), []);
    }

    #[test]
    fn what_was_received_is_hit_as_far_as_anybody_knows_and_misses_no_patch() {
        let reported = portfolio([(
            "payments",
            Drawn::new("a")
                .package("app", "0.1.0")
                .package("shared", "1.2.0")
                .edge("app", "shared"),
        )]);
        let downloads = ["1.2.0", "1.2.1"].map(|version| download("web", "shared", version));
        let seen = reported.with_downloads(downloads);
        let blast = blast_radius(&seen, &"shared@1.2.0".parse().unwrap());
        assert_eq!((blast.totals.teams, blast.teams.len()), (1, 1));
        let [received] = blast.received.as_slice() else { panic!("{blast:?}") };
        assert_eq!((received.team.as_str(), received.version.to_string()), ("web", "1.2.0".into()));
        assert_eq!(blast_radius(&seen, &"shared".parse().unwrap()).received.len(), 2);
        let digest = Checksum::of(b"1.2.1").to_string();
        assert_eq!(blast_radius(&seen, &digest.parse().unwrap()).received.len(), 1);
        let facts = Published::new(&["shared 1.2.0 2026-01-01", "shared 1.2.2 2026-01-02"]);
        let missed = missed_patches(&seen, &facts, "2026-03-01".parse().unwrap(), 14).missed;
        assert_eq!(missed[0].teams, BTreeSet::from(["payments".parse().unwrap()]));
    }
}

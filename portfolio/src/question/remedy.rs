//! What a team can do about a version that lies behind. Advice that cannot work is worse than none:
//! `cargo update` gets nothing from a mirror that lacks the release, nor across a requirement.

use std::collections::BTreeSet;
use std::fmt;

use depaudit_model::TeamId;
use depaudit_model::cargo::{Facts, Line};
use semver::Version;

use super::sought;
use crate::report::{Label, OverrideRecord, PackageName, Place, Source, SourceText};
use crate::{Locked, Portfolio};

/// A version that lies behind, and the one that it is compared with.
#[derive(Debug, Clone, Copy)]
pub struct Old<'a> {
    /// The crate.
    pub name: &'a PackageName,
    /// What is locked.
    pub locked: &'a Version,
    /// What is to be locked.
    pub to: &'a Version,
}

/// What brings a lock from one version to the other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remedy {
    /// `cargo update`: the source has it, and the versions are compatible.
    Update,
    /// The manifest has to ask for it: the versions are not compatible.
    Require,
    /// It comes from a registry that is not known to have the other version.
    Missing(SourceText, Answering),
    /// It comes from git or a folder.
    Overridden(Answering),
    /// The default registry is not known to have the other version: it is somebody's own.
    NotReleased,
}

/// Where an override stands, and who answers for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Answering {
    /// The file and the line that name the source; absent where the report does not tell.
    pub place: Option<(Place, u32)>,
    /// Who answers for it, by its declaration.
    pub owner: Option<Label>,
}

/// What these teams can do, each thing once. Of those that are known by their downloads alone nobody
/// knows what they lock: to them the answer is the one for the default registry.
#[must_use]
pub fn remedies(
    portfolio: &Portfolio,
    facts: &dyn Facts,
    old: Old<'_>,
    teams: &BTreeSet<TeamId>,
) -> BTreeSet<Remedy> {
    let of_teams = portfolio
        .named(old.name)
        .filter(|it| it.package.version == *old.locked && teams.contains(&it.origin.team));
    let locked: Vec<_> = of_teams.filter(|it| !it.package.is_own_folder()).collect();
    let mut found: BTreeSet<_> = locked.iter().map(|it| of(portfolio, facts, old, it)).collect();
    if found.is_empty() {
        found.insert(from(portfolio, facts, old, &Source::CratesIo, Answering::default()));
    }
    found
}

fn of(portfolio: &Portfolio, facts: &dyn Facts, old: Old<'_>, it: &Locked<'_>) -> Remedy {
    let record = overriding(portfolio, it);
    let answering = Answering {
        place: record.map(|record| (record.path.clone(), record.line)),
        owner: record.and_then(|record| record.owned.as_ref()?.owner.clone()),
    };
    if it.package.stand_in.is_some() {
        return Remedy::Overridden(answering);
    }
    from(portfolio, facts, old, &it.package.source, answering)
}

fn from(
    portfolio: &Portfolio,
    facts: &dyn Facts,
    old: Old<'_>,
    source: &Source,
    answering: Answering,
) -> Remedy {
    // Another lock that has it from there proves that it is there.
    let proven = || {
        let mut others = portfolio.named(old.name);
        others.any(|it| it.package.version == *old.to && it.package.source == *source)
    };
    let listed = || {
        let releases = sought::releases(old.name, facts);
        releases.is_some_and(|all| all.iter().any(|release| release.version == *old.to))
    };
    match source {
        Source::Git { .. } | Source::Folder => Remedy::Overridden(answering),
        Source::Registry(registry) if !proven() => Remedy::Missing(registry.clone(), answering),
        Source::CratesIo if !proven() && !listed() => Remedy::NotReleased,
        _ if Line::of(old.locked) == Line::of(old.to) => Remedy::Update,
        _ => Remedy::Require,
    }
}

/// The override that a locked package comes from, where the report tells.
fn overriding<'a>(portfolio: &'a Portfolio, it: &Locked<'_>) -> Option<&'a OverrideRecord> {
    let report = portfolio.reports().get(it.report)?;
    let is_it = |at: &u32| report.packages.get(*at as usize) == Some(it.package);
    let of_it = |record: &&OverrideRecord| record.package.as_ref() == Some(&it.package.name);
    let held = report.overrides.iter().find(|record| record.locked.iter().any(is_it));
    held.or_else(|| report.overrides.iter().find(of_it))
}

impl Remedy {
    /// The same in words, or as the command that does it.
    #[must_use]
    pub fn words(&self, old: Old<'_>) -> String {
        let Old { name, locked, to } = old;
        match self {
            Self::Update => format!("cargo update -p {name}@{locked} --precise {to}"),
            Self::Require => {
                format!("ask for {name} {to} in Cargo.toml, as {locked} is not compatible")
            }
            Self::Missing(registry, answering) => {
                format!("{registry} is not known to have {to}, so cargo update cannot: {answering}")
            }
            Self::Overridden(answering) => {
                format!("take out what overrides it, or bring that to {to}: {answering}")
            }
            Self::NotReleased => {
                format!("agree on a release: the default registry is not known to have {to}")
            }
        }
    }
}

impl fmt::Display for Answering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.owner {
            Some(owner) => write!(f, "{owner} owns it")?,
            None => f.write_str("nobody is declared as its owner")?,
        }
        match &self.place {
            Some((path, line)) => write!(f, " ({path}:{line})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use depaudit_model::cargo::Absent;

    use super::*;
    use crate::report::{Declaring, Owned};
    use crate::testing::{Drawn, Published, portfolio};

    const MIRROR: &str = "sparse+https://mirror.example/index/";

    fn told(portfolio: &Portfolio, facts: &dyn Facts, locked: &str, to: &str) -> Vec<String> {
        let (name, locked, to) =
            ("shared".parse().unwrap(), locked.parse().unwrap(), to.parse().unwrap());
        let old = Old { name: &name, locked: &locked, to: &to };
        let teams = portfolio.reports().iter().map(|report| report.origin.team.clone()).collect();
        remedies(portfolio, facts, old, &teams).iter().map(|it| it.words(old)).collect()
    }

    #[test]
    fn a_mirror_that_lacks_the_release_is_named_with_its_owner_and_no_update_is_advised() {
        let mut mirrored = Drawn::new("a").registry("shared", "1.2.0", MIRROR).patched(MIRROR);
        let released = || ("web", Drawn::new("b").package("shared", "1.2.1"));
        let owned = |drawn: &Drawn| {
            let mut drawn = drawn.clone();
            drawn.overrides[0].declared = Declaring::Yes;
            let owner = Some("platform".parse().unwrap());
            drawn.overrides[0].owned = Some(Owned { owner, reason: None, expires: None });
            drawn
        };
        let both = portfolio([("mobile", owned(&mirrored)), released()]);
        let words = "sparse+https://mirror.example/index/ is not known to have 1.2.1, so cargo update \
                     cannot: platform owns it (Cargo.toml:7)";
        assert_eq!(told(&both, &Absent, "1.2.0", "1.2.1"), [words]);
        let both = portfolio([("mobile", mirrored.clone()), released()]);
        let told_of = told(&both, &Absent, "1.2.0", "1.2.1");
        assert!(told_of[0].contains("nobody is declared as its owner"), "{told_of:?}");
        // Somebody has it from there.
        mirrored = mirrored.registry("shared", "1.2.1", MIRROR);
        let both = portfolio([("mobile", mirrored), released()]);
        let update = "cargo update -p shared@1.2.0 --precise 1.2.1";
        assert_eq!(told(&both, &Absent, "1.2.0", "1.2.1"), [update]);
    }

    #[test]
    fn an_update_is_advised_only_where_it_can_work() {
        let locks = portfolio([
            ("payments", Drawn::new("a").package("shared", "1.2.0")),
            ("search", Drawn::new("b").git("shared", "1.3.0", "https://git.example/shared")),
        ]);
        let facts = Published::new(&["shared 1.2.1 2026-01-01", "shared 2.0.0 2026-01-01"]);
        let first = |to: &str| told(&locks, &facts, "1.2.0", to).remove(0);
        assert_eq!(first("1.2.1"), "cargo update -p shared@1.2.0 --precise 1.2.1");
        assert!(first("2.0.0").starts_with("ask for shared 2.0.0 in Cargo.toml"));
        assert!(first("1.3.0").starts_with("agree on a release"), "it is a fork of somebody");
        let fork = told(&locks, &facts, "1.3.0", "2.0.0").remove(0);
        assert!(fork.starts_with("take out what overrides it"), "{fork}");
    }
}

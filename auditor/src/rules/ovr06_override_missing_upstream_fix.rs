use std::collections::{BTreeSet, HashMap, HashSet};

use depaudit_model::cargo::{CrateName, parse_version};
use depaudit_policy::{Level, Severity};
use semver::Version;

use super::{Check, Draft, Group, Rule, Sink};
use crate::audit::{AuditedTeam, Line, World};
use crate::cargo::lock::PackageSource;
use crate::report::{Lacking, Override, OverrideKind, Reach, SourceKey};

pub(super) const RULE: Rule = Rule {
    code: "OVR06",
    name: "override-missing-upstream-fix",
    group: Group::Override,
    severity: Severity::High,
    level: Level::Deny,
    documentation: DOCUMENTATION,
    check: Check::Teams(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires when a patch or replacement of a crates.io package carries a version that is older than a
published release of the same compatible line, one that was not withdrawn and is no pre-release.
That a release was published is known from facts, or from a lock in the same scan that holds it.
The team's own members, and what is vendored unchanged, are left alone.

## Why it is bad
An override stays where it is when the world moves on. The release that everybody else takes with
the next update carries fixes that the fork does not have, and Cargo does not say so: the override
wins over every release of its line.

## Example
```toml
[patch.crates-io]
shared = { git = \"https://git.example/shared\", rev = \"0123abcd\" } # 1.2.0; 1.2.1 is out
```

## How to fix it
See whether the release makes the override needless, and remove it then. Otherwise bring the fork
up to the release. Either way the build takes other bytes afterwards.

## When it is a false positive
When the fork carries the fixes and kept its old version number. Give it the number of the release
that it corresponds to; teams that compare versions are led astray otherwise.
";

fn check(teams: &[AuditedTeam], world: World<'_>, sink: &mut Sink<'_>) {
    let records = || {
        teams.iter().flat_map(|team| {
            let records = team.report.overrides.iter().filter(|record| is_judged(record));
            records.filter_map(move |record| Some((team, Base::of(record)?)))
        })
    };
    let names: BTreeSet<_> = records().map(|(_, base)| base.name).collect();
    let witnessed = Witnessed::of(teams, &names);
    world.facts.expect(&names.into_iter().collect::<Vec<_>>());
    for (team, base) in records() {
        let releases = world.facts.releases(&base.name);
        let stable = releases.iter().flat_map(|all| all.iter()).filter(|it| it.is_stable());
        let published = stable.map(|release| Newer { version: release.version.clone(), by: None });
        // Of equals the last is taken: facts say more than a lock.
        let newest = witnessed
            .newest(&base)
            .into_iter()
            .chain(published)
            .filter(|newer| base.misses(&newer.version))
            .max_by(|a, b| a.version.cmp_precedence(&b.version));
        match newest {
            Some(newest) => sink.of_team(&team.report.team).report(base.draft(&newest)),
            None if releases.is_none() => sink.lacks(Lacking::Facts),
            None => {}
        }
    }
}

/// Whether an override takes the place of the default registry's package.
fn is_judged(record: &Override) -> bool {
    let replaces = match record.kind {
        OverrideKind::Patch
        | OverrideKind::Replace
        | OverrideKind::ConfigPatch
        | OverrideKind::ConfigPaths => true,
        OverrideKind::Vendored => !record.differs.is_empty(),
        _ => false,
    };
    let source = record.source.as_ref();
    replaces
        && record.is_effective()
        && record.reach != Some(Reach::Member)
        && source.is_none_or(|source| *source == SourceKey::CratesIo)
}

/// What an override carries.
struct Base<'a> {
    record: &'a Override,
    name: CrateName,
    /// The lowest of the versions that it puts in place.
    version: Version,
}

/// A release that an override does not have.
struct Newer<'a> {
    version: Version,
    /// The team whose lock proves it, where facts do not.
    by: Option<&'a AuditedTeam>,
}

impl<'a> Base<'a> {
    fn of(record: &'a Override) -> Option<Self> {
        let name = record.package.as_deref()?.parse().ok()?;
        let locked = record.locked.iter().map(|locked| locked.version.as_str());
        let versions = locked.chain(record.version.as_deref());
        let version = versions.filter_map(|text| parse_version(text).ok()).min()?;
        Some(Self { record, name, version })
    }

    /// Whether a release of the same compatible line is newer. A fork that calls itself
    /// `1.2.0-ours` stands for 1.2.0.
    fn misses(&self, release: &Version) -> bool {
        let triple = |version: &Version| (version.major, version.minor, version.patch);
        Line::of(release) == Line::of(&self.version) && triple(release) > triple(&self.version)
    }

    fn draft(&self, newest: &Newer<'_>) -> Draft {
        let (name, version) = (&self.name, &self.version);
        let known = newest.by.map_or_else(String::new, |team| {
            format!("; a lock of `{}` holds it", team.report.team)
        });
        let message = format!(
            "the {} of `{name}` carries {version}, and {} has been published{known}",
            self.record.kind.as_str(),
            newest.version
        );
        let help = "remove it if the release makes it needless, or bring it up to the release";
        Draft::about(self.record, message, help)
    }
}

/// The newest release of each line that locks of the scan hold. Looked up for each override: a
/// scan has thousands of them, and millions of locked packages.
struct Witnessed<'a>(HashMap<(&'a str, Line), (Version, &'a AuditedTeam)>);

impl<'a> Witnessed<'a> {
    /// Reads every lock once, for the crates with these names.
    fn of(teams: &'a [AuditedTeam], names: &BTreeSet<CrateName>) -> Self {
        let names: HashSet<&str> = names.iter().map(CrateName::as_str).collect();
        let locks = teams.iter().flat_map(|team| team.locks.iter().map(move |lock| (team, lock)));
        let packages = locks
            .flat_map(|(team, lock)| lock.packages.iter().map(move |package| (team, package)))
            .filter(|(_, package)| *package.source == PackageSource::CratesIo)
            .filter(|(_, package)| names.contains(&*package.name));
        let mut newest = HashMap::<_, (Version, _)>::new();
        for (team, package) in packages {
            let Ok(version) = parse_version(&package.version) else { continue };
            if !version.pre.is_empty() {
                continue;
            }
            let known = newest.entry((&*package.name, Line::of(&version)));
            known
                .and_modify(|known| {
                    if version.cmp_precedence(&known.0).is_ge() {
                        *known = (version.clone(), team);
                    }
                })
                .or_insert((version, team));
        }
        Self(newest)
    }

    /// The newest of the line that an override stands in.
    fn newest(&self, base: &Base<'_>) -> Option<Newer<'a>> {
        let (version, team) = self.0.get(&(base.name.as_str(), Line::of(&base.version)))?;
        Some(Newer { version: version.clone(), by: Some(team) })
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Repository, crates_io_package, lock};

    /// A patch of `shared` whose fork carries this version.
    fn patched(version: &str) -> Repository {
        let git = "https://git.example/shared";
        let manifest = format!(
            "[dependencies]\nshared = \"1\"\n\
             [patch.crates-io]\nshared = {{ git = \"{git}\", rev = \"0123abcd\" }}\n"
        );
        let locked = format!(
            "[[package]]\nname = \"shared\"\nversion = \"{version}\"\n\
             source = \"git+{git}?rev=0123abcd#0123abcd\"\n"
        );
        Repository::new().manifest(&manifest).file("Cargo.lock", &lock(&locked))
    }

    const RELEASES: &[&str] = &["1.2.0 2026-01-01", "1.2.1 2026-05-31", "2.0.0 2026-02-01"];

    #[test]
    fn fires_on_a_fork_that_is_older_than_a_release_of_its_line() {
        for version in ["1.2.0", "1.2.0-ours.3", "1.1.9"] {
            let found = patched(version).published("shared", RELEASES).findings("OVR06");
            assert_eq!(found.len(), 1, "{version}: {found:?}");
            let told = &found[0].message;
            assert!(told.contains("and 1.2.1 has been published"), "{told}");
            assert_eq!(found[0].team.as_ref().map(|team| team.as_str()), Some("team"));
        }
    }

    #[test]
    fn fires_without_facts_where_a_lock_proves_the_release() {
        let other = lock(&crates_io_package("shared", "1.2.1"));
        let found = patched("1.2.0").file("tool/Cargo.lock", &other).findings("OVR06");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.ends_with("a lock of `team` holds it"), "{found:?}");
    }

    #[test]
    fn is_silent_about_the_newest_of_its_line_and_about_withdrawn_and_early_releases() {
        let early = &["1.2.0 2026-01-01", "1.2.1 2026-01-02 yanked", "1.3.0-rc.1 2026-01-03"];
        for (version, releases) in
            [("1.2.1", RELEASES), ("1.2.1-ours", RELEASES), ("1.2.0", early), ("2.0.0", RELEASES)]
        {
            let report = patched(version).published("shared", releases).scan();
            assert!(report.findings.iter().all(|it| it.code != "OVR06"), "{version}: {report:?}");
            assert!(report.summary.not_evaluated.iter().all(|it| it.code != "OVR06"), "{version}");
        }
    }

    #[test]
    fn a_fork_of_which_nothing_is_known_is_not_passed() {
        let lacking = patched("1.2.0").scan().summary.not_evaluated;
        let lacking: Vec<_> = lacking.iter().filter(|it| it.code == "OVR06").collect();
        assert_eq!(lacking.len(), 1, "{lacking:?}");
        assert_eq!(lacking[0].passed_over, 1);
    }
}

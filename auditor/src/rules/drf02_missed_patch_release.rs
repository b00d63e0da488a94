use std::cmp::Reverse;
use std::collections::BTreeMap;

use depaudit_model::Timestamp;
use depaudit_policy::{Day, Level, Severity};
use semver::Version;

use super::{Check, Draft, Group, MOST_PLACES, Rule, Sink};
use crate::audit::{AuditedTeam, World};
use crate::facts::{LockedRelease, LockedReleases};
use crate::report::Lacking;

pub(super) const RULE: Rule = Rule {
    code: "DRF02",
    name: "missed-patch-release",
    group: Group::Drift,
    severity: Severity::High,
    level: Level::Warn,
    documentation: DOCUMENTATION,
    check: Check::Teams(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires when a lock holds a release of crates.io for which a newer patch release (same major and
minor version, not withdrawn, no pre-release) has been out for more than `missed-patch-days` of the
policy, 14 without one; once for each crate of a team. Pre-releases and versions `0.0.x`, where no release is compatible with
another, are left alone.

## Why it is bad
A patch release is where fixes go, those that nobody announces included. A team that never picks
one up, because its mirror stopped or because nobody runs `cargo update`, stands on bugs that
everybody else has left behind, and every build of it is green.

## Example
```toml
[[package]]
name = \"shared\"
version = \"1.2.0\" # 1.2.1 has been out for two months
```

## How to fix it
Run `cargo update -p shared`. The requirement in the manifest allows it, unless it was written with
`=`. The build takes other bytes afterwards, which is the point; read what changed.

## When it is a false positive
When the newer release is the one that broke the build. Keep the older one with a waiver that says
so, so that somebody looks at it again.
";

fn check(teams: &[AuditedTeam], world: World<'_>, sink: &mut Sink<'_>) {
    let locked = LockedReleases::of(teams, world.facts, |_| true);
    let mut missed = BTreeMap::<_, Vec<Missed<'_, '_>>>::new();
    for locked in locked.all().filter(|locked| has_patch_releases(locked.version)) {
        match judge(&locked, world.today) {
            Judgement::Missed { newest, age } => {
                let of_crate = missed.entry((locked.name, &locked.team.report.team)).or_default();
                of_crate.push(Missed { locked, newest, age });
            }
            Judgement::Unknown => sink.lacks(Lacking::Facts),
            Judgement::Current => {}
        }
    }
    for ((_, team), missed) in missed {
        if let Some(draft) = draft(missed) {
            sink.of_team(team).report(draft);
        }
    }
}

/// A locked release that lies behind.
struct Missed<'a, 'r> {
    locked: LockedRelease<'a, 'r>,
    newest: &'r Version,
    age: i64,
}

/// One finding about a crate, however many of its versions a team locks: the one that misses its
/// patch release for longest speaks for all.
fn draft(mut missed: Vec<Missed<'_, '_>>) -> Option<Draft> {
    missed.sort_by_key(|it| Reverse(it.age));
    let (worst, others) = missed.split_first()?;
    let (name, version) = (worst.locked.name, worst.locked.version);
    let more = match others.len() {
        0 => String::new(),
        1 => "; so does another locked version, in its line".to_owned(),
        count => format!("; so do {count} other locked versions, in their lines"),
    };
    let message = format!(
        "`{name}` is locked at {version} and misses the patch release {}, out for {} days{more}",
        worst.newest, worst.age
    );
    let help = format!("run `cargo update -p {name}@{version}`");
    let mut draft = worst.locked.draft(message, help);
    draft.locations.extend(others.iter().flat_map(|it| it.locked.places()));
    draft.locations.truncate(MOST_PLACES);
    Some(draft)
}

fn has_patch_releases(version: &Version) -> bool {
    version.pre.is_empty() && (version.major, version.minor) != (0, 0)
}

enum Judgement<'a> {
    Missed { newest: &'a Version, age: i64 },
    Unknown,
    Current,
}

fn judge<'a>(locked: &LockedRelease<'_, 'a>, today: Day) -> Judgement<'a> {
    let patience = i64::from(locked.team.policy.missed_patch().value);
    let is_newer = |version: &Version| {
        (version.major, version.minor) == (locked.version.major, locked.version.minor)
            && version.patch > locked.version.patch
            && version.pre.is_empty()
    };
    let releases = locked.releases.unwrap_or_default();
    let newer = || releases.iter().filter(|release| is_newer(&release.version));
    let missed = newer().filter(|release| release.is_stable()).filter_map(|release| {
        let age = age(release.published?, today);
        (age > patience).then_some((&release.version, age))
    });
    if let Some((newest, age)) = missed.max_by(|(a, _), (b, _)| a.cmp_precedence(b)) {
        return Judgement::Missed { newest, age };
    }
    let unclear = newer().any(|release| {
        release.is_or_may_be_stable() && (release.yanked.is_none() || release.published.is_none())
    });
    // Another team's lock proves that there is a release, and says nothing about its age.
    let is_known = |version: &Version| releases.iter().any(|release| release.version == *version);
    let unknown = locked.witnessed().any(|version| is_newer(version) && !is_known(version));
    if locked.facts().is_none() || unclear || unknown {
        Judgement::Unknown
    } else {
        Judgement::Current
    }
}

fn age(published: Timestamp, today: Day) -> i64 {
    today.days_since(Day::of(published))
}

#[cfg(test)]
mod tests {
    use crate::testing::{Repository, crates_io_package, lock};

    fn locked(version: &str) -> Repository {
        Repository::new()
            .manifest("[dependencies]\nshared = \"1\"\n")
            .file("Cargo.lock", &lock(&crates_io_package("shared", version)))
    }

    const RELEASES: &[&str] =
        &["1.2.0 2026-01-01", "1.2.1 2026-03-01", "1.2.2 2026-05-30", "1.3.0 2026-02-01"];

    #[test]
    fn fires_on_a_patch_release_that_has_been_out_for_weeks() {
        let found = locked("1.2.0").published("shared", RELEASES).findings("DRF02");
        assert_eq!(found.len(), 1, "{found:?}");
        let told = &found[0].message;
        assert!(told.ends_with("misses the patch release 1.2.1, out for 92 days"), "{told}");
        assert_eq!(found[0].team.as_ref().map(|team| team.as_str()), Some("team"));
        assert_eq!(found[0].locations[0].location.path.as_str(), "Cargo.lock");
    }

    #[test]
    fn fires_once_for_all_locks_of_a_team() {
        let text = lock(&crates_io_package("shared", "1.2.0"));
        let found = locked("1.2.0").file("tool/Cargo.lock", &text).published("shared", RELEASES);
        let found = found.findings("DRF02");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].locations.len(), 2, "{found:?}");
    }

    #[test]
    fn fires_once_for_all_versions_of_a_crate() {
        let releases = [RELEASES, &["1.3.1 2026-05-01"]].concat();
        let text = lock(&crates_io_package("shared", "1.3.0"));
        let found = locked("1.2.0").file("tool/Cargo.lock", &text).published("shared", &releases);
        let found = found.findings("DRF02");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.contains("1.2.1, out for 92 days; so does another"), "{found:?}");
        assert_eq!(found[0].locations.len(), 2, "{found:?}");
    }

    #[test]
    fn fires_as_late_as_the_policy_says() {
        let policy = "[drift]\nmissed-patch-days = 92\n";
        let found = locked("1.2.0").policy(policy).published("shared", RELEASES).scan();
        assert!(found.findings.iter().all(|it| it.code != "DRF02"), "{found:?}");
    }

    #[test]
    fn is_silent_about_a_young_release_another_minor_line_and_what_was_withdrawn() {
        for (version, releases) in [
            ("1.2.1", RELEASES),
            ("1.3.0", RELEASES),
            ("1.2.0", &["1.2.0 2026-01-01", "1.2.1 2026-01-02 yanked", "1.2.2-rc.1 2026-01-03"]),
            ("0.0.1", &["0.0.1 2026-01-01", "0.0.2 2026-01-02"]),
        ] {
            let report = locked(version).published("shared", releases).scan();
            assert!(report.findings.iter().all(|it| it.code != "DRF02"), "{version}: {report:?}");
            assert!(!lacks(&report), "{version}: {report:?}");
        }
    }

    #[test]
    fn nothing_is_claimed_where_ages_are_unknown_or_the_facts_are_older_than_the_lock() {
        let silent = |repository: Repository| {
            let report = repository.scan();
            assert!(report.findings.iter().all(|it| it.code != "DRF02"), "{report:?}");
            assert!(lacks(&report), "{report:?}");
        };
        silent(locked("1.2.0"));
        silent(locked("1.2.0").published("shared", &["1.2.0 2026-01-01", "1.2.1 -"]));
        silent(locked("1.2.9").published("shared", RELEASES));
        let other = lock(&crates_io_package("shared", "1.2.1"));
        silent(
            locked("1.2.0")
                .file("tool/Cargo.lock", &other)
                .published("shared", &["1.2.0 2026-01-01"]),
        );
    }

    fn lacks(report: &crate::report::ScanReport) -> bool {
        report.summary.not_evaluated.iter().any(|it| it.code == "DRF02")
    }
}

mod split;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use depaudit_policy::{Level, Severity};

use self::split::{Party, Split, release, splits_of};
use super::{Check, Draft, Group, Rule, Sink};
use crate::audit::{Across, Identity, Named, World};
use crate::report::{FoundPackage, Place};

pub(super) const RULE: Rule = Rule {
    code: "OVR05",
    name: "override-conflict-across-teams",
    group: Group::Override,
    severity: Severity::Critical,
    level: Level::Deny,
    documentation: DOCUMENTATION,
    check: Check::Locks(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires when two teams take one name and version from different places: crates.io, another registry,
a commit of a git repository, or a folder that an override puts in the place of one of these. A copy
behind another registry or an override that calls itself `1.2.0-b1` counts as the `1.2.0` that it is
cut from. Packages of one repository at one commit are one finding. It warns only when the one
difference is a plain folder, such as a workspace's member with the name and version of a release.

## Why it is bad
Every build is green, and no two teams run the same bytes. A defect in one team's copy cannot be
reproduced by the other, a fix reaches one of them, and an advisory about the version says nothing
about the fork. Nobody sees it in one repository alone: the difference is between them.

## Example
```toml
# one team
[patch.crates-io]
shared = { path = \"forks/shared\" }

# another team: the release of the same version
[dependencies]
shared = \"=1.2.0\"
```

## How to fix it
Let all teams take one of them. Where the change is needed, publish it under a version of its own and
let every team ask for that; where it is not, end the override. Not safe to do automatically: some
team's bytes change.

## When it is a false positive
When a folder is where the crate itself is developed and its version was not raised after the
release; raising it ends the warning. When two packages with nothing in common share a name: rename
the one that is not published, or waive the finding.
";

/// A message lists so many places; the finding's locations show more.
const MOST_NAMED: usize = 5;

/// So many teams are shown with their files for each identity.
const MOST_TEAMS: usize = 10;

fn check(across: &Across<'_>, _: World<'_>, sink: &mut Sink<'_>) {
    let origins = across.origins();
    let mut splits: Vec<Split<'_>> = Vec::new();
    // By what makes them one finding: teams and commits.
    let mut known = HashMap::<(Level, BTreeSet<(usize, Identity<'_>)>), usize>::new();
    for same_name in across.names() {
        for release in same_name.chunk_by(|a, b| release(a) == release(b)) {
            let first = release.first().map(|entry| entry.team);
            if release.iter().all(|entry| Some(entry.team) == first) {
                continue;
            }
            for split in splits_of(release, &origins) {
                let same = split.commits();
                let same = same.map(|it| *known.entry((split.level, it)).or_insert(splits.len()));
                match same.and_then(|at| splits.get_mut(at)) {
                    Some(same) => same.others += 1,
                    None => splits.push(split),
                }
            }
        }
    }
    // What concerns most comes first.
    splits.sort_by_cached_key(|split| (Reverse(split.teams().len()), Reverse(split.others)));
    for split in &splits {
        report(across, split, sink);
    }
}

fn report(across: &Across<'_>, split: &Split<'_>, sink: &mut Sink<'_>) {
    let Some(first) = split.parties.first() else { return };
    let (name, version) = (&first.entry.package.name, first.version());
    let mut sides = BTreeMap::<(Identity<'_>, &str), Vec<&Party<'_>>>::new();
    for party in &split.parties {
        let side = sides.entry((party.origin.identity, party.version())).or_default();
        // One lock of each team is enough.
        if side.last().is_none_or(|last| last.entry.team != party.entry.team) {
            side.push(party);
        }
    }
    // The rarest first: it is most often the override.
    let mut sides: Vec<_> = sides.into_iter().collect();
    sides.sort_by_key(|((identity, _), teams)| (identity.is_registry(), teams.len()));
    let mut told = Vec::new();
    let mut places: Vec<Place> = Vec::new();
    for ((identity, of), parties) in &sides {
        let teams: Vec<_> = parties.iter().map(|party| party.entry.team).collect();
        let called = if *of == version { String::new() } else { format!(" as {of}") };
        told.push(format!("{identity}{called} in {}", Named::new(across, &teams)));
        for Party { entry, origin } in parties.iter().take(MOST_TEAMS) {
            places.extend(origin.cause.map(|cause| across.place_of(entry.team, cause)));
            places.push(across.place(entry));
        }
    }
    let more = told.len().saturating_sub(MOST_NAMED);
    told.truncate(MOST_NAMED);
    if more > 0 {
        told.push(format!("{more} more"));
    }
    let others = match split.others {
        0 => String::new(),
        1 => ", like 1 other package of the same commits,".to_owned(),
        others => format!(", like {others} other packages of the same commits,"),
    };
    let unusual = split.parties.iter().filter(|party| party.is_unusual()).map(|party| {
        let team = across.team_name(party.entry.team).map_or("", |name| name.as_str());
        format!("{team} {}", party.origin.identity.source())
    });
    let unusual: BTreeSet<_> = unusual.collect();
    sink.report(Draft {
        message: format!(
            "`{name}` {version}{others} is not the same everywhere: {}",
            told.join("; ")
        ),
        help: Some(HELP.to_owned()),
        package: Some(FoundPackage { name: name.to_string(), version: Some(version.to_owned()) }),
        workspace: None,
        locations: places,
        identity: unusual.into_iter().collect::<Vec<_>>().join("\n"),
        level: (split.level != RULE.level).then_some(split.level),
        fix: None,
    });
}

const HELP: &str = "let all teams take one of them: end the override, or publish the change under \
                    a version of its own";

#[cfg(test)]
mod tests {
    use depaudit_policy::Level;

    use crate::testing::{Repository, crates_io_package, findings_across, lock};

    const FORK: &str = "[package]\nname = \"shared\"\nversion = \"1.2.0\"\n";

    fn locked(version: &str, rest: &str) -> String {
        lock(&format!("[[package]]\nname = \"shared\"\nversion = \"{version}\"\n{rest}"))
    }

    fn team(lock: &str) -> Repository {
        Repository::new().manifest("[dependencies]\nshared = \"1\"\n").file("Cargo.lock", lock)
    }

    fn released() -> Repository {
        team(&lock(&crates_io_package("shared", "1.2.0")))
    }

    fn from_git(commit: &str) -> Repository {
        team(&locked("1.2.0", &format!("source = \"git+https://git.example/shared#{commit}\"\n")))
    }

    /// A copy behind another registry, which has other bytes.
    fn mirrored(version: &str) -> Repository {
        let checksum = depaudit_model::Checksum::of(b"a copy");
        let source = "source = \"registry+https://crates.example/index\"";
        team(&locked(version, &format!("{source}\nchecksum = \"{checksum}\"\n")))
    }

    fn forked() -> Repository {
        Repository::new()
            .manifest(
                "[workspace]\nexclude = [\"fork\"]\n[dependencies]\nshared = \"1\"\n\
                 [patch.crates-io]\nshared = { path = \"fork\" }\n",
            )
            .file("fork/Cargo.toml", FORK)
            .file("Cargo.lock", &locked("1.2.0", ""))
    }

    fn messages(teams: &[(&str, Repository)]) -> Vec<String> {
        findings_across(teams, "OVR05").into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn fires_on_a_fork_in_a_folder_beside_the_release() {
        let teams = [("a", released()), ("b", forked()), ("c", released())];
        let found = findings_across(&teams, "OVR05");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(
            found[0].message,
            "`shared` 1.2.0 is not the same everywhere: the folder `fork` in `b`; \
             crates.io in `a` and `c`"
        );
        assert_eq!((found[0].team.as_ref(), found[0].level), (None, Level::Deny));
        let places: Vec<_> = found[0].locations.iter().collect();
        let place = |nth: usize| {
            (places[nth].team.as_ref().unwrap().as_str(), places[nth].location.path.as_str())
        };
        assert_eq!(place(0), ("b", "Cargo.toml"), "the override is the cause");
        assert_eq!(places[0].location.span.line, 9);
        assert_eq!(place(1), ("b", "Cargo.lock"));
        assert_eq!((place(2), place(3)), (("a", "Cargo.lock"), ("c", "Cargo.lock")));
    }

    #[test]
    fn fires_on_another_registry_and_on_commits() {
        let told = messages(&[("a", released()), ("b", mirrored("1.2.0"))]);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("the registry registry+https://crates.example/index"), "{told:?}");
        let told = messages(&[("a", from_git("0123")), ("b", from_git("4567"))]);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("https://git.example/shared at 0123 in `a`"), "{told:?}");
    }

    #[test]
    fn fires_on_a_copy_under_a_number_of_its_own() {
        let told = messages(&[("a", forked()), ("b", mirrored("1.2.0-b1"))]);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("as 1.2.0-b1 in `b`"), "{told:?}");
    }

    #[test]
    fn fires_on_the_forks_of_two_teams() {
        assert_eq!(messages(&[("a", forked()), ("b", forked())]).len(), 1);
    }

    #[test]
    fn fires_on_paths_in_configuration_which_no_lock_shows() {
        let by_paths = released()
            .file(".cargo/config.toml", "paths = [\"fork\"]\n")
            .file("fork/Cargo.toml", FORK);
        let told = messages(&[("a", released()), ("b", by_paths)]);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("the folder `fork` in `b`"), "{told:?}");
    }

    #[test]
    fn fires_once_for_all_packages_of_a_commit() {
        let of = |commit: &str| {
            let package = |name: &str| {
                format!(
                    "[[package]]\nname = \"{name}\"\nversion = \"1.2.0\"\n\
                     source = \"git+https://git.example/shared#{commit}\"\n"
                )
            };
            team(&lock(&["shared", "shared-derive", "shared-macros"].map(package).concat()))
        };
        let told = messages(&[("a", of("0123")), ("b", of("4567"))]);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("`shared` 1.2.0, like 2 other packages of the same commits"));
    }

    #[test]
    fn fires_as_a_warning_on_a_plain_folder_beside_the_release() {
        let member =
            Repository::new().file("Cargo.toml", FORK).file("Cargo.lock", &locked("1.2.0", ""));
        let found = findings_across(&[("owner", member), ("user", released())], "OVR05");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].level, Level::Warn);
    }

    #[test]
    fn is_silent_where_all_take_the_same() {
        assert!(messages(&[("a", released()), ("b", released())]).is_empty());
        assert!(messages(&[("a", from_git("0123")), ("b", from_git("0123"))]).is_empty());
    }

    #[test]
    fn is_silent_about_the_same_bytes_behind_another_registry() {
        let index = tame_index::CRATES_IO_INDEX;
        let package = crates_io_package("shared", "1.2.0");
        let mirror = team(&lock(&package.replace(index, "https://mirror.example/index")));
        assert!(messages(&[("a", released()), ("b", mirror)]).is_empty());
    }

    #[test]
    fn is_silent_about_folders_of_which_nothing_says_that_they_are_the_same() {
        let own =
            || Repository::new().file("Cargo.toml", FORK).file("Cargo.lock", &locked("1.2.0", ""));
        assert!(messages(&[("a", own()), ("b", own())]).is_empty());
        assert!(messages(&[("a", own()), ("b", from_git("0123"))]).is_empty());
    }

    #[test]
    fn is_silent_about_one_team_and_about_other_versions() {
        assert!(forked().findings("OVR05").is_empty());
        let older = team(&lock(&crates_io_package("shared", "1.2.0-rc.1")));
        let newer = team(&lock(&crates_io_package("shared", "1.2.1")));
        assert!(messages(&[("a", released()), ("b", older), ("c", newer)]).is_empty());
    }
}

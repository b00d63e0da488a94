use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use depaudit_model::cargo::parse_version;
use depaudit_policy::{Level, Severity};

use super::{Check, Draft, Group, Rule, Sink};
use crate::audit::{Across, Entry, Identity, Line, Named, Origins, World};
use crate::report::FoundPackage;

pub(super) const RULE: Rule = Rule {
    code: "DRF04",
    name: "major-skew",
    group: Group::Drift,
    severity: Severity::Medium,
    level: Level::Warn,
    documentation: DOCUMENTATION,
    check: Check::Locks(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires when teams stand on lines of one crate that are not compatible, such as `1` and `2` or
`0.4` and `0.5`. Compared are the teams whose own manifests ask for the crate, each by the newest
line that it locks, and only where there is no line that all of them lock: a team that is halfway
from `1` to `2` does not differ from one on `2`. One finding for each crate, those with most teams
and lines between them first.

## Why it is bad
Code and knowledge do not move between the teams, a fix has to be made for each line, and the
oldest line is the one that stops getting any. Types of two lines are different types: a library of
one team cannot be used by the other without both in the binary.

## Example
One team's lock holds `shared` 1.4.0, another's 2.0.1, and both name it under `[dependencies]`.

## How to fix it
Move the teams that the finding names last to the line of the first, one requirement at a time. Not
safe to do automatically: an incompatible line means changes to code.

## When it is a false positive
When teams stay on an older line by decision, as long as that line is maintained. Allow the rule for
that crate in the policy.
";

/// So many locks are shown for each line.
const MOST_PLACES: usize = 3;

/// A crate on which teams have gone apart.
struct Skew<'e> {
    /// The newest line of each team, and an entry of it for each of its teams.
    lines: BTreeMap<Line, Vec<Entry<'e>>>,
    /// Teams that are behind, times the lines between the newest and the oldest.
    weight: usize,
}

fn check(across: &Across<'_>, _: World<'_>, sink: &mut Sink<'_>) {
    let origins = across.origins();
    let mut skews: Vec<_> = across
        .names()
        .filter(|same_name| {
            let first = same_name.first().map(|entry| &entry.package.version);
            same_name.iter().any(|entry| Some(&entry.package.version) != first)
        })
        .filter_map(|same_name| skew(across, &origins, same_name))
        .collect();
    skews.sort_by_key(|skew| Reverse(skew.weight));
    for skew in &skews {
        report(across, skew, sink);
    }
}

fn skew<'e>(
    across: &Across<'e>,
    origins: &Origins<'e>,
    same_name: &[Entry<'e>],
) -> Option<Skew<'e>> {
    let mut locked = BTreeMap::<usize, BTreeMap<Line, Entry<'e>>>::new();
    for entry in same_name {
        let asks = across.team(entry.team).is_some_and(|it| it.asks_for(&entry.package.name));
        let is_own = |identity| matches!(identity, Identity::Folder { .. });
        if asks && origins.of_entry(entry).is_some_and(|origin| !is_own(origin.identity)) {
            let Ok(version) = parse_version(&entry.package.version) else { continue };
            locked.entry(entry.team).or_default().entry(Line::of(&version)).or_insert(*entry);
        }
    }
    let mut all: BTreeSet<Line> = BTreeSet::new();
    let mut common: Option<BTreeSet<Line>> = None;
    let mut lines = BTreeMap::<Line, Vec<Entry<'e>>>::new();
    for of_team in locked.into_values() {
        all.extend(of_team.keys());
        common = Some(match common {
            None => of_team.keys().copied().collect(),
            Some(common) => common.into_iter().filter(|it| of_team.contains_key(it)).collect(),
        });
        let (newest, entry) = of_team.last_key_value()?;
        lines.entry(*newest).or_default().push(*entry);
    }
    if common.is_none_or(|common| !common.is_empty()) || lines.len() < 2 {
        return None;
    }
    let (oldest, newest) = (lines.first_key_value()?.0, lines.last_key_value()?.0);
    let apart = all.range(oldest..newest).count();
    let behind: usize = lines.range(..newest).map(|(_, teams)| teams.len()).sum();
    Some(Skew { weight: apart * behind, lines })
}

fn report(across: &Across<'_>, skew: &Skew<'_>, sink: &mut Sink<'_>) {
    let Some(name) = skew.lines.values().flatten().next().map(|entry| &entry.package.name) else {
        return;
    };
    let told = skew.lines.iter().rev().map(|(line, having)| {
        let teams: Vec<_> = having.iter().map(|entry| entry.team).collect();
        format!("{line} in {}", Named::new(across, &teams))
    });
    let told = told.collect::<Vec<_>>().join("; ");
    let newest = skew.lines.keys().next_back().map(Line::to_string).unwrap_or_default();
    let shown = skew.lines.values().flat_map(|having| having.iter().take(MOST_PLACES));
    sink.report(Draft {
        message: format!("teams stand on incompatible lines of `{name}`: {told}"),
        help: Some(format!("move the others to {newest}, or agree on one line")),
        package: Some(FoundPackage { name: name.to_string(), version: None }),
        workspace: None,
        locations: shown.map(|entry| across.place(entry)).collect(),
        identity: String::new(),
        level: None,
        fix: None,
    });
}

#[cfg(test)]
mod tests {
    use crate::testing::{Repository, crates_io_package, findings_across, lock};

    const ASKS: &str = "[dependencies]\nshared = \"*\"\n";

    fn team(manifest: &str, versions: &[&str]) -> Repository {
        let packages = versions.iter().map(|version| crates_io_package("shared", version));
        let lock = lock(&packages.collect::<String>());
        Repository::new().manifest(manifest).file("Cargo.lock", &lock)
    }

    #[test]
    fn fires_once_for_a_crate_and_names_the_teams_of_each_line() {
        let teams = [
            ("a", team(ASKS, &["0.4.1"])),
            ("b", team(ASKS, &["0.5.0"])),
            ("c", team(ASKS, &["1.0.0", "1.2.0"])),
        ];
        let found = findings_across(&teams, "DRF04");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(
            found[0].message,
            "teams stand on incompatible lines of `shared`: 1 in `c`; 0.5 in `b`; 0.4 in `a`"
        );
    }

    #[test]
    fn fires_first_for_what_is_furthest_apart() {
        let team = |near: &str, far: &str| {
            let lock = lock(&(crates_io_package("near", near) + &crates_io_package("far", far)));
            let asks = "[dependencies]\nnear = \"*\"\nfar = \"*\"\n";
            Repository::new().manifest(asks).file("Cargo.lock", &lock)
        };
        let teams = [
            ("a", team("1.0.0", "1.0.0")),
            ("b", team("2.0.0", "2.0.0")),
            ("c", team("2.0.0", "3.0.0")),
        ];
        let found = findings_across(&teams, "DRF04");
        let names: Vec<_> = found.iter().map(|it| &*it.package.as_ref().unwrap().name).collect();
        assert_eq!(names, ["far", "near"]);
    }

    #[test]
    fn is_silent_about_compatible_versions_and_about_a_team_that_is_halfway() {
        let compatible = [("a", team(ASKS, &["1.0.0"])), ("b", team(ASKS, &["1.9.0"]))];
        assert!(findings_across(&compatible, "DRF04").is_empty());
        let halfway = [("a", team(ASKS, &["1.0.0", "2.0.0"])), ("b", team(ASKS, &["2.0.0"]))];
        assert!(findings_across(&halfway, "DRF04").is_empty());
    }

    #[test]
    fn is_silent_about_what_no_manifest_asks_for() {
        let teams = [("a", team("", &["1.0.0"])), ("b", team(ASKS, &["2.0.0"]))];
        assert!(findings_across(&teams, "DRF04").is_empty());
    }

    #[test]
    fn is_silent_about_one_team() {
        assert!(team(ASKS, &["1.0.0", "2.0.0"]).findings("DRF04").is_empty());
    }
}

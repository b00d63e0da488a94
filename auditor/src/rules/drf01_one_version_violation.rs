use std::collections::BTreeMap;

use depaudit_model::cargo::parse_version;
use depaudit_policy::{Level, Severity};
use semver::Version;

use super::{Check, Draft, Group, Rule, Sink};
use crate::audit::{Across, Entry, Identity, Named, Origins, World};
use crate::report::FoundPackage;

pub(super) const RULE: Rule = Rule {
    code: "DRF01",
    name: "one-version-violation",
    group: Group::Drift,
    severity: Severity::High,
    level: Level::Deny,
    documentation: DOCUMENTATION,
    check: Check::Locks(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires when a crate on the one-version list of a policy is locked at more than one version: by the
teams of a scan together, or by one team alone. One team's list is enough for all teams of a scan
that lock the crate. A folder counts where an override puts it in the crate's place; the workspace in
which a crate is developed does not.

## Why it is bad
Some crates have to be the same everywhere: what they write one service reads, two copies in one
binary do not know each other's types or global state, a fix has to be rolled out once. At two
versions each team tests against something that the others do not run.

## Example
```toml
# depaudit.toml
[drift]
one-version = [\"shared\"]
```
One team's lock holds `shared` 1.2.0, another's 1.2.1.

## How to fix it
Choose the version, and let each team that the finding names run
`cargo update -p shared --precise VERSION`. Where a requirement does not allow it, change that first.
Not safe to do automatically: other bytes are built.

## When it is a false positive
When the pattern in the list is wider than it was meant. Narrow it, or waive the finding for as long
as a migration takes.
";

/// So many teams are shown with their locks for each version.
const MOST_TEAMS: usize = 5;

fn check(across: &Across<'_>, _: World<'_>, sink: &mut Sink<'_>) {
    let origins = across.origins();
    for same_name in across.names() {
        let first = same_name.first().map(|entry| &entry.package.version);
        if same_name.iter().any(|entry| Some(&entry.package.version) != first) {
            check_name(across, &origins, same_name, sink);
        }
    }
}

fn check_name<'a>(
    across: &Across<'a>,
    origins: &Origins<'a>,
    same_name: &[Entry<'a>],
    sink: &mut Sink<'_>,
) {
    let Some(first) = same_name.first() else { return };
    let name = &*first.package.name;
    let by_team = same_name.chunk_by(|a, b| a.team == b.team).filter_map(|own| own.first());
    let mut policies = by_team.filter_map(|entry| across.team(entry.team)).map(|team| &team.policy);
    let Some(asked) = policies.find_map(|policy| policy.one_version(name)) else { return };

    // In the order of versions; what is none comes first.
    let mut versions = BTreeMap::<(Option<Version>, &str), Vec<&Entry<'_>>>::new();
    for entry in same_name {
        let counts = origins
            .of_entry(entry)
            .is_some_and(|origin| !matches!(origin.identity, Identity::Folder { .. }));
        if counts {
            let version = &*entry.package.version;
            let having = versions.entry((parse_version(version).ok(), version)).or_default();
            if having.last().is_none_or(|last| last.team != entry.team) {
                having.push(entry);
            }
        }
    }
    if versions.len() < 2 {
        return;
    }
    let told = versions.iter().rev().map(|((_, version), having)| {
        let teams: Vec<_> = having.iter().map(|entry| entry.team).collect();
        format!("{version} in {}", Named::new(across, &teams))
    });
    let told = told.collect::<Vec<_>>().join("; ");
    let shown = versions.values().flat_map(|having| having.iter().take(MOST_TEAMS));
    let draft = Draft {
        message: format!(
            "`{name}` stands at {} versions, and {asked} asks for one: {told}",
            versions.len()
        ),
        help: Some(format!(
            "choose one, and run `cargo update -p {name} --precise VERSION` where it is another"
        )),
        package: Some(FoundPackage { name: name.to_owned(), version: None }),
        workspace: None,
        locations: shown.map(|entry| across.place(entry)).collect(),
        identity: String::new(),
        level: None,
        fix: None,
    };
    match across.only_team(versions.values().flatten().map(|entry| entry.team)) {
        Some(team) => sink.of_team(team).report(draft),
        None => sink.report(draft),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Repository, crates_io_package, findings_across, lock};

    const LIST: &str = "[drift]\none-version = [\"shared\"]\n";

    fn team(versions: &[&str]) -> Repository {
        let packages = versions.iter().map(|version| crates_io_package("shared", version));
        Repository::new().manifest("").file("Cargo.lock", &lock(&packages.collect::<String>()))
    }

    #[test]
    fn fires_when_teams_differ_and_one_policy_asks() {
        let teams = [
            ("a", team(&["1.2.0"]).policy(LIST)),
            ("b", team(&["1.10.0"])),
            ("c", team(&["1.10.0"])),
        ];
        let found = findings_across(&teams, "DRF01");
        assert_eq!(found.len(), 1, "{found:?}");
        let told = "depaudit.toml:2:16 asks for one: 1.10.0 in `b` and `c`; 1.2.0 in `a`";
        assert!(found[0].message.starts_with("`shared` stands at 2 versions, and "), "{found:?}");
        assert!(found[0].message.ends_with(told), "{found:?}");
        assert_eq!(found[0].locations.len(), 3);
    }

    #[test]
    fn fires_within_one_team() {
        let found = team(&["1.2.0", "2.0.0"]).policy(LIST).findings("DRF01");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].team.as_ref().unwrap().as_str(), "team");
    }

    #[test]
    fn is_silent_about_what_no_list_names() {
        let repository = team(&["1.2.0", "2.0.0"]).policy("[drift]\none-version = [\"other\"]\n");
        let report = repository.scan();
        assert!(report.findings.iter().all(|finding| finding.code != "DRF01"));
        let teams = [("a", team(&["1.2.0"])), ("b", team(&["1.2.1"]))];
        assert!(findings_across(&teams, "DRF01").is_empty());
        let lacking = report.summary.not_evaluated;
        assert!(lacking.iter().all(|lacking| lacking.code != "DRF01"), "{lacking:?}");
    }

    #[test]
    fn is_silent_about_the_workspace_in_which_the_crate_is_made() {
        let owner = Repository::new()
            .file("Cargo.toml", "[package]\nname = \"shared\"\nversion = \"1.3.0\"\n")
            .file("Cargo.lock", &lock("[[package]]\nname = \"shared\"\nversion = \"1.3.0\"\n"));
        let teams = [("owner", owner), ("user", team(&["1.2.0"]).policy(LIST))];
        assert!(findings_across(&teams, "DRF01").is_empty());
    }
}

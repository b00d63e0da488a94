use std::collections::BTreeMap;

use depaudit_model::{Checksum, Standing};
use depaudit_policy::{Level, Severity};

use super::{Check, Draft, Group, MOST_PLACES, Rule, Sink};
use crate::audit::{Across, Entry, Named, World};
use crate::cargo::lock::PackageSource;
use crate::facts::{Holder, LockedCrates};
use crate::report::FoundPackage;

pub(super) const RULE: Rule = Rule {
    code: "LCK01",
    name: "checksum-conflict",
    group: Group::Lock,
    severity: Severity::Critical,
    level: Level::Deny,
    documentation: DOCUMENTATION,
    check: Check::Locks(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires when locks hold two checksums for one name and version of one registry: in the locks of two
teams, or of one. With a depaudit server (`depaudit scan --server URL`), also when a lock holds another
checksum than the one that the server's record knows.

## Why it is bad
A registry publishes a version once. Two checksums mean that somebody was given other bytes under
the name of a release: by a mirror that repacks crates, by a proxy that serves a changed copy, by an
attacker, or by a lock that was edited. Each lock builds where it is, and cargo compares a download
with its own lock alone, so nobody else notices.

## Example
```toml
# one team's lock
[[package]]
name = \"shared\"
version = \"1.2.0\"
checksum = \"aaaa...\"

# another team's lock, from the same registry
[[package]]
name = \"shared\"
version = \"1.2.0\"
checksum = \"bbbb...\"
```

## How to fix it
Find out which checksum the registry's index has. Treat whatever was built with the other as built
from unknown bytes: look at where that download came from before anything else. Then remove the
wrong entry and let cargo write it again. Not safe to do automatically: one of the two is an
incident.

## When it is a false positive
When a private registry allows a version to be replaced and somebody did that. The locks still ask
for different bytes; end it by publishing a new version.
";

/// So many locks are named for each checksum.
const MOST_LOCKS: usize = 5;

fn check(across: &Across<'_>, world: World<'_>, sink: &mut Sink<'_>) {
    if world.facts.has_record() {
        check_record(across, world, sink);
    }
    for same_name in across.names() {
        for same in same_name.chunk_by(|a, b| a.package.version == b.package.version) {
            // Nearly all locks agree: look twice only where they do not.
            let first = same.first().map(|entry| entry.package.checksum);
            if same.iter().any(|entry| Some(entry.package.checksum) != first) {
                check_version(across, same, sink);
            }
        }
    }
}

/// Against what the record of a registry proxy knows.
fn check_record(across: &Across<'_>, world: World<'_>, sink: &mut Sink<'_>) {
    for (locked, holders, on_record) in
        LockedCrates::of(across.teams(), world.facts).all(world.facts)
    {
        let Some(on_record) = on_record.filter(|it| it.standing == Standing::Conflicting) else {
            continue;
        };
        let (name, version) = (&locked.name, &locked.version);
        let known: Vec<_> = on_record.others.iter().map(|it| format!("{it:.12}")).collect();
        let message = format!(
            "`{name}` {version} is locked as {:.12}, and the proxy's record knows {}",
            locked.sha256,
            known.join(", ")
        );
        let help = "treat what was built from this lock as built from unknown bytes: \
                    `depaudit trace` says who received which";
        for of_team in holders.chunk_by(|a, b| a.team.report.team == b.team.report.team) {
            let Some(Holder { team, .. }) = of_team.first() else { continue };
            sink.of_team(&team.report.team).report(Draft {
                message: message.clone(),
                help: Some(help.to_owned()),
                package: Some(FoundPackage {
                    name: name.to_string(),
                    version: Some(version.to_string()),
                }),
                workspace: None,
                locations: of_team.iter().map(Holder::place).take(MOST_PLACES).collect(),
                identity: format!("record {}", locked.sha256),
                level: None,
                fix: None,
            });
        }
    }
}

fn check_version(across: &Across<'_>, same: &[Entry<'_>], sink: &mut Sink<'_>) {
    let mut registries = BTreeMap::<&PackageSource, BTreeMap<Checksum, Vec<&Entry<'_>>>>::new();
    for entry in same {
        if let Some(checksum) = entry.package.checksum {
            let checksums = registries.entry(&entry.package.source).or_default();
            checksums.entry(checksum).or_default().push(entry);
        }
    }
    for (registry, checksums) in registries {
        if checksums.len() > 1 {
            report(across, registry, &checksums, sink);
        }
    }
}

fn report(
    across: &Across<'_>,
    registry: &PackageSource,
    checksums: &BTreeMap<Checksum, Vec<&Entry<'_>>>,
    sink: &mut Sink<'_>,
) {
    let mut all = checksums.values().flatten();
    let Some(first) = all.next() else { return };
    let (name, version) = (&first.package.name, &first.package.version);
    let of = match registry {
        PackageSource::Other(registry) => format!("the registry {registry}"),
        _ => "crates.io".to_owned(),
    };
    let mut message =
        format!("`{name}` {version} of {of} has {} checksums in the locks:", checksums.len());
    for (nth, (checksum, entries)) in checksums.iter().enumerate() {
        let mut teams: Vec<_> = entries.iter().map(|entry| entry.team).collect();
        teams.dedup();
        let teams = Named::new(across, &teams);
        let separator = if nth == 0 { "" } else { "," };
        message += &format!("{separator} {:.12} in {teams}", checksum.to_string());
    }
    let help = "compare them with the registry's index: where a lock has another one, its bytes \
                are not the release's";
    // The rarest first: that is most often the wrong one.
    let mut by_count: Vec<_> = checksums.values().collect();
    by_count.sort_by_key(|entries| entries.len());
    let shown = by_count.iter().flat_map(|entries| entries.iter().take(MOST_LOCKS));
    let draft = Draft {
        message,
        help: Some(help.to_owned()),
        package: Some(FoundPackage { name: name.to_string(), version: Some(version.to_string()) }),
        workspace: None,
        locations: shown.map(|entry| across.place(entry)).collect(),
        identity: of,
        level: None,
        fix: None,
    };
    match across.only_team(checksums.values().flatten().map(|entry| entry.team)) {
        Some(team) => sink.of_team(team).report(draft),
        None => sink.report(draft),
    }
}

#[cfg(test)]
mod tests {
    use depaudit_model::Standing;

    use crate::testing::{Repository, crates_io_package, findings_across, lock};

    fn with_checksum(of: &str) -> String {
        let checksum = depaudit_model::Checksum::of(of.as_bytes());
        let package = crates_io_package("shared", "1.2.0");
        let (rest, _) = package.split_once("checksum = ").unwrap();
        lock(&format!("{rest}checksum = \"{checksum}\"\n"))
    }

    fn team(checksum_of: &str) -> Repository {
        Repository::new().manifest("").file("Cargo.lock", &with_checksum(checksum_of))
    }

    #[test]
    fn fires_when_two_teams_hold_different_checksums() {
        let teams = [("a", team("ours")), ("b", team("ours")), ("c", team("theirs"))];
        let found = findings_across(&teams, "LCK01");
        assert_eq!(found.len(), 1, "{found:?}");
        let message = &found[0].message;
        assert!(message.starts_with("`shared` 1.2.0 of crates.io has 2 checksums"), "{message}");
        assert!(message.contains("in `a` and `b`") && message.contains("in `c`"), "{message}");
        let teams: Vec<_> = found[0].locations.iter().map(|place| place.team.clone()).collect();
        assert_eq!(teams[0].as_ref().unwrap().as_str(), "c", "the rarest comes first");
        assert_eq!(found[0].team, None);
    }

    #[test]
    fn fires_within_the_locks_of_one_team() {
        let found = team("ours").file("tool/Cargo.lock", &with_checksum("theirs"));
        let found = found.findings("LCK01");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].team.as_ref().unwrap().as_str(), "team");
        let paths: Vec<_> =
            found[0].locations.iter().map(|place| place.location.path.as_str()).collect();
        assert!(paths.contains(&"Cargo.lock") && paths.contains(&"tool/Cargo.lock"), "{paths:?}");
    }

    #[test]
    fn bad_input_40_fires_when_the_record_knows_another_checksum() {
        let repository = Repository::new().manifest("").file("Cargo.lock", &with_checksum("x"));
        let found = repository.recorded("shared", "1.2.0", Standing::Conflicting).findings("LCK01");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.contains("the proxy's record knows "), "{found:?}");
        let served = Repository::new().manifest("").file("Cargo.lock", &with_checksum("x"));
        let served = served.recorded("shared", "1.2.0", Standing::Served).findings("LCK01");
        assert!(served.is_empty(), "{served:?}");
    }

    #[test]
    fn is_silent_where_locks_agree() {
        assert!(findings_across(&[("a", team("x")), ("b", team("x"))], "LCK01").is_empty());
    }

    #[test]
    fn is_silent_about_another_registry_with_the_same_name_and_version() {
        let index = tame_index::CRATES_IO_INDEX;
        let mine = with_checksum("mine").replace(index, "https://crates.example/index");
        let mine = Repository::new().manifest("").file("Cargo.lock", &mine);
        assert!(findings_across(&[("a", team("x")), ("b", mine)], "LCK01").is_empty());
    }

    #[test]
    fn is_silent_where_one_lock_has_no_checksum() {
        let bare = with_checksum("x");
        let (bare, _) = bare.split_once("checksum").unwrap();
        let bare = Repository::new().manifest("").file("Cargo.lock", bare);
        assert!(findings_across(&[("a", team("x")), ("b", bare)], "LCK01").is_empty());
    }
}

use depaudit_policy::{Level, Severity};

use super::{Check, Draft, Group, Rule, Sink};
use crate::audit::TeamView;
use crate::overrides::is_accounted_for;
use crate::report::{Layer, Override, OverrideKind, Place, Target};

pub(super) const RULE: Rule = Rule {
    code: "OVR10",
    name: "override-in-config",
    group: Group::Override,
    severity: Severity::High,
    level: Level::Deny,
    documentation: DOCUMENTATION,
    check: Check::Team(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires on `[patch]`, `paths` and `[source]` replacement in a Cargo configuration file, or in a file
that one includes. It is silent about a proxy that the policy approves, and about a vendored tree of
the repository itself whose files are what the lock asks for.

## Why it is bad
Configuration is found by the folder in which cargo is run, not by the manifest: one commit builds
other bytes in a subfolder, with `--manifest-path`, or for whoever depends on the package. `paths` is
the worst of them: it puts in a folder's packages at any version, and the lock does not change by a
byte, `--locked` or not. A developer's override that was committed by mistake ships like this.

## Example
```toml
# .cargo/config.toml
paths = [\"../shared-fork\"]
```

## How to fix it
Write a `[patch]` into the root's manifest, where it counts for every build and shows in the lock;
replace crates.io by an approved proxy alone; or take the entry out. None of it is safe to do
automatically: the lock or the bytes change.

## When it is a false positive
When the file is a template that no build uses; leave it out with `--exclude`. An override that has
to stand there can be waived for as long as it is needed.
";

fn check(view: &TeamView<'_>, sink: &mut Sink<'_>) {
    let in_config = view.overrides.iter().filter(|it| it.layer == Layer::Config);
    for record in in_config.filter(|it| it.is_effective()) {
        if let Some((message, help)) = complaint(view, record) {
            let mut draft = Draft::about(record, message, help);
            let include = view.configs.include_of(&record.location.path);
            draft.locations.extend(include.map(Place::from));
            sink.report(draft);
        }
    }
}

const PATCH: &str =
    "write a `[patch]` into the workspace's Cargo.toml, which counts for every build";
const SOURCE: &str = "take it out, or replace crates.io by a proxy that the policy approves";

fn complaint(view: &TeamView<'_>, record: &Override) -> Option<(String, &'static str)> {
    match (record.kind, &record.target, &record.package) {
        (OverrideKind::ConfigPatch, _, Some(package)) => {
            let message =
                format!("`{package}` is patched in Cargo's configuration, where no lock shows it");
            Some((message, PATCH))
        }
        (OverrideKind::ConfigPaths, Target::Path(folder), Some(package)) => {
            let message =
                format!("`paths` takes `{package}`, at whatever version, from `{folder}`");
            Some((message, PATCH))
        }
        (OverrideKind::ConfigPaths, Target::Path(folder), None) => {
            Some((format!("`paths` takes every package that lies in `{folder}` from there"), PATCH))
        }
        (OverrideKind::SourceReplacement, ..) if !is_accounted_for(view, record) => {
            let source = record.source.as_ref()?;
            Some((format!("packages of `{source}` come from elsewhere by `[source]`"), SOURCE))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Repository;

    const REPLACED: &str = "[source.crates-io]\nreplace-with = \"p\"\n[source.p]\n\
                            registry = \"sparse+http://127.0.0.1:8417/t/a/crates-io/index/\"\n";

    #[test]
    fn fires_on_a_patch_and_on_paths() {
        let found = Repository::configured(
            "paths = [\"fork\"]\n[patch.crates-io]\nshared = { git = \"https://git.example/s\" }\n",
        )
        .file("fork/Cargo.toml", "[package]\nname = \"shared\"\nversion = \"9.0.0\"\n")
        .findings("OVR10");
        let messages: Vec<_> = found.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(found.len(), 2, "{messages:?}");
        assert!(messages[0].contains("`shared`, at whatever version, from `fork`"), "{messages:?}");
        assert!(messages[1].contains("is patched"), "{messages:?}");
    }

    #[test]
    fn fires_on_a_replacement_in_an_included_file() {
        let found = Repository::configured("include = [\"more.toml\"]\n")
            .file(".cargo/more.toml", REPLACED)
            .findings("OVR10");
        assert_eq!(found.len(), 1, "{found:?}");
        let places: Vec<_> =
            found[0].locations.iter().map(|it| it.location.path.as_str()).collect();
        assert_eq!(places, [".cargo/more.toml", ".cargo/config.toml"]);
    }

    #[test]
    fn is_silent_about_an_approved_proxy() {
        let found = Repository::configured(REPLACED)
            .policy("[approved]\nproxies = [\"http://127.0.0.1:8417\"]\n")
            .findings("OVR10");
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn is_silent_about_other_configuration() {
        let found = Repository::configured(
            "[net]\nretry = 2\n[registries.mine]\nindex = \"sparse+https://e.org/\"\n",
        )
        .findings("OVR10");
        assert!(found.is_empty(), "{found:?}");
    }
}

use std::collections::BTreeMap;

use depaudit_policy::{Level, Severity};

use super::{Check, Draft, Group, Rule, Sink};
use crate::audit::TeamView;
use crate::cargo::manifest::{Manifest, Patch};
use crate::files::RepoPath;
use crate::report::{Location, SourceKey};

pub(super) const RULE: Rule = Rule {
    code: "OVR14",
    name: "patch-key-ambiguous",
    group: Group::Override,
    severity: Severity::High,
    level: Level::Deny,
    documentation: DOCUMENTATION,
    check: Check::Team(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires when one manifest has two `[patch]` tables whose keys are two spellings of one source.

## Why it is bad
Cargo compares sources, not spellings. When both tables patch one package, which of them wins can
vary from run to run of the same Cargo on the same files: builds that nobody can repeat.

## Example
```toml
[patch.\"https://git.example/shared\"]
shared = { path = \"fork\" }

[patch.\"https://git.example/shared.git\"]
shared = { path = \"other-fork\" }
```

## How to fix it
Move all entries under one spelling, and remove the other table. That is safe as long as no package
is patched in both.

## When it is a false positive
Never: even where the tables patch different packages, the next entry can collide.
";

fn check(view: &TeamView<'_>, sink: &mut Sink<'_>) {
    for manifest in view.manifests.all() {
        let mut tables = BTreeMap::<SourceKey, BTreeMap<&str, &Patch>>::new();
        for patch in &manifest.patches {
            let source = SourceKey::new(&patch.source_key, |_| None);
            tables.entry(source).or_default().entry(&patch.source_key).or_insert(patch);
        }
        for (source, spellings) in tables {
            let mut spellings = spellings.into_values();
            if let (Some(first), Some(second)) = (spellings.next(), spellings.next()) {
                sink.report(draft(view, manifest, &source, first, second));
            }
        }
    }
}

fn draft(
    view: &TeamView<'_>,
    manifest: &Manifest,
    source: &SourceKey,
    first: &Patch,
    second: &Patch,
) -> Draft {
    Draft {
        message: format!(
            "the keys `{}` and `{}` of `[patch]` are both {source}: which one wins varies",
            first.shown_source_key(),
            second.shown_source_key(),
        ),
        help: Some("move all entries under one of them".to_owned()),
        package: None,
        workspace: view.workspaces.root_of(&manifest.path).map(RepoPath::folder),
        locations: vec![
            Location::new(&manifest.path, first.source_span).into(),
            Location::new(&manifest.path, second.source_span).into(),
        ],
        identity: format!("{} {source}", manifest.path),
        level: None,
        fix: None,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Repository;

    fn patched(first: &str, second: &str) -> Repository {
        Repository::new().manifest(&format!(
            "[patch.{first}]\na = {{ path = \"a\" }}\n[patch.{second}]\na = {{ path = \"b\" }}\n"
        ))
    }

    #[test]
    fn bad_input_55_fires_on_two_spellings_of_one_source() {
        let url = format!("\"{}.git\"", tame_index::CRATES_IO_INDEX);
        let found = patched("crates-io", &url).findings("OVR14");
        assert_eq!(found.len(), 1, "{found:?}");
        let lines: Vec<_> = found[0].locations.iter().map(|it| it.location.span.line).collect();
        assert_eq!(lines, [4, 6]);
    }

    #[test]
    fn is_silent_about_two_sources() {
        let found = patched("crates-io", "\"https://git.example/a\"").findings("OVR14");
        assert!(found.is_empty(), "{found:?}");
    }
}

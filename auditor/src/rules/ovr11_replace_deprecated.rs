use depaudit_policy::{Level, Severity};

use super::{Check, Draft, Group, Rule, Sink};
use crate::audit::TeamView;
use crate::fix::Fix;
use crate::report::{OverrideKind, SourceKey};

pub(super) const RULE: Rule = Rule {
    code: "OVR11",
    name: "replace-deprecated",
    group: Group::Override,
    severity: Severity::Medium,
    level: Level::Warn,
    documentation: DOCUMENTATION,
    check: Check::Team(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires on every entry of `[replace]`.

## Why it is bad
Cargo has deprecated `[replace]` in favour of `[patch]`. The lock keeps the replaced package with
the checksum of its release, although other bytes are built: a tool that compares checksums sees
nothing. It cannot be used together with `[patch]`.

## Example
```toml
[replace]
\"shared:1.2.0\" = { path = \"fork\" }
```

## How to fix it
Write the same entry under `[patch.crates-io]`, without the version in its key. The lock changes,
and shows the override from then on; the built bytes stay the same.

## When it is a false positive
Never: the table is deprecated wherever it stands.
";

fn check(view: &TeamView<'_>, sink: &mut Sink<'_>) {
    let replaces = view.overrides.iter().filter(|it| it.kind == OverrideKind::Replace);
    for record in replaces {
        let package = record.package.as_deref().unwrap_or_default();
        let message =
            format!("`{package}` is replaced by means of `[replace]`, which is deprecated");
        let source = record.source.as_ref().unwrap_or(&SourceKey::CratesIo);
        let help = format!("write it as `[patch.{source}]`, with the key `{package}`");
        let fix = Fix::modernise(record);
        sink.report(Draft { fix, ..Draft::about(record, message, help) });
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Repository;

    #[test]
    fn fires_on_every_entry() {
        let found = Repository::new()
            .manifest("[replace]\n\"a:1.0.0\" = { path = \"a\" }\n\"b:2.0.0\" = { path = \"b\" }\n")
            .findings("OVR11");
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(found[0].package.as_ref().unwrap().version.as_deref(), Some("1.0.0"));
    }

    #[test]
    fn is_silent_about_patches() {
        let found = Repository::new()
            .manifest("[patch.crates-io]\na = { path = \"a\" }\n")
            .findings("OVR11");
        assert!(found.is_empty(), "{found:?}");
    }
}

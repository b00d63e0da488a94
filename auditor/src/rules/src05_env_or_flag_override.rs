use depaudit_policy::{Level, Severity};

use super::{Check, Draft, Group, Rule, Sink};
use crate::audit::TeamView;
use crate::report::{Override, OverrideKind, State, Target};

pub(super) const RULE: Rule = Rule {
    code: "SRC05",
    name: "env-or-flag-override",
    group: Group::Source,
    severity: Severity::High,
    level: Level::Warn,
    documentation: DOCUMENTATION,
    check: Check::Team(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires where a CI file, a container file, a script or an alias changes Cargo's sources by a
variable or a flag: `CARGO_SOURCE_*`, `CARGO_PATCH_*`, `CARGO_REGISTRIES_*_INDEX`, `--config`.

## Why it is bad
The job builds from other sources than everybody's own machine, and no file that Cargo reads shows
it. The lock does not change, so a reviewer of the lock sees nothing.

## Example
```yaml
- run: cargo build --config patch.crates-io.shared.path=\\\"../fork\\\"
```

## How to fix it
Move the setting into the repository's `.cargo/config.toml`, where everybody gets it. Not safe to do
automatically.

## When it is a false positive
When the variable names the approved proxy. Cargo ignores `CARGO_SOURCE_` and `CARGO_PATCH_` names
that are all in capitals; those are not reported.
";

fn check(view: &TeamView<'_>, sink: &mut Sink<'_>) {
    for record in &view.overrides {
        if matches!(record.kind, OverrideKind::Env | OverrideKind::Flag)
            && record.state != State::Ignored
        {
            sink.report(draft(record));
        }
    }
}

fn draft(record: &Override) -> Draft {
    let what = match &record.target {
        Target::Setting(setting) => format!("`{}`", setting.name),
        _ => "`--config`".to_owned(),
    };
    let about = match (&record.package, &record.source) {
        (Some(package), _) => format!("where `{package}` comes from"),
        (None, Some(source)) => format!("where packages of `{source}` come from"),
        (None, None) => "how versions are chosen, or which configuration counts".to_owned(),
    };
    let help = "write it into the repository's `.cargo/config.toml`, where every build gets it";
    Draft::about(record, format!("{what} changes here, and only here, {about}"), help)
}

#[cfg(test)]
mod tests {
    use crate::testing::Repository;

    #[test]
    fn fires_on_variables_and_flags() {
        let found = Repository::new()
            .manifest("")
            .file(
                "Dockerfile",
                "FROM rust\nENV CARGO_REGISTRIES_MINE_INDEX=https://u:canary@e.org/\n",
            )
            .file("build.sh", "cargo build --config patch.crates-io.foo.path='\"x\"'\n")
            .findings("SRC05");
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(!format!("{found:?}").contains("canary"), "{found:?}");
    }

    #[test]
    fn is_silent_about_what_cargo_ignores() {
        let found = Repository::new()
            .manifest("")
            .file("Dockerfile", "FROM rust\nENV CARGO_SOURCE_CRATES_IO_REGISTRY=https://e.org/\n")
            .findings("SRC05");
        assert!(found.is_empty(), "{found:?}");
    }
}

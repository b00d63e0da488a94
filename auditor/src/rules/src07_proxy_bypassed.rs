use depaudit_policy::{Level, Severity};

use super::{Check, Draft, Group, Rule, Sink};
use crate::audit::TeamView;
use crate::ci::CargoCommand;
use crate::report::{Location, OverrideKind, SourceKey, State};

pub(super) const RULE: Rule = Rule {
    code: "SRC07",
    name: "proxy-bypassed",
    group: Group::Source,
    severity: Severity::High,
    level: Level::Warn,
    documentation: DOCUMENTATION,
    check: Check::Team(check),
};

const DOCUMENTATION: &str = "\
## What it does
In a repository whose configuration replaces crates.io, it fires on commands that do not heed that
configuration: `cargo install` of a published crate, `cargo vendor` without
`--respect-source-config`, and `--registry crates-io`.

## Why it is bad
What such a command fetches was not checked by the proxy and is on nobody's record, although the
repository looks as if everything came through the proxy.

## Example
```sh
cargo install cargo-nextest
```

## How to fix it
Put the source replacement into `$CARGO_HOME/config.toml` of the runner, which `cargo install` does
read; give `cargo vendor` the flag `--respect-source-config`.

## When it is a false positive
When the runner's CARGO_HOME already has the replacement, which a scan cannot see.
";

fn check(view: &TeamView<'_>, sink: &mut Sink<'_>) {
    let replaces = view.overrides.iter().any(|record| {
        record.kind == OverrideKind::SourceReplacement
            && record.source == Some(SourceKey::CratesIo)
            && record.state != State::Ignored
    });
    if !replaces {
        return;
    }
    for file in &view.ci {
        for command in &file.commands {
            let Some((what, help)) = bypass(command) else { continue };
            sink.report(Draft {
                message: format!("{what} goes around the configured source of crates.io"),
                help: Some(help.to_owned()),
                package: None,
                workspace: None,
                locations: vec![Location::new(&file.path, command.span).into()],
                identity: format!("{} {}", file.path, command.words.join(" ")),
                level: None,
                fix: None,
            });
        }
    }
}

fn bypass(command: &CargoCommand) -> Option<(&'static str, &'static str)> {
    if command.value_of("--registry") == Some("crates-io") {
        return Some(("`--registry crates-io`", "leave the flag out"));
    }
    match command.subcommand()? {
        "install" if !command.has("--path") && !command.has("--git") => Some((
            "`cargo install`",
            "put the source replacement into the runner's `$CARGO_HOME/config.toml`",
        )),
        "vendor" if !command.has("--respect-source-config") => {
            Some(("`cargo vendor`", "add `--respect-source-config`"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Repository;

    const PROXY: &str = "[source.crates-io]\nreplace-with = \"p\"\n[source.p]\nregistry = \"sparse+https://p.example/\"\n";
    const SCRIPT: &str = "cargo install --locked x\ncargo vendor v\ncargo install --path .\ncargo add --registry crates-io y\n";

    #[test]
    fn fires_on_commands_that_do_not_heed_the_configuration() {
        let found = Repository::new()
            .manifest("")
            .file(".cargo/config.toml", PROXY)
            .file("setup.sh", SCRIPT)
            .findings("SRC07");
        let lines: Vec<_> = found.iter().map(|it| it.locations[0].location.span.line).collect();
        assert_eq!(lines, [1, 2, 4]);
    }

    #[test]
    fn is_silent_where_there_is_nothing_to_go_around() {
        let found = Repository::new().manifest("").file("setup.sh", SCRIPT).findings("SRC07");
        assert!(found.is_empty(), "{found:?}");
    }
}

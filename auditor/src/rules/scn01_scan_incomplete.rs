use depaudit_policy::{Level, Severity};

use super::{Check, Draft, Group, Rule, Sink};
use crate::audit::TeamView;
use crate::report::{Location, Span};

pub(super) const RULE: Rule = Rule {
    code: "SCN01",
    name: "scan-incomplete",
    group: Group::Scan,
    severity: Severity::High,
    level: Level::Deny,
    documentation: DOCUMENTATION,
    check: Check::Team(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires when a file that counts could not be read or parsed, or when a member or an included file
is not there.

## Why it is bad
Whatever stands in that file was not checked. A scan that passed over it would call clean what
nobody has looked at; one unparsable manifest could hide every override in it.

## Example
```toml
[workspace]
members = [\"crates/*\", \"tools/gone\"] # there is no such folder
```

## How to fix it
Mend or remove the file. Fixtures that are broken on purpose can be left out of the scan with
`--exclude`.

## When it is a false positive
When the file is a template that a generator fills in later. Leave it out with `--exclude`.
";

fn check(view: &TeamView<'_>, sink: &mut Sink<'_>) {
    for gap in &view.gaps {
        let location = Location::new(&gap.path, gap.span.unwrap_or(Span::START));
        sink.report(Draft {
            message: format!("`{}` was not scanned completely: {}", gap.path, gap.message),
            help: Some("mend it, or leave it out with `--exclude`".to_owned()),
            package: None,
            workspace: None,
            locations: vec![location.into()],
            identity: format!("{} {}", gap.path, gap.message),
            level: None,
            fix: None,
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Repository;

    #[test]
    fn fires_on_a_manifest_that_does_not_parse_and_on_a_missing_member() {
        let found = Repository::new()
            .manifest("[workspace]\nmembers = [\"gone\"]\n")
            .file("broken/Cargo.toml", "[package\n")
            .findings("SCN01");
        let messages: Vec<_> = found.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(found.len(), 2, "{messages:?}");
        assert!(messages[0].contains("`gone`"), "{messages:?}");
        assert!(messages[1].starts_with("`broken/Cargo.toml`"), "{messages:?}");
    }

    #[test]
    fn is_silent_when_all_was_read() {
        let found = Repository::new().manifest("[dependencies]\nserde = \"1\"\n").findings("SCN01");
        assert!(found.is_empty(), "{found:?}");
    }
}

use depaudit_policy::{Level, Severity, Waiver};

use super::{Check, Draft, Group, Rule};
use crate::request::TeamRoot;

pub(crate) const RULE: Rule = Rule {
    code: "WVR05",
    name: "waiver-unused",
    group: Group::Waiver,
    severity: Severity::Low,
    level: Level::Warn,
    documentation: DOCUMENTATION,
    check: Check::Policy,
};

const DOCUMENTATION: &str = "\
## What it does
It fires on a waiver of the repository's own policy that is about nothing that the scan found. A
waiver for a rule that could not be evaluated is left alone.

## Why it is bad
What it was for has been mended, or its words do not match what they were meant for. In the first
case it lies in wait for the next finding of its kind and hides it; in the second, somebody believes
that something is accepted which is not.

## Example
```toml
[[waiver]]
rule = \"yanked\"
package = \"legacy-codec\" # which left the lock in spring
owner = \"platform\"
reason = \"leaves with the old gateway\"
expires = 2026-08-15
```

## How to fix it
Take it out. That is safe: it hides nothing.

## When it is a false positive
When the finding comes and goes, say with an environment variable of some jobs.
";

/// What to say of it.
pub(crate) fn waiver_unused(root: &TeamRoot, waiver: &Waiver) -> Draft {
    let message = "the waiver is about nothing that was found".to_owned();
    let identity = super::waiver_identity(waiver);
    root.at_line(&waiver.place, identity, message, "take it out")
}

#[cfg(test)]
mod tests {
    use crate::testing::Repository;

    const WAIVER: &str =
        "rule = \"OVR02\"\npackage = \"a\"\nowner = \"me\"\nexpires = 2026-07-01\n";

    #[test]
    fn fires_on_a_waiver_that_is_about_nothing() {
        let found = Repository::waiver(WAIVER).findings("WVR05");
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn is_silent_about_a_waiver_that_hides_something() {
        let found = Repository::waiver(WAIVER)
            .manifest("[dependencies]\na = { git = \"https://git.example/a\" }\n")
            .findings("WVR05");
        assert!(found.is_empty(), "{found:?}");
    }
}

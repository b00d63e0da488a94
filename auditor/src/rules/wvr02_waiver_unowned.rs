use depaudit_policy::{Defect, Level, Severity, WaiverDefect};

use super::{Check, Draft, Group, Rule};
use crate::request::TeamRoot;

pub(crate) const RULE: Rule = Rule {
    code: "WVR02",
    name: "waiver-unowned",
    group: Group::Waiver,
    severity: Severity::Medium,
    level: Level::Deny,
    documentation: DOCUMENTATION,
    check: Check::Policy,
};

const DOCUMENTATION: &str = "\
## What it does
It fires on a waiver that names no `owner`.

## Why it is bad
When the waiver ends, or what it hides turns out to matter, there is nobody to ask. Waivers without
an owner are the ones that are prolonged year after year by whoever wants a green build.

## Example
```toml
[[waiver]]
rule = \"yanked\"
package = \"legacy-codec\"
reason = \"will be replaced\"
expires = 2026-08-15
```

## How to fix it
Add `owner`: a team or a person who can be asked. A tool cannot know it.

## When it is a false positive
Never: a name is always possible.
";

/// What to say of a waiver that is wrong in itself: of this rule, WVR03 and WVR04.
pub(crate) fn waiver_defect(root: &TeamRoot, wrong: &WaiverDefect<'_>) -> Draft {
    let help = match wrong.defect {
        Defect::Unowned => "add `owner`: a team or a person who can be asked",
        Defect::TooLong { .. } => "give it an earlier `expires`",
        Defect::TooWide(_) => "name the `package`, the `path` or the `fingerprint` that is meant",
    };
    let identity = super::waiver_identity(wrong.waiver);
    root.at_line(&wrong.waiver.place, identity, wrong.defect.to_string(), help)
}

#[cfg(test)]
mod tests {
    use crate::testing::Repository;

    #[test]
    fn fires_on_a_waiver_that_nobody_answers_for() {
        let found = Repository::waiver("rule = \"OVR02\"\npackage = \"a\"\nexpires = 2026-07-01\n")
            .findings("WVR02");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.contains("no `owner`"), "{found:?}");
        assert_eq!(found[0].locations[0].location.path.as_str(), "depaudit.toml");
    }

    #[test]
    fn is_silent_about_a_waiver_with_an_owner() {
        let found = Repository::waiver(
            "rule = \"OVR02\"\npackage = \"a\"\nowner = \"me\"\nexpires = 2026-07-01\n",
        )
        .findings("WVR02");
        assert!(found.is_empty(), "{found:?}");
    }
}

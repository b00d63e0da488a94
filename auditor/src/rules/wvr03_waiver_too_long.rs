use depaudit_policy::{Level, Severity};

use super::{Check, Group, Rule};

pub(crate) const RULE: Rule = Rule {
    code: "WVR03",
    name: "waiver-too-long",
    group: Group::Waiver,
    severity: Severity::Medium,
    level: Level::Deny,
    documentation: DOCUMENTATION,
    check: Check::Policy,
};

const DOCUMENTATION: &str = "\
## What it does
It fires on a waiver that names no `expires`, or a day that is further away than the policy's
`waivers.max-days` allows: 180 days where it says nothing. Days count from `granted`, or from today.

## Why it is bad
A waiver without an end is a change of the policy that nobody decided on. The finding that it hides
is forgotten, and with it the reason why it was thought to be harmless.

## Example
```toml
[[waiver]]
rule = \"yanked\"
package = \"legacy-codec\"
owner = \"platform\"
reason = \"will be replaced\"
```

## How to fix it
Give it an `expires` within the bound, and say with `granted` since when it holds. What has to be
accepted for longer is a matter of `[levels]`, in the open.

## When it is a false positive
When another bound was agreed on. Write it into the policy as `waivers.max-days`.
";

#[cfg(test)]
mod tests {
    use crate::testing::Repository;

    #[test]
    fn fires_on_a_waiver_without_an_end() {
        let found = Repository::waiver("rule = \"OVR02\"\npackage = \"a\"\nowner = \"me\"\n")
            .findings("WVR03");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.contains("no `expires`; it may last at most 180"), "{found:?}");
        let long = r#"rule = "OVR02"
package = "a"
owner = "me"
expires = 2027-06-01"#;
        assert_eq!(Repository::waiver(&long.replace("\\n", "\n")).findings("WVR03").len(), 1);
    }

    #[test]
    fn is_silent_about_a_waiver_within_the_bound() {
        let found = Repository::waiver(
            "rule = \"OVR02\"\npackage = \"a\"\nowner = \"me\"\nexpires = 2026-07-01\n",
        )
        .findings("WVR03");
        assert!(found.is_empty(), "{found:?}");
    }
}

use depaudit_policy::{Level, Severity};

use super::{Check, Group, Rule};

pub(crate) const RULE: Rule = Rule {
    code: "WVR04",
    name: "waiver-too-wide",
    group: Group::Waiver,
    severity: Severity::Medium,
    level: Level::Deny,
    documentation: DOCUMENTATION,
    check: Check::Policy,
};

const DOCUMENTATION: &str = "\
## What it does
It fires on a waiver that would hide what nobody has looked at: one that names no finding, rule or
group; a whole group without a package; a whole rule with neither package nor path. Such a waiver
hides nothing.

## Why it is bad
It would hide tomorrow's findings as well as today's. A rule that is waived for everything is
switched off by a file that is not read as one that switches rules off.

## Example
```toml
[[waiver]]
rule = \"patch-git-unpinned\" # for every package there is
owner = \"platform\"
reason = \"too many to look at\"
expires = 2026-08-15
```

## How to fix it
Name the package, the path or the fingerprint that `depaudit scan` shows. For a project that begins
with many findings, `--write-baseline` is made. To switch a rule off, set its level.

## When it is a false positive
Never: the level of a rule is the place for what is meant for everything.
";

#[cfg(test)]
mod tests {
    use crate::testing::Repository;

    #[test]
    fn fires_on_a_waiver_for_a_whole_rule() {
        let found = Repository::waiver("rule = \"OVR02\"\nowner = \"me\"\nexpires = 2026-07-01\n")
            .findings("WVR04");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.contains("for a whole rule"), "{found:?}");
        let anything =
            Repository::waiver("owner = \"me\"\nexpires = 2026-07-01\n").findings("WVR04");
        assert_eq!(anything.len(), 1, "{anything:?}");
    }

    #[test]
    fn is_silent_about_a_waiver_for_one_package() {
        let found = Repository::waiver(
            "rule = \"OVR02\"\npackage = \"a\"\nowner = \"me\"\nexpires = 2026-07-01\n",
        )
        .findings("WVR04");
        assert!(found.is_empty(), "{found:?}");
    }
}

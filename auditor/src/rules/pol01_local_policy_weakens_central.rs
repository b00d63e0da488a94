use depaudit_policy::{Level, Severity, Weakening};

use super::{Check, Draft, Group, Rule};
use crate::request::TeamRoot;

pub(crate) const RULE: Rule = Rule {
    code: "POL01",
    name: "local-policy-weakens-central",
    group: Group::Scan,
    severity: Severity::High,
    level: Level::Deny,
    documentation: DOCUMENTATION,
    check: Check::Policy,
};

const DOCUMENTATION: &str = "\
## What it does
It fires on a line of a repository's policy that would loosen the policy which it extends: a lower
level, a longer waiver, a registry that the central list does not have. The central line stands
nevertheless.

## Why it is bad
Whoever wrote the line believes that it holds. And a central policy that any repository may loosen
is a suggestion: the one repository that switched a rule off for a release is the one in which what
the rule looks for is found.

## Example
```toml
extends = \"https://depaudit.example/policy.toml\" # says: override = \"deny\"

[levels]
override = \"warn\"
```

## How to fix it
Take the line out. Where a finding has to be accepted, a `[[waiver]]` with an owner and an end is
made for that. Where the central policy is wrong, change it there.

## When it is a false positive
Never: what the central policy is silent about can be set freely.
";

/// What to say of a line that would loosen the central policy.
pub(crate) fn policy_weakened(root: &TeamRoot, weakening: &Weakening) -> Draft {
    let message = format!("{weakening} ({})", weakening.central);
    let help = "take the line out; a finding that has to be accepted needs a `[[waiver]]`";
    root.at_line(&weakening.local, weakening.to_string(), message, help)
}

#[cfg(test)]
mod tests {
    use depaudit_policy::Level;

    use crate::testing::Repository;

    #[test]
    fn fires_on_a_line_that_loosens_and_the_central_one_stands() {
        let found = Repository::new()
            .manifest("[dependencies]\na = { git = \"https://git.example/a\" }\n")
            .policies("[levels]\nOVR02 = 'deny'\n", "[levels]\nOVR02 = 'warn'\n")
            .scan()
            .findings;
        let of = |code: &str| found.iter().find(|finding| finding.code == code);
        let (weakened, judged) = (of("POL01").unwrap(), of("OVR02").unwrap());
        assert!(weakened.message.contains("which stands (central.toml:2:1)"), "{weakened:?}");
        let place = &weakened.locations[0].location;
        assert_eq!((place.path.as_str(), place.span.line), ("depaudit.toml", 2));
        assert_eq!(judged.level, Level::Deny);
        let decided = judged.decided_by.as_ref().unwrap();
        assert_eq!(decided.to_string(), "central.toml:2:1");
    }

    #[test]
    fn is_silent_about_a_line_that_tightens() {
        let found = Repository::new()
            .manifest("")
            .policies("[levels]\nOVR02 = 'warn'\n", "[levels]\nOVR02 = 'deny'\n")
            .findings("POL01");
        assert!(found.is_empty(), "{found:?}");
    }
}

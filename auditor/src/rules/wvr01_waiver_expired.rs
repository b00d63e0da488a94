use depaudit_policy::{Expiry, Level, Severity, Waiver};

use super::{Check, Draft, Group, MOST_PLACES, Rule};
use crate::report::Finding;
use crate::request::TeamRoot;

pub(crate) const RULE: Rule = Rule {
    code: "WVR01",
    name: "waiver-expired",
    group: Group::Waiver,
    severity: Severity::High,
    level: Level::Deny,
    documentation: DOCUMENTATION,
    check: Check::Policy,
};

const DOCUMENTATION: &str = "\
## What it does
It fires when a waiver has ended and what it hid is still there, with the severity of what it hid.
In the last 14 days before, it says as a warning that the waiver will end.

## Why it is bad
A waiver is a promise with a date. One that is passed over in silence on that date has become the
rule: a fork that was accepted for one release was found in production two years later, because
nobody was reminded.

## Example
```toml
[[waiver]]
rule = \"patch-git-unpinned\"
package = \"shared\"
owner = \"payments\"
reason = \"the release comes in May\"
expires = 2026-06-01
```

## How to fix it
Mend what the waiver hid, and take the waiver out. If it has to stay, agree with its owner on a new
`expires`, in a change that somebody reviews. Nothing of this is done automatically.

## When it is a false positive
Never: the day is written in the waiver. Days end at midnight UTC.
";

/// A waiver that has ended, or ends soon.
pub(crate) struct Ended<'a> {
    waiver: &'a Waiver,
    expiry: Expiry,
    /// What it hid or hides; never empty.
    pub(crate) findings: Vec<&'a Finding>,
}

impl<'a> Ended<'a> {
    pub(crate) const fn new(waiver: &'a Waiver, expiry: Expiry) -> Self {
        Self { waiver, expiry, findings: Vec::new() }
    }

    /// The severity of the worst that it hid.
    pub(crate) fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }
}

/// What to say of it.
pub(crate) fn waiver_ends(root: &TeamRoot, ended: &Ended<'_>) -> Draft {
    let waiver = ended.waiver;
    let (what, state) = match ended.expiry {
        Expiry::Soon { days: 1 } => ("ends tomorrow".to_owned(), "soon"),
        Expiry::Soon { days } => (format!("ends in {days} days"), "soon"),
        Expiry::Past | Expiry::Holds => match &waiver.expires {
            Some(expires) => (format!("ended on {}", expires.value), "past"),
            None => ("has ended".to_owned(), "past"),
        },
    };
    let soon = state == "soon";
    let hid = if soon { "still hides" } else { "no longer hides" };
    let (first, more) = ended
        .findings
        .split_first()
        .map_or(("nothing", 0), |(first, others)| (first.code, others.len()));
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let owner = waiver.owner.as_ref().map(|it| format!(" of {it}")).unwrap_or_default();
    let message = format!("the waiver{owner} {what}, and {hid} {first}{more}");
    let help = "mend what it hides and take it out, or agree with its owner on a new `expires`";
    // Announced and ended are two findings: who accepted the one has not accepted the other.
    let identity = format!("{state} {}", super::waiver_identity(waiver));
    let mut draft = root.at_line(&waiver.place, identity, message, help);
    draft.level = soon.then_some(Level::Warn);
    let places = ended.findings.iter().filter_map(|finding| {
        let mut place = finding.locations.first()?.clone();
        place.team = place.team.or_else(|| finding.team.clone());
        Some(place)
    });
    draft.locations.extend(places.take(MOST_PLACES));
    draft
}

/// What tells a waiver apart from others: what it is about, and no line number.
pub(crate) fn waiver_identity(waiver: &Waiver) -> String {
    let Waiver { about, fingerprint, package, version, team, path, .. } = waiver;
    format!("{about:?} {fingerprint:?} {package:?} {version:?} {team:?} {path:?}")
}

#[cfg(test)]
mod tests {
    use depaudit_policy::{Level, Severity};

    use crate::testing::Repository;

    fn waived_until(expires: &str) -> Repository {
        Repository::new()
            .manifest("[dependencies]\na = { git = \"https://git.example/a\" }\n")
            .policy(&format!(
                "[[waiver]]\nrule = \"OVR02\"\npackage = \"a\"\nowner = \"me\"\n\
                 reason = \"x\"\nexpires = {expires}\n"
            ))
    }

    #[test]
    fn fires_on_the_day_that_a_waiver_names() {
        let found = waived_until("2026-06-01").findings("WVR01");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].level, found[0].severity), (Level::Deny, Severity::High));
        assert!(found[0].message.contains("ended on 2026-06-01, and no longer hides OVR02"));
        let places: Vec<_> =
            found[0].locations.iter().map(|it| it.location.path.as_str()).collect();
        assert_eq!(places, ["depaudit.toml", "Cargo.toml"]);
        let still_there = waived_until("2026-06-01").findings("OVR02");
        assert_eq!(still_there[0].waived_by, None);
    }

    #[test]
    fn fires_as_a_warning_for_14_days_before() {
        let found = waived_until("2026-06-02").findings("WVR01");
        assert_eq!(found[0].level, Level::Warn);
        assert!(found[0].message.contains("ends tomorrow, and still hides OVR02"), "{found:?}");
        assert_eq!(waived_until("2026-06-15").findings("WVR01").len(), 1);
        let hidden = waived_until("2026-06-02").findings("OVR02");
        let by = hidden[0].waived_by.as_deref().unwrap_or_default();
        assert!(by.ends_with("depaudit.toml:1:1 by me until 2026-06-02: x"), "{by}");
    }

    #[test]
    fn is_silent_about_a_waiver_that_holds_or_hides_nothing() {
        assert!(waived_until("2026-06-16").findings("WVR01").is_empty());
        let unused = waived_until("2026-01-01").manifest("").findings("WVR01");
        assert!(unused.is_empty(), "{unused:?}");
    }
}

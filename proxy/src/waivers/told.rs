//! How a waiver stands on record, and whether what is kept of one is what the record says.

use depaudit_model::Timestamp;
use depaudit_model::event::{Event, EventKind, LONGEST_DETAIL};
use depaudit_policy::Day;
use depaudit_policy::door::{DoorRule, Lifted};
use depaudit_store::{Waiver, WaiverAbout};

/// What stands before the rules that a waiver lifts.
const LIFTS: &str = "lifts ";

/// What goes on record of a waiver.
pub(super) fn event(
    kind: EventKind,
    waiver: &Waiver,
    by: &str,
    why: &str,
    now: Timestamp,
) -> Event {
    let kept = waiver.about.lifts();
    let (lifts, until) = (Lifted::told(&kept), Day::of(waiver.expires));
    let detail = format!("{}{LIFTS}{lifts}, until {until}: {why}", beginning(waiver));
    let mut event = Event::new(kind, now).with_detail(&detail);
    event.principal = Some(by.to_owned());
    event.team.clone_from(&waiver.team);
    event.registry = Some(waiver.registry.clone());
    event.rule = Some(kept);
    event.waiver = Some(waiver.id.to_string());
    if let WaiverAbout::Release { name, .. } = &waiver.about {
        event.name = Some(name.clone());
    }
    event
}

/// Whether an event is about this waiver as it is kept: by this person, for this reason, for the same
/// releases and team, until the same day. What an older depaudit wrote does not name the rules that are
/// lifted.
#[must_use]
pub fn is_told(event: &Event, waiver: &Waiver, by: &str, why: &str) -> bool {
    let name = match &waiver.about {
        WaiverAbout::Release { name, .. } => Some(name),
        WaiverAbout::Advisory(_) => None,
    };
    let detail = event.detail.as_deref().unwrap_or_default();
    let (beginning, until) = (beginning(waiver), format!("until {}: ", Day::of(waiver.expires)));
    // Between the two stands what it lifts, in words that may become others.
    let rest = detail.strip_prefix(&beginning).unwrap_or_default();
    let rest = match rest.strip_prefix(LIFTS) {
        Some(rest) => rest.split_once("until ").map_or("", |(lifts, _)| &rest[lifts.len()..]),
        None => rest,
    };
    let told = rest.strip_prefix(&until);
    let is_cut = detail.chars().count() >= LONGEST_DETAIL;
    let same_reason = told.is_some_and(|told| told == why || is_cut && why.starts_with(told));
    same_reason
        && event.principal.as_deref() == Some(by)
        && event.team == waiver.team
        && event.registry.as_ref() == Some(&waiver.registry)
        && event.name.as_ref() == name
        && match &event.rule {
            Some(lifts) => *lifts == waiver.about.lifts(),
            None => lifted_before(waiver),
        }
}

/// Whether a waiver lifts no more than one from before they named rules.
fn lifted_before(waiver: &Waiver) -> bool {
    let lifts = waiver.about.lifts().parse::<Lifted>();
    lifts.is_ok_and(|lifts| lifts.rules().all(DoorRule::is_an_opinion))
}

/// What is said of it before anything that may become another word.
fn beginning(waiver: &Waiver) -> String {
    format!("waiver {}, {}, ", waiver.id, about(&waiver.about))
}

/// Whether the record can hold all that makes it this waiver; a reason may be cut.
pub(super) fn can_be_told(waiver: &Waiver) -> bool {
    /// What it lifts, and its day.
    const REST: usize = 400;
    beginning(waiver).chars().count() + REST <= LONGEST_DETAIL
}

fn about(about: &WaiverAbout) -> String {
    match about {
        WaiverAbout::Release { name, version, .. } => format!("{name} {version}"),
        WaiverAbout::Advisory(id) => id.clone(),
    }
}

#[cfg(test)]
mod tests {
    use depaudit_store::Act;

    use super::*;

    fn waiver() -> Waiver {
        Waiver {
            id: "0123456789".parse().unwrap(),
            about: WaiverAbout::Release {
                name: "left-pad".parse().unwrap(),
                version: "=1.0.0".parse().unwrap(),
                lifts: vec!["minimum-age".to_owned()],
            },
            registry: "crates-io".parse().unwrap(),
            team: Some("payments".parse().unwrap()),
            owner: "ann".to_owned(),
            reason: "mends the fault, until 2030-01-01: or later".to_owned(),
            link: None,
            expires: "2026-03-01".parse::<Day>().unwrap().start(),
            proposed: Act { by: "local:ann (1)".to_owned(), at: Timestamp::EPOCH },
            granted: None,
            ended: None,
            ended_for: None,
        }
    }

    fn told(event: &Event, waiver: &Waiver) -> bool {
        is_told(event, waiver, &waiver.proposed.by, &waiver.reason)
    }

    #[test]
    fn whatever_is_changed_of_a_kept_waiver_is_not_what_the_record_says() {
        let said = waiver();
        let by = &said.proposed.by;
        let event = event(EventKind::WaiverProposed, &said, by, &said.reason, Timestamp::EPOCH);
        assert!(told(&event, &said));
        let changes: [fn(&mut Waiver); 7] = [
            |it| it.team = None,
            |it| it.registry = "mirror".parse().unwrap(),
            |it| it.expires = "2030-01-01".parse::<Day>().unwrap().start(),
            |it| it.reason = "or later".to_owned(),
            |it| it.proposed.by = "local:lee (2)".to_owned(),
            |it| it.about = WaiverAbout::Advisory("RUSTSEC-2026-0001".to_owned()),
            |it| {
                let WaiverAbout::Release { lifts, .. } = &mut it.about else { return };
                lifts.push("denied".to_owned());
            },
        ];
        for (place, change) in changes.into_iter().enumerate() {
            let mut changed = said.clone();
            change(&mut changed);
            assert!(!told(&event, &changed), "change {place}");
        }
        // A part of the requirement is none of it.
        let about = |requirement: &str| WaiverAbout::Release {
            name: "left-pad".parse().unwrap(),
            version: requirement.parse().unwrap(),
            lifts: vec!["minimum-age".to_owned()],
        };
        let narrow = Waiver { about: about(">=1.0.0, <1.0.1"), ..said.clone() };
        let event_of = |waiver: &Waiver| {
            super::event(EventKind::WaiverProposed, waiver, by, &waiver.reason, event.time)
        };
        assert!(told(&event_of(&narrow), &narrow));
        assert!(!told(&event_of(&narrow), &Waiver { about: about(">=1.0.0"), ..said.clone() }));
        // An older one did not name the rules, and a long one is cut.
        let until = "waiver 0123456789, left-pad =1.0.0, until 2026-03-01: ";
        let older =
            Event { rule: None, ..event.clone() }.with_detail(&format!("{until}{}", said.reason));
        assert!(told(&older, &said));
        let mut wider = said.clone();
        let WaiverAbout::Release { lifts, .. } = &mut wider.about else { unreachable!() };
        lifts.push("upstream-changed".to_owned());
        assert!(!told(&older, &wider));
        let mut long = said.clone();
        long.reason = "x".repeat(LONGEST_DETAIL);
        let cut = super::event(EventKind::WaiverProposed, &long, by, &long.reason, event.time);
        assert!(told(&cut, &long));
    }
}

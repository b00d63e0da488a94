//! How a waiver stands on record, and whether what is kept of one is what the record says.

use depaudit_model::Timestamp;
use depaudit_model::event::{Event, EventKind, LONGEST_DETAIL};
use depaudit_policy::Day;
use depaudit_policy::door::Lifted;
use depaudit_store::{Waiver, WaiverAbout};

/// What goes on record of a waiver.
pub(super) fn event(
    kind: EventKind,
    waiver: &Waiver,
    by: &str,
    why: &str,
    now: Timestamp,
) -> Event {
    let kept = waiver.about.lifts();
    let (about, lifts, until) =
        (about(&waiver.about), Lifted::told(&kept), Day::of(waiver.expires));
    let detail = format!("waiver {}, {about}, lifts {lifts}, until {until}: {why}", waiver.id);
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
    let beginning = format!("waiver {}, {}, ", waiver.id, about(&waiver.about));
    // Between the two stands, in words that may change, what it lifts.
    let rest = detail.strip_prefix(&beginning).and_then(|rest| rest.split_once("until "));
    let until = format!("{}: ", Day::of(waiver.expires));
    let told = rest.and_then(|(_, rest)| rest.strip_prefix(&until));
    let is_cut = detail.chars().count() >= LONGEST_DETAIL;
    let same_reason = told.is_some_and(|told| told == why || is_cut && why.starts_with(told));
    same_reason
        && event.principal.as_deref() == Some(by)
        && event.team == waiver.team
        && event.registry.as_ref() == Some(&waiver.registry)
        && event.name.as_ref() == name
        && event.rule.as_ref().is_none_or(|lifts| *lifts == waiver.about.lifts())
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
        // An older one did not name the rules, and a long one is cut.
        let older = Event { rule: None, ..event.clone() };
        assert!(told(&older, &said));
        let mut long = said.clone();
        long.reason = "x".repeat(LONGEST_DETAIL);
        let cut = super::event(EventKind::WaiverProposed, &long, by, &long.reason, event.time);
        assert!(told(&cut, &long));
    }
}

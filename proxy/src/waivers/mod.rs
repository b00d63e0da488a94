//! Waivers at the doors: who may open them, for what, until when; and what waits to be looked at.

pub mod api;
mod desk;
mod draft;
mod queue;

pub use desk::{Desk, DeskError};
pub use draft::{Draft, DraftAbout};
pub(crate) use queue::Queue;

use depaudit_policy::Day;
use depaudit_policy::door::{Permit, PermitAbout};
use depaudit_store::{Waiver, WaiverAbout};

/// Whether two of the names that stand in waivers are one person's. On the server's own machine the name
/// is what the environment says, and whoever sets it is told by the number behind it:
/// `local:ann (1000)`.
fn same_person(one: &str, other: &str) -> bool {
    fn told(name: &str) -> &str {
        let local = name.strip_prefix("local:");
        let number =
            local.and_then(|local| local.rsplit_once(' ').map_or(Some(local), |it| Some(it.1)));
        number.map_or(name, |number| number.trim_matches(['(', ')']))
    }
    one == other
        || (one.starts_with("local:") && other.starts_with("local:") && told(one) == told(other))
}

/// What a waiver opens; nothing before it was granted, after it was ended, or while it lacks the
/// second person that the policy asks for. Whether its day has come is judged with each request.
#[must_use]
pub fn permit(waiver: &Waiver, two_persons: bool) -> Option<Permit> {
    let granted = waiver.granted.as_ref().filter(|_| waiver.ended.is_none())?;
    if two_persons && same_person(&granted.by, &waiver.proposed.by) {
        return None;
    }
    let about = match &waiver.about {
        WaiverAbout::Release { name, version, .. } => {
            // A rule that is not known is lifted by nobody, and neither is any beside it.
            let lifts = waiver.about.lifts().parse().ok()?;
            PermitAbout::Release { name: name.clone(), version: version.clone(), lifts }
        }
        WaiverAbout::Advisory(id) => PermitAbout::Advisory(id.as_str().into()),
    };
    Some(Permit {
        id: waiver.id.as_str().into(),
        about,
        registry: waiver.registry.clone(),
        team: waiver.team.clone(),
        // They were checked before they were kept: one that fails opens nothing.
        owner: waiver.owner.clone().try_into().ok()?,
        reason: waiver.reason.clone().try_into().ok()?,
        link: waiver.link.clone().map(TryInto::try_into).transpose().ok()?,
        expires: Day::of(waiver.expires),
    })
}

#[cfg(test)]
mod tests {
    use super::same_person;

    #[test]
    fn another_name_in_the_environment_makes_no_second_person() {
        assert!(same_person("local:ann (1000)", "local:bob (1000)"));
        assert!(same_person("local:1000", "local:bob (1000)"));
        assert!(!same_person("local:ann (1000)", "local:ann (1001)"));
        assert!(same_person("payments-ci", "payments-ci"));
        assert!(!same_person("1000", "local:1000"));
    }
}

//! Waivers at the doors: who may open them, for what, until when; and what waits to be looked at.

pub mod api;
mod desk;
mod draft;
mod queue;
mod told;

pub use desk::{Desk, DeskError};
pub use draft::{Draft, DraftAbout};
pub(crate) use queue::Queue;
pub use told::is_told;

use depaudit_policy::Day;
use depaudit_policy::door::{Permit, PermitAbout};
use depaudit_store::{Waiver, WaiverAbout};

/// Whether two of the names that stand in waivers are one person's. On the server's own machine the name
/// is what the environment says, and whoever sets it is told by the number behind it:
/// `local:ann (1000)`. Who signs on elsewhere may have changed their name there, and is told by what
/// stands behind it as well: `id.example ann (248289)`.
fn same_person(one: &str, other: &str) -> bool {
    fn told(name: &str) -> &str {
        let local = name.strip_prefix("local:");
        let number =
            local.and_then(|local| local.rsplit_once(' ').map_or(Some(local), |it| Some(it.1)));
        number.map_or(name, |number| number.trim_matches(['(', ')']))
    }
    if one == other {
        return true;
    }
    if one.starts_with("local:") && other.starts_with("local:") {
        return told(one) == told(other);
    }
    let (one, other) = (SignedOn::read(one), SignedOn::read(other));
    one.zip(other).is_some_and(|(one, other)| one.is(&other))
}

/// Somebody as another server calls them: its host, a name, and what it tells them apart by where that is
/// another. Neither of the two has a space.
struct SignedOn<'n> {
    host: &'n str,
    name: &'n str,
    subject: Option<&'n str>,
}

impl<'n> SignedOn<'n> {
    fn read(name: &'n str) -> Option<Self> {
        let (host, name) = name.split_once(' ')?;
        let Some((name, subject)) = name.split_once(' ') else {
            return Some(Self { host, name, subject: None });
        };
        let subject = subject.strip_prefix('(')?.strip_suffix(')')?;
        Some(Self { host, name, subject: Some(subject) })
    }

    /// A name without a subject beside it is one, or stands there from before that was said.
    fn is(&self, other: &Self) -> bool {
        self.host == other.host
            && match (self.subject, other.subject) {
                (Some(one), Some(other)) => one == other,
                (None, None) => self.name == other.name,
                (Some(subject), None) => other.name == subject || other.name == self.name,
                (None, Some(subject)) => self.name == subject || other.name == self.name,
            }
    }
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

    #[test]
    fn another_name_at_the_issuer_makes_no_second_person() {
        assert!(same_person("id.example ann (7)", "id.example bob (7)"));
        assert!(same_person("id.example ann (7)", "id.example 7"));
        assert!(same_person("id.example ann", "id.example ann (7)"), "from before");
        assert!(!same_person("id.example ann (7)", "id.example ann (8)"));
        assert!(!same_person("id.example ann_(8) (7)", "id.example bob (8)"));
        assert!(!same_person("id.example ann (7)", "other.example ann (7)"));
        assert!(!same_person("c0ffee ann", "decade ann"), "two tokens");
    }
}

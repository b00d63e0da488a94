//! Each rule's look at a release.

use depaudit_model::Timestamp;
use semver::Version;

use super::{Block, CrateDoor, DoorRule, Known, ReleaseFacts, Saw, UpstreamStanding};

/// What a rule objects to.
pub(super) struct Found {
    pub(super) saw: Saw,
    pub(super) until: Option<Timestamp>,
    /// How hard, where it differs from the rule's.
    pub(super) block: Option<Block>,
}

impl From<Saw> for Found {
    fn from(saw: Saw) -> Self {
        Self { saw, until: None, block: None }
    }
}

pub(super) fn check(
    rule: DoorRule,
    about: &CrateDoor<'_>,
    version: &Version,
    facts: &ReleaseFacts<'_>,
) -> Result<Saw, Found> {
    match rule {
        DoorRule::Checksum => checksum(facts),
        DoorRule::UpstreamChanged => upstream_changed(facts),
        DoorRule::Denied => denied(about, version),
        DoorRule::NotAllowed => not_allowed(about, version),
        DoorRule::InternalName => internal_name(about),
        DoorRule::Lookalike => match about.lookalike {
            Some(name) => Err(Saw::Name(name.into()).into()),
            None => Ok(Saw::Nothing),
        },
        DoorRule::Advisory => advisory(about, facts),
        DoorRule::Yanked if facts.yanked => Err(Saw::Yanked.into()),
        DoorRule::Yanked => Ok(Saw::Nothing),
        DoorRule::MinimumAge => minimum_age(about, facts),
        DoorRule::Licence => licence(about, facts),
        DoorRule::Size => size(about, facts),
    }
}

/// Whether the policy, or what is configured beside it, gives the rule nothing to look for.
pub(super) fn is_idle(rule: DoorRule, about: &CrateDoor<'_>, facts: &ReleaseFacts<'_>) -> bool {
    match rule {
        DoorRule::Advisory => facts.advisories.is_none(),
        DoorRule::MinimumAge => about.door.minimum_age(about.registry).is_none_or(|days| days == 0),
        other => !about.door.gives_something_to(other),
    }
}

fn checksum(facts: &ReleaseFacts<'_>) -> Result<Saw, Found> {
    match facts.standing {
        UpstreamStanding::NoChecksum => Err(Saw::Missing("its checksum").into()),
        _ => Ok(Saw::Nothing),
    }
}

/// What went to somebody before goes on being served to builds that locked it: the bytes are the
/// pinned ones, whatever the upstream says now.
fn upstream_changed(facts: &ReleaseFacts<'_>) -> Result<Saw, Found> {
    let what = match facts.standing {
        UpstreamStanding::Same | UpstreamStanding::NoChecksum => return Ok(Saw::Nothing),
        UpstreamStanding::Deleted => "the upstream has deleted it",
        UpstreamStanding::Changed => "the upstream has changed its bytes",
    };
    let block = facts.approved_before.then_some(Block::Soft);
    Err(Found { saw: Saw::Upstream(what), until: None, block })
}

fn denied(about: &CrateDoor<'_>, version: &Version) -> Result<Saw, Found> {
    let lines = about.denied.iter().filter(|line| line.denies(version));
    // The hardest line decides; a line without a word of its own is as hard as the rule.
    let block = |line: &super::DenyLine| line.block.unwrap_or(Block::Hard);
    let Some(line) = lines.reduce(|old, new| if block(new) > block(old) { new } else { old })
    else {
        return Ok(Saw::Nothing);
    };
    let mut reason = line.reason.as_str().to_owned();
    if let Some(replacement) = &line.replacement {
        reason.push_str("; use ");
        reason.push_str(replacement.as_str());
    }
    let saw = Saw::Line(line.place.clone(), reason.into());
    Err(Found { saw, until: None, block: line.block })
}

fn not_allowed(about: &CrateDoor<'_>, version: &Version) -> Result<Saw, Found> {
    let Some(place) = &about.door.only_allowed else { return Ok(Saw::Nothing) };
    if about.allowed.iter().any(|line| line.names(version)) {
        return Ok(Saw::Nothing);
    }
    let reason = "only what is listed under `[[door.allow]]` is let through";
    Err(Saw::Line(place.clone(), reason.into()).into())
}

pub(super) fn internal_name(about: &CrateDoor<'_>) -> Result<Saw, Found> {
    // In the registry that the policy names as the house's own, the name is at home.
    if about.door.internal_registries.contains(about.registry) {
        return Ok(Saw::Nothing);
    }
    let mut globs = about.door.internal_packages.iter();
    match globs.find(|glob| glob.value.matches_in_any_spelling(about.name.as_str())) {
        Some(glob) => {
            let reason = "the name is kept for an internal package";
            Err(Saw::Line(glob.place.clone(), reason.into()).into())
        }
        None => match about.home {
            Some(home) => Err(Saw::Home(home.clone()).into()),
            None => Ok(Saw::Nothing),
        },
    }
}

fn advisory(about: &CrateDoor<'_>, facts: &ReleaseFacts<'_>) -> Result<Saw, Found> {
    let hits = match facts.advisories {
        None => return Ok(Saw::Nothing),
        Some(Known::Yes(hits)) => hits,
        Some(Known::NotYet) => return Ok(Saw::NotYet),
        Some(Known::Missing) => return Err(Saw::Missing("what the advisories say of it").into()),
    };
    let counted = hits.iter().filter(|hit| about.door.informational || !hit.informational);
    let ids: Vec<_> = counted.map(|hit| hit.id.clone()).collect();
    if ids.is_empty() { Ok(Saw::Nothing) } else { Err(Saw::Advisories(ids).into()) }
}

fn minimum_age(about: &CrateDoor<'_>, facts: &ReleaseFacts<'_>) -> Result<Saw, Found> {
    let Some(days) = about.door.minimum_age(about.registry).filter(|days| *days > 0) else {
        return Ok(Saw::Nothing);
    };
    let published = match facts.published {
        Known::Yes(published) => published,
        Known::NotYet | Known::Missing if about.door.unknown_age_is_fine => {
            return Ok(Saw::Missing("when it was published"));
        }
        Known::NotYet | Known::Missing => {
            return Err(Saw::Missing("when it was published").into());
        }
    };
    let old_enough = published.plus(DAY * u32::from(days));
    let saw = Saw::Age(published, days);
    if facts.now >= old_enough {
        return Ok(saw);
    }
    Err(Found { saw, until: Some(old_enough), block: None })
}

/// In the sense of cargo's minimum publish age: 24 hours.
const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

fn licence(about: &CrateDoor<'_>, facts: &ReleaseFacts<'_>) -> Result<Saw, Found> {
    let Some(approved) = &about.door.licences else { return Ok(Saw::Nothing) };
    match facts.licence {
        Known::NotYet => Ok(Saw::NotYet),
        Known::Missing if about.door.unknown_licence_is_fine => Ok(Saw::Missing("its licence")),
        Known::Missing => Err(Saw::Missing("its licence").into()),
        Known::Yes(text) if approved.admit(text) => Ok(Saw::Licence(text.into())),
        Known::Yes(text) => Err(Saw::Licence(text.into()).into()),
    }
}

fn size(about: &CrateDoor<'_>, facts: &ReleaseFacts<'_>) -> Result<Saw, Found> {
    let Some(largest) = &about.door.largest_crate else { return Ok(Saw::Nothing) };
    match facts.size {
        Known::Yes(size) if size > largest.value => Err(Saw::Size(size).into()),
        Known::Yes(size) => Ok(Saw::Size(size)),
        Known::NotYet | Known::Missing => Ok(Saw::NotYet),
    }
}

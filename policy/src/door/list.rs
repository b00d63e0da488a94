use depaudit_model::TeamId;
use semver::{Version, VersionReq};

use super::{Block, DoorRule, Lifted};
use crate::{Link, PackageGlob, Phrase, Place};

/// What the policy denies.
#[derive(Debug, Clone)]
pub struct DenyLine {
    /// Where it stands.
    pub place: Place,
    /// Which crates.
    pub package: PackageGlob,
    /// Which of their versions; absent for all.
    pub version: Option<VersionReq>,
    /// For which team; absent for all.
    pub team: Option<TeamId>,
    /// Why.
    pub reason: Phrase,
    /// What to use instead.
    pub replacement: Option<Phrase>,
    /// Where more is said.
    pub link: Option<Link>,
    /// How hard, where it differs from the rule's.
    pub block: Option<Block>,
}

/// What the policy allows against its other rules.
#[derive(Debug, Clone)]
pub struct AllowLine {
    /// Where it stands.
    pub place: Place,
    /// Which crates.
    pub package: PackageGlob,
    /// Which of their versions; absent for all.
    pub version: Option<VersionReq>,
    /// For which team; absent for all.
    pub team: Option<TeamId>,
    /// Against which rules.
    pub lifts: Lifted,
    /// Why.
    pub reason: Phrase,
}

impl DenyLine {
    pub(super) fn concerns(&self, team: &TeamId, name: &str) -> bool {
        self.team.as_ref().is_none_or(|it| it == team) && self.package.matches_in_any_spelling(name)
    }

    pub(super) fn denies(&self, version: &Version) -> bool {
        self.version.as_ref().is_none_or(|wanted| covers(wanted, version))
    }
}

impl AllowLine {
    pub(super) fn concerns(&self, team: &TeamId, name: &str) -> bool {
        self.team.as_ref().is_none_or(|it| it == team) && self.package.matches(name)
    }

    pub(super) fn names(&self, version: &Version) -> bool {
        self.version.as_ref().is_none_or(|wanted| wanted.matches(version))
    }

    pub(super) fn lifts(&self, rule: DoorRule, version: &Version) -> bool {
        self.lifts_for_some(rule) && self.names(version)
    }

    /// Whether it lifts the rule, if not for each version.
    pub(super) fn lifts_for_some(&self, rule: DoorRule) -> bool {
        self.lifts.lifts(rule)
    }
}

/// Whether a requirement that denies is about a version.
///
/// `semver` leaves pre-releases out of every requirement that does not name one, which is right for
/// resolving, and would be a hole here: `<1.3` has to deny `1.2.9-rc.1`, and `1.3.0-rc.1`, which
/// comes before 1.3.0. So a pre-release is also judged as the releases right before and behind it.
fn covers(wanted: &VersionReq, version: &Version) -> bool {
    if version.pre.is_empty() || wanted.matches(version) {
        return wanted.matches(version);
    }
    let Version { major, minor, patch, .. } = *version;
    let before = match (major, minor, patch) {
        (0, 0, 0) => None,
        (major, 0, 0) => Some(Version::new(major - 1, u64::MAX, u64::MAX)),
        (major, minor, 0) => Some(Version::new(major, minor - 1, u64::MAX)),
        (major, minor, patch) => Some(Version::new(major, minor, patch - 1)),
    };
    let around = [Some(Version::new(major, minor, patch)), before];
    around.into_iter().flatten().any(|version| wanted.matches(&version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denied_range_holds_for_its_pre_releases() {
        let covers = |wanted: &str, version: &str| {
            covers(&wanted.parse().unwrap(), &version.parse().unwrap())
        };
        for (wanted, version, covered) in [
            ("<1.3", "1.2.9", true),
            ("<1.3", "1.3.0", false),
            ("<1.3", "1.2.9-rc.1", true),
            ("<1.3", "1.3.0-rc.1", true),
            ("<1.3", "1.3.1-rc.1", false),
            (">=1.3", "1.3.0-rc.1", true),
            ("=1.2.0", "1.2.0+build", true),
            ("*", "0.0.0-alpha", true),
            ("=1.2.0", "1.4.0-rc.1", false),
        ] {
            assert_eq!(covers(wanted, version), covered, "{wanted} {version}");
        }
    }
}

//! Waivers: findings that somebody accepted, until a day.

mod defect;
#[cfg(test)]
mod tests;

pub use defect::{Defect, WaiverDefect, Width};

use semver::VersionReq;

use crate::{
    Day, Expiry, FindingKey, Fingerprint, Group, Link, PackageGlob, Phrase, Place, Placed, RuleId,
};

/// A finding, or a kind of finding, that somebody accepted: `[[waiver]]`.
///
/// It is about what all of its keys name together; a key that is absent does not restrict it.
#[derive(Debug, Clone)]
pub struct Waiver {
    /// Where it stands.
    pub place: Place,
    /// Which findings.
    pub about: About,
    /// Only this finding.
    pub fingerprint: Option<Fingerprint>,
    /// Only findings about these packages.
    pub package: Option<PackageGlob>,
    /// Only findings about these versions.
    pub version: Option<VersionReq>,
    /// Only findings of this team.
    pub team: Option<Phrase>,
    /// Only findings in this file or below this folder.
    pub path: Option<PathScope>,
    /// Who accepted it.
    pub owner: Option<Phrase>,
    /// Why.
    pub reason: Phrase,
    /// Where more is said.
    pub link: Option<Link>,
    /// Since when.
    pub granted: Option<Placed<Day>>,
    /// The first day on which it does not hold any more.
    pub expires: Option<Placed<Day>>,
}

/// The findings of which rules a waiver is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// Those of one rule.
    Rule(RuleId),
    /// Those of every rule of a group.
    Group(Group),
    /// It names neither.
    Anything,
}

/// A file or folder of the repository, as a waiver names it: `services/api`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct PathScope(Box<str>);

/// The text is no place in a repository.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a file or folder relative to the repository, with `/` and without `..`")]
pub struct PathScopeError;

impl PathScope {
    /// Whether the path is this one or lies below it, by whole parts.
    #[must_use]
    pub fn holds(&self, path: &str) -> bool {
        path.strip_prefix(&*self.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl TryFrom<String> for PathScope {
    type Error = PathScopeError;

    fn try_from(text: String) -> Result<Self, PathScopeError> {
        let path = text.strip_suffix('/').unwrap_or(&text);
        let odd = |part: &str| matches!(part, "" | "." | "..");
        let outside = path.split('/').any(odd) || path.contains(['\\', '\0']);
        if outside { Err(PathScopeError) } else { Ok(Self(path.into())) }
    }
}

/// What a waiver makes of a finding.
#[derive(Debug, Clone, Copy)]
pub struct WaiverUse<'p> {
    /// The waiver.
    pub waiver: &'p Waiver,
    /// How it stands with its last day. [`Expiry::Past`]: it hides nothing any more, and what it
    /// hid is raised again as [`WAIVER_EXPIRED`](crate::WAIVER_EXPIRED), with the severity that it
    /// had. [`Expiry::Soon`]: it hides the finding, and is announced to end.
    pub expiry: Expiry,
}

impl WaiverUse<'_> {
    /// Whether the finding is hidden.
    #[must_use]
    pub fn hides(&self) -> bool {
        self.expiry != Expiry::Past
    }
}

impl Waiver {
    /// Whether it is about this finding, expired or not.
    ///
    /// What is [too wide](Waiver::too_wide) is about nothing, and findings about waivers cannot be
    /// waived.
    #[must_use]
    pub fn is_about(&self, finding: &FindingKey<'_>) -> bool {
        let rule = match &self.about {
            About::Rule(rule) => *rule == finding.rule.code,
            About::Group(group) => *group == finding.rule.group,
            About::Anything => true,
        };
        let subject = &finding.subject;
        rule && finding.rule.can_be_waived()
            && self.too_wide().is_none()
            && self.fingerprint.is_none_or(|it| it == finding.fingerprint)
            && self.package.as_ref().is_none_or(|it| subject.package.is_some_and(|p| it.matches(p)))
            && self.version.as_ref().is_none_or(|it| subject.version.is_some_and(|v| it.matches(v)))
            && self.team.as_ref().is_none_or(|it| subject.team == Some(it.as_str()))
            && self.path.as_ref().is_none_or(|it| subject.path.is_some_and(|p| it.holds(p)))
    }

    /// How it stands with its last day. One that names none holds for ever, which
    /// [`WAIVER_TOO_LONG`](crate::WAIVER_TOO_LONG) reports.
    #[must_use]
    pub fn expiry(&self, today: Day) -> Expiry {
        self.expires.as_ref().map_or(Expiry::Holds, |expires| Expiry::of(expires.value, today))
    }

    /// The best that any of these waivers makes of a finding: one that lasts hides it without a
    /// word, even where another has expired.
    pub(crate) fn best<'p>(
        waivers: impl Iterator<Item = &'p Self>,
        finding: &FindingKey<'_>,
        today: Day,
    ) -> Option<WaiverUse<'p>> {
        let uses = waivers.filter(|waiver| waiver.is_about(finding));
        uses.map(|waiver| WaiverUse { waiver, expiry: waiver.expiry(today) }).max_by_key(|it| {
            match it.expiry {
                Expiry::Past => 0,
                Expiry::Soon { days } => days,
                Expiry::Holds => i64::MAX,
            }
        })
    }
}

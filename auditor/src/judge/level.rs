use depaudit_policy::{FindingKey, KnownRule, Policy, Subject};
use semver::Version;

use super::root_of;
use crate::report::Finding;
use crate::request::{ScanRequest, TeamRoot};
use crate::rules;

/// A policy that has a say in a finding, and what the finding is about in its eyes.
pub(super) struct Voice<'r, 'f> {
    pub(super) policy: &'r Policy,
    pub(super) key: FindingKey<'f>,
    /// Whether it speaks for all teams, and not for one.
    pub(super) across: bool,
}

/// A finding in a policy's words.
pub(super) struct Case<'a> {
    rule: &'a KnownRule,
    finding: &'a Finding,
    version: Option<Version>,
}

impl<'a> Case<'a> {
    /// `None` for a finding of a rule that is not in the table, of which no policy can speak.
    pub(super) fn of(finding: &'a Finding) -> Option<Self> {
        let rule = rules::known().find(finding.code)?;
        let package = finding.package.as_ref();
        let version = package.and_then(|package| package.version.as_deref()?.parse().ok());
        Some(Self { rule, finding, version })
    }

    pub(super) const fn rule(&self) -> &'a KnownRule {
        self.rule
    }

    /// The policies that have a say: the team's; for what concerns several teams, each of theirs,
    /// and the one for all where there is one.
    pub(super) fn voices<'r>(&self, request: &'r ScanRequest) -> Vec<Voice<'r, '_>> {
        let finding = self.finding;
        if let Some(team) = &finding.team {
            let path = finding.locations.first().map(|place| place.location.path.as_str());
            let root = root_of(team, request);
            let voice =
                |root: &'r TeamRoot| self.voice(&root.policy, Some(team.as_str()), path, false);
            return root.map(voice).into_iter().collect();
        }
        let mut voices = Vec::new();
        if !request.policy.files().is_empty() {
            let path = finding.locations.first().map(|place| place.location.path.as_str());
            voices.push(self.voice(&request.policy, None, path, true));
        }
        for root in &request.teams {
            let mut places = finding.locations.iter();
            if let Some(first) = places.find(|place| place.team.as_ref() == Some(&root.team)) {
                let path = Some(first.location.path.as_str());
                voices.push(self.voice(&root.policy, None, path, false));
            }
        }
        voices
    }

    fn voice<'r, 'f>(
        &'f self,
        policy: &'r Policy,
        team: Option<&'f str>,
        path: Option<&'f str>,
        across: bool,
    ) -> Voice<'r, 'f> {
        let package = self.finding.package.as_ref().map(|package| package.name.as_str());
        let subject = Subject { package, version: self.version.as_ref(), team, path };
        let key = FindingKey { rule: self.rule, fingerprint: self.finding.fingerprint, subject };
        Voice { policy, key, across }
    }
}

/// Gives a finding its level: the strictest that any policy with a say has for it. Where a policy
/// is silent, the level that the finding came with holds.
pub(super) fn decide(finding: &mut Finding, request: &ScanRequest) {
    let decided = Case::of(finding).and_then(|case| {
        let own = finding.level;
        let levels = case.voices(request).into_iter().map(|voice| {
            let decided = voice.policy.level_of(case.rule(), &voice.key.subject);
            match decided.because.place() {
                Some(line) => (decided.level, Some(line.clone())),
                None => (own, None),
            }
        });
        levels.reduce(|first, next| if next.0 > first.0 { next } else { first })
    });
    if let Some((level, line)) = decided {
        finding.level = level;
        finding.decided_by = line;
    }
}

use std::fmt::Display;

use depaudit_model::TeamId;
use semver::VersionReq;
use serde::Serialize;

use super::{AllowLine, Block, DenyLine, Door, DoorRule, Handling, Mode};
use crate::{Because, Phrase, Place, Placed};

/// A rule of the door as it is in force, and the lines that say so: for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleInForce {
    /// The rule.
    pub rule: DoorRule,
    /// How it is handled, where no team has a line of its own.
    #[serde(flatten)]
    pub handling: Handling,
    /// Why.
    pub because: Because,
    /// The teams for which it is handled otherwise.
    pub teams: Vec<TeamHandling>,
    /// What it goes by; empty where it needs nothing, or has nothing to look for.
    pub goes_by: Vec<Basis>,
    /// What lifts it for some releases.
    pub lifted_by: Vec<Basis>,
    /// Whether the policy gives it something to look for. A rule without is in force and objects to
    /// nothing.
    pub looks: bool,
}

/// How a rule is handled for one team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TeamHandling {
    /// The team.
    pub team: TeamId,
    /// How.
    #[serde(flatten)]
    pub handling: Handling,
    /// The line that says so.
    pub place: Place,
}

/// A line of the policy that a rule goes by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Basis {
    /// What it says.
    pub what: String,
    /// Where it stands.
    pub place: Place,
}

impl Basis {
    fn of<T>(line: &Placed<T>, what: impl Display) -> Self {
        Self { what: what.to_string(), place: line.place.clone() }
    }
}

impl RuleInForce {
    /// Whether it is in a mode for all teams or for one.
    #[must_use]
    pub fn is_somewhere(&self, mode: Mode) -> bool {
        self.handling.mode == mode || self.teams.iter().any(|team| team.handling.mode == mode)
    }
}

impl Door {
    /// Every rule as it is in force, in the order in which they look. `advisories` says whether there
    /// is a database of them, which is no matter of the policy.
    #[must_use]
    pub fn rules(&self, advisories: bool) -> Vec<RuleInForce> {
        DoorRule::ALL.map(|rule| self.rule(rule, advisories)).into()
    }

    fn rule(&self, rule: DoorRule, advisories: bool) -> RuleInForce {
        let line = self.handling.get(&rule);
        let of_rule = self.handling_of_team.iter().filter(|((of, _), _)| *of == rule);
        let goes_by = self.goes_by(rule);
        RuleInForce {
            rule,
            handling: line.map_or_else(|| Handling::of(rule), |line| line.value),
            because: line.map_or(Because::Default, |line| Because::Line(line.place.clone())),
            teams: of_rule.map(|((_, team), line)| of_team(team, line)).collect(),
            lifted_by: self.lifted_by(rule),
            looks: match rule {
                DoorRule::Advisory => advisories,
                _ => self.gives_something_to(rule),
            },
            goes_by,
        }
    }

    /// Whether the policy gives the rule something to look for. What is known of advisories is no matter
    /// of it.
    pub(super) fn gives_something_to(&self, rule: DoorRule) -> bool {
        match rule {
            DoorRule::Checksum
            | DoorRule::UpstreamChanged
            | DoorRule::Yanked
            | DoorRule::Advisory => true,
            DoorRule::Denied => !self.deny.is_empty(),
            DoorRule::NotAllowed => self.only_allowed.is_some(),
            // What an internal registry is known to have is kept without a line.
            DoorRule::InternalName => {
                !self.internal_packages.is_empty() || !self.internal_registries.is_empty()
            }
            DoorRule::Lookalike => !self.protected_lines.is_empty(),
            DoorRule::MinimumAge => {
                let mut ages = self.minimum_age.values().chain(&self.minimum_age_elsewhere);
                ages.any(|days| days.value > 0)
            }
            // An empty list approves nothing.
            DoorRule::Licence => self.licences.is_some(),
            DoorRule::Size => self.largest_crate.is_some(),
        }
    }

    fn goes_by(&self, rule: DoorRule) -> Vec<Basis> {
        match rule {
            DoorRule::Checksum
            | DoorRule::UpstreamChanged
            | DoorRule::Advisory
            | DoorRule::Yanked => Vec::new(),
            DoorRule::Denied => self.deny.iter().map(denied).collect(),
            DoorRule::NotAllowed => {
                let what = "only what is listed under `[[door.allow]]` is let through";
                let line = |place: &Place| Basis { what: what.to_owned(), place: place.clone() };
                self.only_allowed.iter().map(line).collect()
            }
            DoorRule::InternalName => {
                self.internal_packages.iter().map(|line| Basis::of(line, &line.value)).collect()
            }
            DoorRule::Lookalike => {
                self.protected_lines.iter().map(|line| Basis::of(line, &line.value)).collect()
            }
            DoorRule::MinimumAge => {
                let days = |line: &Placed<u16>, whose: &str| {
                    let unit = if line.value == 1 { "day" } else { "days" };
                    Basis::of(line, format!("{} {unit} for {whose}", line.value))
                };
                let by_registry = self.minimum_age.iter();
                let mut lines: Vec<_> =
                    by_registry.map(|(name, line)| days(line, name.as_str())).collect();
                let elsewhere = self.minimum_age_elsewhere.iter();
                lines.extend(elsewhere.map(|line| days(line, "every other registry")));
                lines
            }
            DoorRule::Licence => {
                self.licence_lines.iter().map(|line| Basis::of(line, &line.value)).collect()
            }
            DoorRule::Size => {
                let largest = self.largest_crate.iter();
                largest.map(|it| Basis::of(it, format!("{} bytes at most", it.value))).collect()
            }
        }
    }

    fn lifted_by(&self, rule: DoorRule) -> Vec<Basis> {
        let lines = self.allow.iter().filter(|line| line.lifts_for_some(rule));
        lines.map(allowed).collect()
    }
}

fn of_team(team: &TeamId, line: &Placed<Handling>) -> TeamHandling {
    TeamHandling { team: team.clone(), handling: line.value, place: line.place.clone() }
}

fn denied(line: &DenyLine) -> Basis {
    let mut what = about(&line.package, line.version.as_ref(), line.team.as_ref(), &line.reason);
    if let Some(replacement) = &line.replacement {
        what.push_str(&format!("; use {replacement}"));
    }
    if let Some(block) = line.block {
        let how = match block {
            Block::Soft => "held back",
            Block::Hard => "refused",
        };
        what.push_str(&format!(" ({how})"));
    }
    Basis { what, place: line.place.clone() }
}

pub(super) fn allowed(line: &AllowLine) -> Basis {
    let what = about(&line.package, line.version.as_ref(), line.team.as_ref(), &line.reason);
    Basis { what, place: line.place.clone() }
}

fn about(
    package: &impl Display,
    version: Option<&VersionReq>,
    team: Option<&TeamId>,
    reason: &Phrase,
) -> String {
    let version = version.map_or_else(String::new, |version| format!(" {version}"));
    let team = team.map_or_else(String::new, |team| format!(" for {team}"));
    format!("{package}{version}{team}: {reason}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PolicyFile, RuleSet};

    const POLICY: &str = "\
internal-packages = ['pay-*']
[drift]
minimum-age-days = 7
[door]
licences = ['MIT']
protected-names = ['serde']
largest-crate-bytes = 1_000
[door.minimum-age-days]
crates-io = 1
[[door.rule]]
rule = 'licence'
mode = 'dry-run'
[[door.rule]]
rule = 'licence'
team = 'payments'
mode = 'off'
[[door.deny]]
package = 'left-pad'
version = '<1.3'
reason = 'it leaks'
replacement = 'the standard library'
block = 'soft'
[[door.allow]]
package = 'aws-*'
rules = ['minimum-age']
reason = 'ours'
";

    fn rules(policy: &str) -> Vec<RuleInForce> {
        let file = PolicyFile::parse(policy, "depaudit.toml", &RuleSet::default()).unwrap();
        file.door().rules(false)
    }

    #[test]
    fn each_rule_is_told_with_the_lines_that_it_goes_by() {
        let rules = rules(POLICY);
        let of = |rule: DoorRule| rules.iter().find(|it| it.rule == rule).unwrap();
        let lines = |basis: &[Basis]| -> Vec<_> {
            basis.iter().map(|it| (it.place.span.line, it.what.clone())).collect()
        };
        let line = |line: u32, what: &str| (line, what.to_owned());
        let age = of(DoorRule::MinimumAge);
        assert_eq!(
            lines(&age.goes_by),
            [line(9, "1 day for crates-io"), line(3, "7 days for every other registry")]
        );
        assert_eq!(lines(&age.lifted_by), [line(23, "aws-*: ours")]);
        let denied = "left-pad <1.3: it leaks; use the standard library (held back)";
        assert_eq!(lines(&of(DoorRule::Denied).goes_by), [line(17, denied)]);
        assert_eq!(lines(&of(DoorRule::InternalName).goes_by), [line(1, "pay-*")]);
        assert_eq!(lines(&of(DoorRule::Lookalike).goes_by), [line(6, "serde")]);
        assert_eq!(lines(&of(DoorRule::Size).goes_by), [line(7, "1000 bytes at most")]);

        let licence = of(DoorRule::Licence);
        assert_eq!(lines(&licence.goes_by), [line(5, "MIT")]);
        assert_eq!(licence.handling.mode, Mode::DryRun);
        assert_eq!(licence.because.place().unwrap().span.line, 11);
        assert_eq!(licence.teams[0].team.as_str(), "payments");
        assert!(licence.is_somewhere(Mode::Off) && licence.is_somewhere(Mode::DryRun));
        assert!(!licence.is_somewhere(Mode::Enforce));
    }

    #[test]
    fn a_rule_without_anything_to_look_for_is_told_apart() {
        let looking = |rules: &[RuleInForce]| -> Vec<_> {
            rules.iter().filter(|it| it.looks).map(|it| it.rule).collect()
        };
        let always = [DoorRule::Checksum, DoorRule::UpstreamChanged, DoorRule::Yanked];
        assert_eq!(looking(&rules("")), always);
        // Nothing is approved by it.
        assert!(looking(&rules("[door]\nlicences = []\n")).contains(&DoorRule::Licence));
        let ages = rules("[door.minimum-age-days]\ncrates-io = 0\n");
        assert_eq!(looking(&ages), always);
        assert!(Door::default().rules(true)[DoorRule::Advisory as usize].looks);
    }
}

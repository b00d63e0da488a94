use std::fmt;

use depaudit_model::cargo::CrateName;
use depaudit_model::{RegistryName, TeamId, Timestamp};
use depaudit_policy::door::{
    DoorRule, DoorVerdict, Known, Objection, Outcome, ReleaseFacts, UpstreamStanding,
};
use depaudit_policy::{Day, Phrase};
use depaudit_proxy::door::{AdvisorySource, Rules};
use semver::Version;
use serde::{Deserialize, Serialize};
use toml::Spanned;

/// A file of cases.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cases {
    #[serde(default)]
    pub(super) case: Vec<Spanned<Case>>,
}

/// A release as somebody asks for it, and what should become of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Case {
    /// What the case is called in the report.
    name: Option<Phrase>,
    #[serde(rename = "crate")]
    krate: CrateName,
    version: Version,
    team: TeamId,
    #[serde(default = "RegistryName::crates_io")]
    registry: RegistryName,
    /// When it is asked for. Not today by default: a case must not come out otherwise tomorrow.
    day: Day,
    /// Absent where the index does not say.
    published: Option<Timestamp>,
    #[serde(default)]
    yanked: bool,
    /// The newest older release that the team may have, for what the release mends.
    newest_before: Option<Version>,
    /// Absent for a crate that was not fetched yet; empty for one that names none.
    licence: Option<String>,
    /// In bytes; absent for a crate that was not fetched yet.
    size: Option<u64>,
    expect: Came,
    /// The rule that should decide.
    rule: Option<DoorRule>,
}

/// What becomes of a release, as a case says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Came {
    Allowed,
    Soft,
    Hard,
    /// It goes through, and a rule in dry run would have blocked it.
    WouldDeny,
}

impl Case {
    /// What is wrong with it, where it can be read and makes no sense.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        if self.expect == Came::Allowed && self.rule.is_some() {
            return Err("`rule` names the rule that objects; an allowed release has none");
        }
        Ok(())
    }

    fn verdict(&self, rules: &Rules) -> DoorVerdict {
        let hits = match &rules.advisories {
            None => Some(Vec::new()),
            Some(AdvisorySource::Read(advisories)) => {
                Some(advisories.about(self.krate.as_str(), &self.version))
            }
            Some(AdvisorySource::Unreadable) => None,
        };
        let mends = match (&rules.advisories, &self.newest_before) {
            (Some(AdvisorySource::Read(advisories)), Some(before)) => {
                rules.door.mends(advisories, self.krate.as_str(), &self.version, before)
            }
            _ => Vec::new(),
        };
        let facts = ReleaseFacts {
            now: self.day.start(),
            published: self.published.map_or(Known::Missing, Known::Yes),
            yanked: self.yanked,
            standing: UpstreamStanding::Same,
            approved_before: false,
            advisories: rules
                .advisories
                .as_ref()
                .map(|_| hits.as_deref().map_or(Known::Missing, Known::Yes)),
            mends: &mends,
            licence: match self.licence.as_deref() {
                None => Known::NotYet,
                Some("") => Known::Missing,
                Some(text) => Known::Yes(text),
            },
            size: self.size.map_or(Known::NotYet, Known::Yes),
        };
        let about = rules.door.about(&self.team, &self.registry, &self.krate, &rules.permits);
        about.decide(&self.version, &facts)
    }
}

/// A case, and what came of it.
#[derive(Debug)]
pub(super) struct Decided<'c> {
    case: &'c Case,
    verdict: DoorVerdict,
}

impl<'c> Decided<'c> {
    pub(super) fn new(rules: &Rules, case: &'c Case) -> Self {
        Self { case, verdict: case.verdict(rules) }
    }

    fn came(&self) -> Came {
        match self.verdict.outcome {
            Outcome::Hard => Came::Hard,
            Outcome::Soft => Came::Soft,
            Outcome::Allowed if self.verdict.would_deny().next().is_some() => Came::WouldDeny,
            Outcome::Allowed => Came::Allowed,
        }
    }

    /// The objections that make it what came: the one that decided, or all of those in dry run.
    fn objections(&self) -> impl Iterator<Item = &Objection> {
        let dry = self.verdict.decided.is_none();
        let would = self.verdict.would_deny().filter(move |_| dry);
        self.verdict.decided.iter().chain(would)
    }

    pub(super) fn passed(&self) -> bool {
        let by = |rule| self.objections().any(|objection| objection.rule == rule);
        self.came() == self.case.expect && self.case.rule.is_none_or(by)
    }

    /// What the case is called.
    pub(super) fn title(&self) -> String {
        let Case { name, krate, version, team, .. } = self.case;
        match name {
            Some(name) => name.to_string(),
            None => format!("{krate} {version} for {team}"),
        }
    }

    pub(super) fn expected_text(&self) -> String {
        said(self.case.expect, self.case.rule.iter())
    }

    pub(super) fn came_text(&self) -> String {
        said(self.came(), self.objections().map(|objection| &objection.rule))
    }

    /// What the rules saw that decided, one text each.
    pub(super) fn why(&self) -> impl Iterator<Item = String> {
        self.objections().map(|objection| objection.saw.to_string())
    }

    /// What a program gets to know of it; `line` is where the case stands.
    pub(super) fn row(&self, line: usize) -> Row<'_> {
        Row {
            line,
            name: self.title(),
            krate: &self.case.krate,
            version: &self.case.version,
            team: &self.case.team,
            registry: &self.case.registry,
            passed: self.passed(),
            expected: Said {
                outcome: self.case.expect,
                rules: self.case.rule.into_iter().collect(),
            },
            came: Said {
                outcome: self.came(),
                rules: self.objections().map(|it| it.rule).collect(),
            },
            verdict: &self.verdict,
        }
    }
}

fn said<'r>(came: Came, rules: impl Iterator<Item = &'r DoorRule>) -> String {
    let rules: Vec<String> = rules.map(|rule| format!("`{rule}`")).collect();
    if rules.is_empty() { came.to_string() } else { format!("{came} by {}", rules.join(", ")) }
}

impl fmt::Display for Came {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Allowed => "allowed",
            Self::Soft => "soft",
            Self::Hard => "hard",
            Self::WouldDeny => "would-deny",
        })
    }
}

/// A case in JSON.
#[derive(Debug, Serialize)]
pub(super) struct Row<'d> {
    line: usize,
    name: String,
    #[serde(rename = "crate")]
    krate: &'d CrateName,
    version: &'d Version,
    team: &'d TeamId,
    registry: &'d RegistryName,
    passed: bool,
    expected: Said,
    came: Said,
    verdict: &'d DoorVerdict,
}

#[derive(Debug, Serialize)]
struct Said {
    outcome: Came,
    rules: Vec<DoorRule>,
}

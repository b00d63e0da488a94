//! The answer to why a crate passes the doors or not: data, so that the JSON, the page and the terminal
//! say the same.

use depaudit_model::cargo::CrateName;
use depaudit_model::{Checksum, RegistryName, TeamId, Timestamp};
use semver::Version;
use serde::Serialize;

use super::{DoorVerdict, Lifted, Objection, Outcome, Permit, PermitAbout};
use crate::{Day, Link, Phrase};

/// The answer: `depaudit.why/1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Why {
    /// Which form this has.
    pub schema: &'static str,
    /// For which team.
    pub team: TeamId,
    /// In which registry.
    pub registry: RegistryName,
    /// The crate, in its published spelling where it is known.
    #[serde(rename = "crate")]
    pub name: CrateName,
    /// The digest of the policy in force; absent without one.
    pub policy: Option<Checksum>,
    /// Since when it is in force here.
    pub since: Timestamp,
    /// When the upstream last confirmed the index entry that this goes by; absent when none is
    /// stored.
    pub confirmed: Option<Timestamp>,
    /// The newest version that passes.
    pub newest_allowed: Option<Version>,
    /// The waivers that hold now for the version, or for any version where none was asked about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<WhyWaiver>,
    /// The name itself is refused, whatever the version.
    pub name_refused: Option<String>,
    /// The version that was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<WhyRelease>,
    /// Every version, the newest first, where none was asked about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<WhyVersion>,
}

/// What is made of one version, in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WhyRelease {
    /// The version.
    pub version: Version,
    /// Its checksum; absent when no stored index entry lists it, and its bytes are not stored.
    pub sha256: Option<Checksum>,
    /// When it was published, as the index says.
    pub published: Option<Timestamp>,
    /// Whether its author withdrew it.
    pub yanked: bool,
    /// Whether its bytes are stored here.
    pub stored: bool,
    /// What is made of it, and which rules looked at what.
    #[serde(flatten)]
    pub verdict: DoorVerdict,
    /// What a refused download says, and what is said of one that is held back; absent when it passes.
    pub refusal: Option<String>,
}

/// What is made of one of many versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WhyVersion {
    /// The version.
    pub version: Version,
    /// What becomes of it.
    pub outcome: Outcome,
    /// What decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided: Option<Objection>,
    /// Something objects, and a line of the policy or a waiver lifts that.
    pub exempted: bool,
}

impl Why {
    /// The name and number of this form.
    pub const SCHEMA: &str = "depaudit.why/1";
}

/// A waiver, as whoever asks why may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WhyWaiver {
    /// Its identifier.
    pub id: Box<str>,
    /// What it is for: `foo ^1.2`, `RUSTSEC-2026-0001`.
    pub covers: String,
    /// The rules that it lifts.
    pub lifts: Lifted,
    /// For which team; absent for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    /// Who answers for it.
    pub owner: Phrase,
    /// Why it was granted.
    pub reason: Phrase,
    /// Where more is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
    /// The first day on which it does not hold any more.
    pub expires: Day,
}

impl From<&Permit> for WhyWaiver {
    fn from(permit: &Permit) -> Self {
        Self {
            id: permit.id.clone(),
            covers: match &permit.about {
                PermitAbout::Release { name, version, .. } => format!("{name} {version}"),
                PermitAbout::Advisory(id) => id.to_string(),
            },
            lifts: permit.lifted(),
            team: permit.team.clone(),
            owner: permit.owner.clone(),
            reason: permit.reason.clone(),
            link: permit.link.clone(),
            expires: permit.expires,
        }
    }
}

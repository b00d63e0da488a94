use std::collections::HashMap;

use depaudit_model::cargo::{CrateName, Release};
use depaudit_model::{Checksum, RegistryName, TeamId, Timestamp, WaiverId};
use semver::VersionReq;
use serde::Serialize;

/// A waiver at the proxy's doors, as it is kept. Owner, reason and link were checked before they
/// came here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Waiver {
    /// What it is called.
    pub id: WaiverId,
    /// What it is for.
    #[serde(flatten)]
    pub about: WaiverAbout,
    /// For which registry's crates.
    pub registry: RegistryName,
    /// For which team; absent for all.
    pub team: Option<TeamId>,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// Where more is said.
    pub link: Option<String>,
    /// The beginning of the first day on which it does not hold any more.
    pub expires: Timestamp,
    /// Who asked for it.
    pub proposed: Act,
    /// Who granted it; it opens nothing before that.
    pub granted: Option<Act>,
    /// Who ended it before its day.
    pub ended: Option<Act>,
    /// Why.
    pub ended_for: Option<String>,
}

/// What a waiver is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaiverAbout {
    /// Versions of a crate.
    Release {
        /// The crate.
        #[serde(rename = "crate")]
        name: CrateName,
        /// Its versions.
        version: VersionReq,
        /// The rules that it lifts, by name; checked before they came here.
        lifts: Vec<String>,
    },
    /// An advisory, whatever it is about.
    Advisory(String),
}

impl WaiverAbout {
    /// The rules that it lifts, by name, with a space between two.
    #[must_use]
    pub fn lifts(&self) -> String {
        match self {
            Self::Release { lifts, .. } => lifts.join(" "),
            // What one advisory says is one rule's.
            Self::Advisory(_) => "advisory".to_owned(),
        }
    }
}

/// Somebody did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Act {
    /// Who: a token's id and name, or an operator on the machine.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A release that is blocked hard, and that somebody asked for: as it is kept, each team for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Which registry's.
    pub registry: RegistryName,
    /// Which release.
    pub release: Release,
    /// Its checksum.
    pub checksum: Checksum,
    /// The rule that blocks it.
    pub rule: String,
    /// What was answered.
    pub reason: String,
    /// When it was first asked for.
    pub first: Timestamp,
    /// When it was last asked for, to about a minute.
    pub last: Timestamp,
    /// How often, to about once a minute and team.
    pub times: u64,
    /// Who asked: one, as it is kept; at most [`Asked::MOST_TEAMS`] where several were put together.
    pub teams: Vec<TeamId>,
}

impl Asked {
    /// How many teams are named beside a release.
    pub const MOST_TEAMS: usize = 32;
    /// How many are kept, each team's for itself; beyond that, what was asked for longest ago is
    /// forgotten.
    pub const MOST: u32 = 10_000;

    /// What several teams asked for, by release; what was asked for last comes first. Rule and reason
    /// are those of who asked last.
    #[must_use]
    pub fn together(mut each: Vec<Self>) -> Vec<Self> {
        each.sort_by_key(|it| std::cmp::Reverse(it.last));
        let mut places = HashMap::new();
        let mut together: Vec<Self> = Vec::new();
        for asked in each {
            let key = (asked.registry.clone(), asked.release.clone());
            let place = *places.entry(key).or_insert(together.len());
            match together.get_mut(place) {
                None => together.push(asked),
                Some(all) => {
                    all.first = all.first.min(asked.first);
                    all.times = all.times.saturating_add(asked.times);
                    let room = Self::MOST_TEAMS.saturating_sub(all.teams.len());
                    all.teams.extend(asked.teams.into_iter().take(room));
                }
            }
        }
        for all in &mut together {
            all.teams.sort();
        }
        together
    }
}

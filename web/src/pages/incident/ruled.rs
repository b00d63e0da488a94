//! What the policy in force makes of the releases that it is about: by the same rulings as the crate's page.

use std::collections::{BTreeMap, BTreeSet};

use depaudit_model::cargo::CrateName;
use depaudit_model::{RegistryName, TeamId};
use depaudit_trace::Report;
use semver::Version;
use serde::Serialize;

use super::super::crate_page::outcome;
use super::super::problem::Problem;
use super::super::room::Room;
use super::runs::Runs;

/// The policy is asked about so many crates, for so many teams.
const CRATES: usize = 8;
const TEAMS: usize = 64;

/// What the policy objects to.
#[derive(Debug, Default, Serialize)]
pub(super) struct Ruled {
    pub(super) objections: Vec<Objection>,
    /// Whether every release that could be judged is refused to each of the teams.
    pub(super) is_all_refused: bool,
}

/// A release that is refused or held back.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Objection {
    #[serde(rename = "crate")]
    pub(super) name: CrateName,
    pub(super) version: Version,
    /// `blocked` or `held back`, as on the crate's page.
    pub(super) answer: String,
    /// The rule, what it saw, and until when.
    pub(super) because: String,
    pub(super) teams: BTreeSet<TeamId>,
}

type Releases<'a> = BTreeMap<CrateName, BTreeSet<(RegistryName, &'a Version)>>;

/// Asks for the teams that have it, were refused it or lock it.
pub(super) async fn of(room: &Room, report: &Report, runs: &Runs) -> Result<Ruled, Problem> {
    let teams: Vec<_> = teams(report, runs).into_iter().take(TEAMS).cloned().collect();
    let mut found = BTreeMap::<_, BTreeSet<TeamId>>::new();
    let (mut refused, mut judged) = (0, 0);
    for (name, releases) in releases(report, runs).into_iter().take(CRATES) {
        let rulings = room.rulings().about(&name, &teams).await?;
        for (registry, version) in &releases {
            for ruling in rulings.iter().filter(|it| it.why.registry == *registry) {
                let (answer, class, because) = outcome(&ruling.why, Some(version));
                let known = answer == "blocked" || answer == "held back" || class == "allowed";
                judged += usize::from(known);
                refused += usize::from(answer == "blocked");
                if known && class != "allowed" {
                    let key = (name.clone(), (*version).clone(), answer, because);
                    found.entry(key).or_default().insert(ruling.team.clone());
                }
            }
        }
    }
    let objection = |((name, version, answer, because), teams)| Objection {
        name,
        version,
        answer,
        because,
        teams,
    };
    let objections = found.into_iter().map(objection).collect();
    Ok(Ruled { objections, is_all_refused: judged > 0 && refused == judged })
}

fn teams<'a>(report: &'a Report, runs: &'a Runs) -> BTreeSet<&'a TeamId> {
    let decided = report.releases.iter().flat_map(|it| &it.decisions).map(|it| &it.team);
    let locking = runs.blast.iter().flat_map(|it| &it.teams).map(|it| &it.team);
    decided.filter(|it| !it.is_of_scans()).chain(locking).collect()
}

/// What is locked alone was asked of no registry here: the default one is meant.
fn releases<'a>(report: &'a Report, runs: &'a Runs) -> Releases<'a> {
    let mut releases = Releases::new();
    for it in &report.releases {
        if let (Some(registry), Some(version)) = (&it.registry, &it.version) {
            releases.entry(it.name.clone()).or_default().insert((registry.clone(), version));
        }
    }
    for it in runs.blast.iter().flat_map(|it| &it.releases) {
        if let Ok(name) = it.name.as_str().parse() {
            let release = (RegistryName::crates_io(), &it.version);
            releases.entry(name).or_default().insert(release);
        }
    }
    releases
}

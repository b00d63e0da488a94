//! What speaks for and against it.

use std::collections::{BTreeMap, BTreeSet};

use depaudit_model::TeamId;
use depaudit_trace::{Release, Report, Says};
use serde::Serialize;

use super::super::rulings::AdvisoryBook;
use super::ruled::{Objection, Ruled};
use super::runs::Runs;

/// So many are told; a crate with more has them in its tables.
const MOST: usize = 20;

/// One thing that speaks for or against it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Sign {
    pub(super) weight: Weight,
    pub(super) what: String,
}

/// How much it says, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Weight {
    /// Something is wrong.
    Bad,
    /// Something to look at.
    Doubtful,
    /// Something cannot be told.
    Unknown,
    /// As it should be.
    Good,
}

impl Sign {
    const fn new(weight: Weight, what: String) -> Self {
        Self { weight, what }
    }

    /// The stylesheet's name for it.
    pub(super) const fn class(&self) -> &'static str {
        match self.weight {
            Weight::Bad => "hard",
            Weight::Doubtful => "soft",
            Weight::Unknown => "quiet",
            Weight::Good => "allowed",
        }
    }

    /// A word for those who do not see the colour.
    pub(super) const fn word(&self) -> &'static str {
        match self.weight {
            Weight::Bad => "Wrong",
            Weight::Doubtful => "Look at this",
            Weight::Unknown => "Not known",
            Weight::Good => "Good",
        }
    }
}

/// All of them, the worst first.
pub(super) fn of(report: &Report, runs: &Runs, policy: &Ruled, book: &AdvisoryBook) -> Vec<Sign> {
    let mut signs: Vec<_> = report.releases.iter().flat_map(of_release).collect();
    signs.extend(advised(report, runs, book));
    signs.extend(policy.objections.iter().map(objected));
    signs.extend(runs.split.iter().map(|it| {
        let what = format!(
            "{} {} is not the same bytes for all: {} teams lock {} identities of it",
            it.name,
            it.version,
            it.teams,
            it.identities.len()
        );
        Sign::new(Weight::Bad, what)
    }));
    signs.extend(runs.missed.iter().map(|it| {
        let what = format!(
            "{} {} has been out for {} days, and {} is locked by {}",
            it.name,
            it.newest,
            it.days,
            it.locked,
            named(&it.teams)
        );
        Sign::new(Weight::Doubtful, what)
    }));
    signs.sort();
    signs.truncate(MOST);
    signs
}

/// The advisories that concern a version which somebody received or locks.
fn advised(report: &Report, runs: &Runs, book: &AdvisoryBook) -> Vec<Sign> {
    let unknown = |why: &str| vec![Sign::new(Weight::Unknown, format!("advisories: {why}"))];
    let advisories = match book {
        AdvisoryBook::None => return unknown("no database is configured (serve --advisories)"),
        AdvisoryBook::Unreadable => return unknown("the database cannot be read"),
        AdvisoryBook::Read(advisories) => advisories,
    };
    let recorded = report.releases.iter();
    let recorded = recorded.filter_map(|it| Some((it.name.as_str(), it.version.as_ref()?)));
    let locked = runs.blast.iter().flat_map(|it| &it.releases);
    let locked = locked.map(|it| (it.name.as_str(), &it.version));
    let versions: BTreeSet<_> = recorded.chain(locked).collect();
    let concerned = versions.into_iter().flat_map(|(name, version)| {
        let about = advisories.of_crate(name).iter();
        let about = about.filter(move |it| !it.withdrawn && it.affects(version));
        about.map(move |it| {
            let weight = if it.informational { Weight::Doubtful } else { Weight::Bad };
            Sign::new(weight, format!("{name} {version}: {}, {}", it.id, it.title))
        })
    });
    concerned.collect()
}

/// What the policy in force says, whatever was decided when somebody asked.
fn objected(it: &Objection) -> Sign {
    let (teams, because) = (named(&it.teams), &it.because);
    let what = format!(
        "{} {} is {} by the policy in force for {teams}: {because}",
        it.name, it.version, it.answer
    );
    Sign::new(Weight::Doubtful, what)
}

fn of_release(release: &Release) -> Vec<Sign> {
    let what = match &release.version {
        Some(version) => format!("{} {version}", release.name),
        None => release.name.to_string(),
    };
    let mut signs = Vec::new();
    let mut sign = |weight, text: String| signs.push(Sign::new(weight, format!("{what}: {text}")));
    if release.checksums.len() > 1 {
        sign(Weight::Bad, format!("went out under {} checksums", release.checksums.len()));
    }
    if !release.conflicts.is_empty() {
        let times = release.conflicts.len();
        sign(
            Weight::Bad,
            format!("another checksum came or was named, and was refused, {times} times"),
        );
    }
    match release.upstream.says {
        Says::Otherwise => sign(Weight::Bad, "the upstream has named another checksum".to_owned()),
        Says::Unserved => {
            let named = release.upstream.sha256.map_or_else(String::new, |it| format!(" {it:.16}"));
            let what = "nothing of it was served here to compare with";
            sign(Weight::Unknown, format!("{what}; the upstream names the SHA-256{named}"));
        }
        Says::Gone => sign(Weight::Bad, "the upstream does not list it any more".to_owned()),
        Says::Withdrawn => sign(Weight::Doubtful, "its author withdrew it".to_owned()),
        Says::NotStored if release.version.is_some() => {
            sign(
                Weight::Unknown,
                "what the upstream says now: nobody asked for its index".to_owned(),
            );
        }
        Says::Same => {
            sign(Weight::Good, "the upstream still names the checksum that went out".to_owned());
        }
        Says::NotStored => {}
    }
    for (rule, teams) in refusals(release) {
        sign(Weight::Doubtful, format!("refused by the rule {rule} for {}", named(&teams)));
    }
    signs
}

/// Which rules refused it, and to whom.
fn refusals(release: &Release) -> BTreeMap<&str, BTreeSet<TeamId>> {
    let mut refusals = BTreeMap::<_, BTreeSet<_>>::new();
    for denied in release.decisions.iter().filter(|it| !it.let_through()) {
        let rule = denied.rule.as_deref().unwrap_or("that is not named");
        refusals.entry(rule).or_default().insert(denied.team.clone());
    }
    refusals
}

/// The teams, as many as a sentence bears.
pub(super) fn named(teams: &BTreeSet<TeamId>) -> String {
    const FEW: usize = 5;
    let mut text = teams.iter().take(FEW).map(TeamId::as_str).collect::<Vec<_>>().join(", ");
    if teams.len() > FEW {
        text.push_str(&format!(" and {} more teams", teams.len() - FEW));
    }
    text
}

//! Copies under a number of their own: a mirror's `1.2.0-acme.1` is made from 1.2.0, and has what 1.2.0 has.
//! No lock says so, so they are told apart from what surely is it, and with the reason.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use depaudit_model::TeamId;
use semver::Version;
use serde::Serialize;
use utoipa::ToSchema;

use super::compared::Comparisons;
use super::share::share;
use super::suspects::Suspects;
use super::{BlastTotals, WorkspaceHit, radius};
use crate::Portfolio;
use crate::report::{Comparison, PackageName};

/// Whom it may hit as well: those who have a package that may be made from what was sought. None of the
/// other totals counts them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct MayHold {
    /// How many may be hit; who is hit for sure in another way can be among them.
    pub totals: BlastTotals,
    /// The packages, those of which most is known first.
    pub copies: Vec<MayBeCopy>,
    /// How many more packages there are: the totals and the workspaces have them all.
    pub copies_left_out: usize,
    /// By how many more names and numbers locks call the bytes that were sought: of these no copies were
    /// looked for.
    pub numbers_left_out: usize,
    /// The workspaces that reach one of them, each with one of the shortest ways there.
    pub workspaces: Vec<WorkspaceHit>,
}

/// A package that may be made from what was sought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MayBeCopy {
    /// Its name.
    #[schema(value_type = String)]
    pub name: PackageName,
    /// Its version.
    #[schema(value_type = String)]
    pub version: Version,
    /// What makes it the same bytes, in words.
    pub identity: String,
    /// What speaks for it.
    pub reason: Suspicion,
    /// The same in words.
    pub why: String,
    /// Whose locks hold it.
    #[schema(value_type = Vec<String>)]
    pub teams: BTreeSet<TeamId>,
}

/// What speaks for a copy, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Suspicion {
    /// A scan compared it, and it has the release's files.
    SameFiles,
    /// A scan compared it with the release, and some files differ.
    ChangedFiles,
    /// Its number begins with the release's, and it does not come from the default registry.
    Number,
    /// It bears the name and number of the bytes that were sought, and has others, or comes from elsewhere.
    OtherBytes,
}

/// Why workspaces may be hit, by the team and the copy that they reach.
#[derive(Debug, Clone)]
pub struct Reasons<'a>(HashMap<(&'a TeamId, &'a PackageName, &'a Version), Vec<&'a str>>);

impl Reasons<'_> {
    /// Each reason once; none where the copy is not among those that are told.
    #[must_use]
    pub fn of<'r>(&'r self, hit: &'r WorkspaceHit) -> &'r [&'r str] {
        let Some(last) = hit.path.last() else { return &[] };
        let reasons = self.0.get(&(&hit.team, &last.name, &last.version));
        reasons.map_or(&[], Vec::as_slice)
    }
}

impl MayHold {
    /// How many copies are told. Who reports makes as many as they like.
    const MOST: usize = 1_000;

    /// Why workspaces may be hit.
    #[must_use]
    pub fn reasons(&self) -> Reasons<'_> {
        let mut reasons = HashMap::<_, Vec<_>>::new();
        for it in &self.copies {
            for team in &it.teams {
                let reasons = reasons.entry((team, &it.name, &it.version)).or_default();
                if reasons.last() != Some(&it.why.as_str()) {
                    reasons.push(it.why.as_str());
                }
            }
        }
        Reasons(reasons)
    }

    /// What may be made from what was sought; nothing where every version of a package is sought anyway.
    pub(super) fn of(portfolio: &Portfolio, suspects: &Suspects<'_>) -> Self {
        let mut comparisons = Comparisons::default();
        let mut suspected = Vec::new();
        let mut found = BTreeMap::<_, BTreeSet<TeamId>>::new();
        for it in suspects.named(portfolio) {
            let mut releases = suspects.releases_of(it.package).peekable();
            if releases.peek().is_none() {
                continue;
            }
            let version = &it.package.version;
            let compared = comparisons.of(portfolio, &it);
            // One package may be made from several releases: what is surest is told.
            let surest = releases.map(|release| (suspicion(compared, version, release), release));
            let Some((reason, release)) = surest.min() else { continue };
            let key = (reason, (&it.package.name, version, it.identity()), release, compared);
            found.entry(key).or_default().insert(it.origin.team.clone());
            suspected.push(it);
        }
        let (told, copies_left_out) = share(found.into_iter().collect(), Self::MOST, |it| &it.1);
        let reached = radius(portfolio, String::new(), &suspected);
        Self {
            totals: reached.totals,
            copies: copies(told),
            copies_left_out,
            numbers_left_out: suspects.left_out,
            workspaces: reached.workspaces,
        }
    }
}

type Told<'a> =
    (Suspicion, (&'a PackageName, &'a Version, String), &'a Version, Option<&'a Comparison>);

/// In words, which are made for those alone that are told: a report has as many as it likes.
fn copies(told: Vec<(Told<'_>, BTreeSet<TeamId>)>) -> Vec<MayBeCopy> {
    let mut copies = BTreeMap::<_, BTreeSet<TeamId>>::new();
    for ((reason, package, release, compared), teams) in told {
        let why = why(reason, release, compared);
        copies.entry((reason, package, why)).or_default().extend(teams);
    }
    let copy = |((reason, package, why), teams): ((Suspicion, _, String), _)| {
        let (name, version, identity): (&PackageName, &Version, String) = package;
        let (name, version) = (name.clone(), version.clone());
        MayBeCopy { name, version, identity, reason, why, teams }
    };
    copies.into_iter().map(copy).collect()
}

fn suspicion(comparison: Option<&Comparison>, own: &Version, release: &Version) -> Suspicion {
    match comparison.and_then(|it| it.compared_with(release)) {
        Some(compared) if compared.totals.is_none() => Suspicion::SameFiles,
        Some(_) => Suspicion::ChangedFiles,
        None if own == release => Suspicion::OtherBytes,
        None => Suspicion::Number,
    }
}

fn why(reason: Suspicion, release: &Version, comparison: Option<&Comparison>) -> String {
    let untold = comparison.filter(|it| it.is_not_compared()).map(Comparison::words);
    let untold = untold.unwrap_or_else(|| "its files were not compared with that".to_owned());
    match reason {
        Suspicion::SameFiles => format!("its files are those of {release}"),
        Suspicion::ChangedFiles => {
            let words = comparison.map(Comparison::words).unwrap_or_default();
            format!("it is {release} with changes: {words}")
        }
        Suspicion::Number => format!("its number says that it is made from {release}; {untold}"),
        Suspicion::OtherBytes => format!(
            "it is called {release} too, and comes from elsewhere or has other bytes; {untold}"
        ),
    }
}

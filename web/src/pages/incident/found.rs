use std::collections::BTreeSet;

use depaudit_model::cargo::{CrateName, CrateSpec};
use depaudit_model::{Checksum, TeamId};
use depaudit_portfolio::question::{Blast, Sought};
use depaudit_trace::{Answer, Question, Report, Subject};
use semver::Version;
use serde::Serialize;

use super::super::problem::Problem;
use super::super::room::Room;
use super::super::visitor::{Role, Visitor};
use super::ruled::{self, Ruled};
use super::runs::Runs;
use super::signs::{self, Sign};

/// Everything that is known of what was asked for: by the record, and by what teams report.
#[derive(Debug, Serialize)]
pub(super) struct Found {
    schema: &'static str,
    /// What speaks for and against it, the worst first.
    pub(super) signs: Vec<Sign>,
    /// What the policy in force objects to.
    policy: Ruled,
    pub(super) trace: Report,
    #[serde(flatten)]
    pub(super) runs: Runs,
}

/// The name of this format. A key that means something else, or is gone, makes another name.
const SCHEMA: &str = "depaudit.incident/1";

impl Found {
    pub(super) fn is_empty(&self) -> bool {
        let found = |it: &Blast| !it.releases.is_empty() || !it.may_hold.copies.is_empty();
        let hit = self.runs.blast.as_ref().is_some_and(found);
        let asked = self.trace.request.as_ref().is_some_and(|it| !it.events.is_empty());
        let told = !self.trace.releases.is_empty() || !self.trace.timeline.is_empty();
        !hit && !asked && !told && self.runs.overrides.is_empty()
    }
}

/// What a page says of it in a line.
impl Found {
    /// The teams that received it, or were refused; a scan that looked into it is none.
    pub(super) fn teams(&self, received: bool) -> BTreeSet<&TeamId> {
        let decided = self.trace.releases.iter().flat_map(|it| &it.decisions);
        let teams = decided.filter(|it| it.let_through() == received).map(|it| &it.team);
        teams.filter(|it| !it.is_of_scans()).collect()
    }

    /// The crates that it is about.
    pub(super) fn names(&self) -> Vec<String> {
        let recorded = self.trace.releases.iter().map(|it| it.name.to_string());
        let locked = self.runs.blast.iter().flat_map(|it| &it.releases);
        let copies = self.runs.blast.iter().flat_map(|it| &it.may_hold.copies);
        let locked = locked.map(|it| &it.name).chain(copies.map(|it| &it.name));
        let names: BTreeSet<_> = recorded.chain(locked.map(ToString::to_string)).collect();
        names.into_iter().collect()
    }

    /// What the policy in force objects to, in words.
    pub(super) fn objections(&self) -> Vec<String> {
        let said = |it: &ruled::Objection| {
            let (teams, because) = (signs::named(&it.teams), &it.because);
            format!("{} {} is {} for {teams}: {because}", it.name, it.version, it.answer)
        };
        self.policy.objections.iter().map(said).collect()
    }

    /// Whether the doors refuse it to every team that it is about.
    pub(super) const fn is_refused_already(&self) -> bool {
        self.policy.is_all_refused
    }

    /// The one release that is meant, where it is one of a registry.
    pub(super) fn one_release(&self) -> Option<(&CrateName, &Version)> {
        match self.trace.releases.as_slice() {
            [only] => Some((&only.name, only.version.as_ref()?)),
            _ => None,
        }
    }

    /// Its one checksum, where it has one.
    pub(super) fn one_checksum(&self) -> Option<&Checksum> {
        match self.trace.releases.as_slice() {
            [only] => match only.checksums.as_slice() {
                [checksum] => Some(checksum),
                _ => None,
            },
            _ => None,
        }
    }
}

/// The one team whose receipts a visitor may see, where that is not every team.
pub(super) fn own_team(visitor: &Visitor) -> Option<&TeamId> {
    match visitor.role() {
        Role::Reader(team) | Role::Owner(team) => Some(team),
        Role::Admin => None,
    }
}

pub(super) async fn look(
    room: &Room,
    visitor: &Visitor,
    subject: Subject,
) -> Result<Found, Problem> {
    let state = room.state();
    let (team, now) = (own_team(visitor).cloned(), state.clock.now());
    let question = Question { subject, team, now };
    let Answer { meant, mut report, .. } =
        depaudit_trace::trace(&*state.log, Some(&*state.index), &question).await?;
    if !visitor.is_admin() {
        report.leave_out_clients();
        report.leave_out_others();
    }
    let team = question.team;
    let book = room.rulings().advisories();
    let told = room.ask(move |asking| {
        let sought = sought(&meant, &report);
        let runs = Runs::of(asking, sought.as_ref(), &report, team.as_ref());
        (report, runs)
    });
    let (report, runs) = told.await?;
    let policy = ruled::of(room, &report, &runs).await?;
    let signs = signs::of(&report, &runs, &policy, &book);
    Ok(Found { schema: SCHEMA, signs, policy, trace: report, runs })
}

/// What to look for in the locks. A package's name is wider than a crate's, so every crate has one.
fn sought(subject: &Subject, report: &Report) -> Option<Sought> {
    let release = || {
        let first = report.releases.first()?;
        let name = first.name.as_str().parse().ok()?;
        Some(match &first.version {
            Some(version) => Sought::Release(name, version.clone()),
            None => Sought::Package(name),
        })
    };
    match subject {
        Subject::Crate(CrateSpec { name, version }) => {
            let name = name.as_str().parse().ok()?;
            Some(match version {
                Some(version) => Sought::Release(name, version.clone()),
                None => Sought::Package(name),
            })
        }
        Subject::Digest(_, digest) if digest.first() == digest.last() => {
            Some(Sought::Bytes(*digest.first()))
        }
        // The beginning of one, or a request: what the record found under it.
        Subject::Digest(..) | Subject::Request(_) => release(),
    }
}

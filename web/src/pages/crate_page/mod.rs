//! `/crate/NAME` and `/crate/NAME/VERSION`: who has it, who is hit, what stands in its place, who
//! received it.

mod radius;
mod receipts;
mod ruled;
mod times;
mod versions;

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use depaudit_model::TeamId;
use depaudit_model::cargo::parse_version;
use depaudit_portfolio::question::{self, Blast, BlastTotals, Sought, Supposition};
use depaudit_portfolio::report::PackageName;
use semver::Version;

use super::chart::Graph;
use super::export;
use super::frame::{Entry, Frame};
use super::page;
use super::problem::Problem;
use super::room::{Asking, Room};
use super::rulings::{AdvisoryBook, Ruling};
use super::table::Table;
use super::visitor::Visitor;
use super::what_if;
pub(super) use radius::table as hit;
use receipts::Receipts;
pub(super) use ruled::outcome;

/// For how many teams the policy is asked.
const TEAMS: usize = 64;

pub(super) fn routes() -> Router<Arc<Room>> {
    Router::new()
        .route("/crate/{name}", get(crate_page))
        .route("/crate/{name}/{version}", get(release_page))
        .route("/blast/{sought}", get(json))
}

#[derive(Template)]
#[template(path = "crate.html")]
struct CratePage<'a> {
    frame: Frame<'a>,
    name: &'a PackageName,
    version: Option<&'a Version>,
    view: View,
    receipts: Receipts,
    /// The same for programs.
    json: String,
    /// The whole trace of it.
    trace: String,
    /// Whether the receipts are those of some teams alone.
    own_receipts: bool,
}

/// What the reports say.
#[derive(Debug)]
struct View {
    totals: BlastTotals,
    versions: Table,
    picture: Graph,
    /// How many ways the picture leaves out.
    not_drawn: usize,
    radius: Table,
    /// What may be made from it, under a number of its own.
    may_hold: Table,
    may_hit: BlastTotals,
    /// Teams that never reported, and downloaded it.
    received: Table,
    overrides: Table,
    over_time: times::OverTime,
    advisories: ruled::Advised,
    answers: Table,
    /// What follows when it is withdrawn, and where more of that is told: for one version alone.
    withdrawn: Option<(String, String)>,
    /// Where it is told what follows when its overrides are dropped.
    dropped: String,
}

/// What a view is made of, beside what is asked of the reports.
struct Given {
    links: Links,
    name: PackageName,
    version: Option<Version>,
    times: times::Times,
    book: AdvisoryBook,
    rulings: Vec<Ruling>,
}

impl View {
    fn of(asking: &Asking, given: &Given) -> Self {
        let Given { links, name, times, book, rulings, .. } = given;
        let (site, version) = (links.site(), given.version.as_ref());
        let blast = question::blast_radius(asking.portfolio(), &sought(name, version));
        let locked: BTreeSet<_> = blast.releases.iter().map(|it| it.version.clone()).collect();
        let (picture, not_drawn) = radius::picture(&blast);
        let used = locked.iter().cloned().chain(times.versions().cloned()).collect();
        Self {
            totals: blast.totals,
            versions: versions::table(asking, links, name, &blast),
            picture,
            not_drawn,
            radius: radius::table(site, &blast),
            may_hold: radius::may_hold(site, &blast),
            may_hit: blast.may_hold.totals,
            received: radius::received(&blast),
            overrides: versions::overrides(asking, site, name),
            over_time: times::of(asking, site, name, locked, times),
            advisories: ruled::advised(book, name, version, &used),
            answers: ruled::answers(site, name, version, rulings, &blast),
            withdrawn: version.map(|version| {
                let page = what_if::yanked(site, name.as_str(), &version.to_string());
                (withdrawn(asking, name, version), page)
            }),
            dropped: what_if::dropped(site, name.as_str()),
        }
    }
}

/// The teams that lock a crate, those that received it, and no more than are shown.
async fn rulings(
    room: &Room,
    name: &PackageName,
    version: Option<&Version>,
    received: &BTreeSet<TeamId>,
) -> Result<Vec<Ruling>, Problem> {
    // A package that no registry could have is not judged.
    let Ok(asked) = name.as_str().parse() else { return Ok(Vec::new()) };
    let (wanted, version) = (name.clone(), version.cloned());
    let locking = room.ask(move |asking| {
        let locked = asking.portfolio().named(&wanted);
        let asked =
            locked.filter(|it| version.as_ref().is_none_or(|that| it.package.version == *that));
        asked.map(|it| it.origin.team.clone()).collect::<BTreeSet<_>>()
    });
    let teams = locking.await?.into_iter().chain(received.iter().cloned());
    let teams: Vec<_> = teams.collect::<BTreeSet<_>>().into_iter().take(TEAMS).collect();
    Ok(room.rulings().about(&asked, &teams).await?)
}

/// The paths of a crate's pages, for views that are made on another thread.
#[derive(Debug, Clone)]
struct Links(super::Site);

impl Links {
    const fn site(&self) -> &super::Site {
        &self.0
    }

    fn of_version(&self, name: &PackageName, version: &Version) -> String {
        self.0.path(["crate", name.as_str(), &version.to_string()])
    }
}

fn sought(name: &PackageName, version: Option<&Version>) -> Sought {
    match version {
        Some(version) => Sought::Release(name.clone(), version.clone()),
        None => Sought::Package(name.clone()),
    }
}

fn withdrawn(asking: &Asking, name: &PackageName, version: &Version) -> String {
    let supposition = Supposition::Yanked(name.clone(), version.clone());
    let answer = question::what_if(asking.portfolio(), asking.facts(), &supposition);
    match answer.effects.iter().find_map(|effect| effect.instead.as_ref()) {
        Some(instead) => format!(
            "locks that hold it keep it; for new resolutions {instead} is the newest compatible one that is \
             known, where the manifests allow it"
        ),
        None => "nothing compatible is known that new resolutions could take; locks that hold it keep it"
            .to_owned(),
    }
}

async fn crate_page(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    show(&room, &visitor, package(&name)?, None).await
}

async fn release_page(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Path((name, version)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let wrong = |_| Problem::Question("a version looks like 1.2.0".to_owned());
    let version = parse_version(&version).map_err(wrong)?;
    show(&room, &visitor, package(&name)?, Some(version)).await
}

fn package(name: &str) -> Result<PackageName, Problem> {
    name.parse().map_err(|_| Problem::Question("no crate can be called that".to_owned()))
}

async fn show(
    room: &Room,
    visitor: &Visitor,
    name: PackageName,
    version: Option<Version>,
) -> Result<Response, Problem> {
    let receipts = receipts::of(room, visitor, &name, version.as_ref()).await?;
    let given = Given {
        links: Links(room.site().clone()),
        name: name.clone(),
        version: version.clone(),
        times: receipts.times.clone(),
        book: room.rulings().advisories(),
        rulings: rulings(room, &name, version.as_ref(), &receipts.teams).await?,
    };
    let view = room.ask_for(visitor, move |it| View::of(it, &given)).await?;
    let is_reported = !view.versions.rows.is_empty() || !view.may_hold.rows.is_empty();
    if view.totals.teams == 0 && !is_reported && receipts.is_empty() {
        let told = format!("no team has reported or received {name}");
        return Err(Problem::NotFound(told));
    }
    let frame = Frame { current: None, ..room.frame(Entry::Drift, visitor) };
    let asked = sought(&name, version.as_ref()).to_string();
    Ok(page::respond(&CratePage {
        frame,
        name: &name,
        version: version.as_ref(),
        view,
        receipts,
        json: frame.path(&["blast", &asked]),
        trace: frame.query(&["incident"], &[("of", asked)]),
        own_receipts: !visitor.is_admin(),
    }))
}

/// The same for programs; `NAME`, `NAME@VERSION` or a SHA-256.
async fn json(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Path(text): Path<String>,
) -> Result<Response, Problem> {
    let sought: Sought = text
        .parse()
        .map_err(|error: question::SoughtError| Problem::Question(error.to_string()))?;
    let asked = move |it: &Asking| question::blast_radius(it.portfolio(), &sought);
    let blast: Blast = room.ask_for(&visitor, asked).await?;
    Ok(export::json(&blast))
}

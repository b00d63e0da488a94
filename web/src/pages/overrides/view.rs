use depaudit_model::TeamId;
use depaudit_model::cargo::OverrideKind;
use depaudit_portfolio::question::{Standing, StandingOverride};
use depaudit_portfolio::report::Outcome;
use serde::Deserialize;
use url::Url;

use super::super::asked::said;
use super::super::frame::{Frame, Site};
use super::super::problem::Problem;
use super::super::table::{Cell, Table};
use super::super::what_if;

/// How an override can stand, the worst first.
pub(super) const STANDINGS: [Standing; 6] = [
    Standing::Expired,
    Standing::Undeclared,
    Standing::Incomplete,
    Standing::Declared,
    Standing::NotNeeded,
    Standing::ApprovedProxy,
];

/// What the page was asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    pub(super) team: Option<String>,
    pub(super) standing: Option<String>,
    pub(super) package: Option<String>,
    pub(super) from: Option<usize>,
}

/// The same, understood.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    team: Option<TeamId>,
    standing: Option<Standing>,
    package: Option<String>,
}

impl Filter {
    pub(super) fn wanted(&self) -> Result<Wanted, Problem> {
        let team = said(self.team.as_ref()).map(str::parse).transpose();
        let team = team.map_err(|_| Problem::Question("the team's name is none".to_owned()))?;
        let standing = said(self.standing.as_ref()).map(|text| {
            let found = STANDINGS.into_iter().find(|it| it.as_str() == text);
            found.ok_or_else(|| {
                let words = STANDINGS.map(Standing::as_str).join(", ");
                Problem::Question(format!("an override stands as one of {words}"))
            })
        });
        let package = said(self.package.as_ref()).map(str::to_lowercase);
        Ok(Wanted { team, standing: standing.transpose()?, package })
    }

    /// Whether a choice of the form is the one that was made.
    pub(super) fn is_team(&self, team: &TeamId) -> bool {
        said(self.team.as_ref()) == Some(team.as_str())
    }

    pub(super) fn is_standing(&self, standing: &Standing) -> bool {
        said(self.standing.as_ref()) == Some(standing.as_str())
    }

    /// The query of the same choice, for links.
    pub(super) fn pairs(&self) -> Vec<(&'static str, String)> {
        let fields =
            [("team", &self.team), ("standing", &self.standing), ("package", &self.package)];
        let said = |(name, text): (&'static str, &Option<String>)| {
            Some((name, said(text.as_ref())?.to_owned()))
        };
        fields.into_iter().filter_map(said).collect()
    }
}

impl Wanted {
    pub(super) fn takes(&self, it: &StandingOverride) -> bool {
        let named = |part: &str| {
            it.package.as_ref().is_some_and(|name| name.as_str().to_lowercase().contains(part))
        };
        self.team.as_ref().is_none_or(|team| it.team == *team)
            && self.standing.is_none_or(|standing| it.standing == standing)
            && self.package.as_deref().is_none_or(named)
    }
}

pub(super) fn table(frame: &Frame<'_>, chosen: &[&StandingOverride], filter: &Filter) -> Table {
    let page = |from: usize| {
        let mut pairs = filter.pairs();
        pairs.push(("from", from.to_string()));
        Some(frame.query(&["overrides"], &pairs))
    };
    let from = filter.from.unwrap_or(0);
    Table::of("Overrides", COLUMNS.into(), chosen, from, |it| cells(frame.site, it), page)
}

/// The same for some that another page chose.
pub(super) fn table_of(site: &Site, chosen: &[&StandingOverride]) -> Table {
    Table::brief("Overrides", COLUMNS.into(), chosen, |it| cells(site, it))
}

/// Seven, so that none is cut off on a desk.
const COLUMNS: [&str; 7] =
    ["Package", "Team", "Standing", "Takes instead", "Differs in files", "Where", "To do"];

fn cells(site: &Site, it: &StandingOverride) -> Vec<Cell> {
    let package = match &it.package {
        Some(name) => {
            let text =
                it.version.as_ref().map_or_else(|| name.to_string(), |v| format!("{name} {v}"));
            Cell::linked(text, site.path(["crate", name.as_str()]))
        }
        None => Cell::new("a whole source"),
    };
    let (class, words, command) = todo(it);
    let todo = match what_if::dropped_at(site, it) {
        Some(link) => Cell::new(words).and_linked("what if it is dropped", link),
        None => Cell::new(words),
    };
    let todo = Cell { code: command.map(str::to_owned), ..todo };
    let mut standing = Cell::new(it.standing.words()).class(class);
    if let Some(day) = it.expires {
        let ended = it.standing == Standing::Expired;
        standing = standing.and(format!("{} {day}", if ended { "on" } else { "until" }));
    }
    standing = standing.and(format!("there for {} days", it.days));
    if let Some(owner) = &it.owner {
        standing =
            standing.and_linked(format!("by {owner}"), what_if::leaves(site, owner.as_str()));
    }
    vec![
        package,
        Cell::team(site, &it.team).and(&it.repository),
        standing,
        takes_instead(site, it),
        difference(it),
        place(it),
        todo,
    ]
}

/// What it is, and where it is told what follows if whoever owns that leaves.
fn takes_instead(site: &Site, it: &StandingOverride) -> Cell {
    let cell = target(it).and(it.kind.as_str()).and(it.state.as_str());
    match fork_owner(it.target.as_str()) {
        Some(owner) => {
            cell.and_linked(format!("what if {owner} leaves"), what_if::leaves(site, &owner))
        }
        None => cell,
    }
}

/// What it puts in place, without the marks that a terminal needs.
pub(in super::super) fn target(it: &StandingOverride) -> Cell {
    Cell::new(it.target.as_str().replace('`', ""))
}

/// `our-org` of `https://git.example/our-org/shared`: as an owner of forks is supposed to leave.
fn fork_owner(target: &str) -> Option<String> {
    let url: Url = target.split(' ').next()?.parse().ok()?;
    let mut parts = url.path_segments()?;
    let owner = parts.next().filter(|part| !part.is_empty())?;
    parts.next().filter(|part| !part.is_empty())?;
    Some(owner.to_owned())
}

/// The line, and what it says where the report tells.
pub(in super::super) fn place(it: &StandingOverride) -> Cell {
    let place = Cell::new(format!("{}:{}", it.path, it.line));
    match &it.text {
        Some(text) => place.coded(text),
        None => place.class("code"),
    }
}

/// What was changed deserves a look, and what is marked a second one.
fn difference(it: &StandingOverride) -> Cell {
    let compared = it.compared.iter().filter_map(|comparison| match &comparison.outcome {
        Outcome::Compared(found) if !found.totals.is_none() => Some(found),
        _ => None,
    });
    let marked = compared.map(|found| !found.marks.is_empty()).max();
    let class = match marked {
        Some(true) => "hard",
        Some(false) => "soft",
        None => "",
    };
    Cell::new(it.difference()).class(class)
}

/// The stylesheet's name for how bad it is, what to do, and what explains it.
fn todo(it: &StandingOverride) -> (&'static str, &'static str, Option<&'static str>) {
    // Whether it needs a declaration is one question, and whether the registry is a good one another.
    let leads_elsewhere = matches!(
        it.kind,
        OverrideKind::SourceReplacement
            | OverrideKind::RegistryDependency
            | OverrideKind::Env
            | OverrideKind::Flag
    );
    match it.standing {
        Standing::Expired => {
            ("hard", "take it out, or renew its [[override]] in depaudit.toml", None)
        }
        Standing::Undeclared => {
            ("hard", "take it out, or declare it", Some("depaudit explain OVR03"))
        }
        Standing::Incomplete => {
            ("soft", "complete its [[override]]", Some("depaudit explain OVR03"))
        }
        // The declaration answers for it; what it holds is for other rules.
        Standing::Declared => (
            "allowed",
            "nothing for its declaration; a scan may deny what it holds",
            Some("depaudit explain OVR04 OVR06"),
        ),
        Standing::NotNeeded if leads_elsewhere => {
            ("", "look whether where it leads is approved", Some("depaudit explain SRC01"))
        }
        Standing::NotNeeded => ("", "nothing: this kind needs no declaration", None),
        Standing::ApprovedProxy => ("allowed", "nothing: the policy approves this proxy", None),
    }
}

pub(super) const TITLES: [&str; 14] = [
    "team",
    "repository",
    "kind",
    "package",
    "version",
    "target",
    "state",
    "standing",
    "days",
    "owner",
    "expires",
    "path",
    "line",
    "difference",
];

pub(super) fn row(it: &StandingOverride) -> [String; 14] {
    let text =
        |value: Option<&dyn std::fmt::Display>| value.map_or_else(String::new, |it| it.to_string());
    [
        it.team.to_string(),
        it.repository.to_string(),
        it.kind.as_str().to_owned(),
        text(it.package.as_ref().map(|it| it as _)),
        text(it.version.as_ref().map(|it| it as _)),
        it.target.to_string(),
        it.state.as_str().to_owned(),
        it.standing.as_str().to_owned(),
        it.days.to_string(),
        text(it.owner.as_ref().map(|it| it as _)),
        text(it.expires.as_ref().map(|it| it as _)),
        it.path.to_string(),
        it.line.to_string(),
        it.difference(),
    ]
}

use std::cmp::Reverse;

use depaudit_model::TeamId;
use depaudit_portfolio::question::{Drift, Drifting, Integrity, Skew};
use serde::Deserialize;

use super::super::asked::said;
use super::super::problem::Problem;

/// How far apart versions are, as the form says it.
pub(super) const SKEWS: [(&str, Skew); 3] =
    [("patch", Skew::Patch), ("minor", Skew::Minor), ("incompatible", Skew::Incompatible)];

/// By what the crates are sorted.
pub(super) const SORTS: [&str; 4] = ["score", "name", "teams", "days"];

/// What the page was asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    pub(super) name: Option<String>,
    pub(super) team: Option<String>,
    pub(super) skew: Option<String>,
    pub(super) split: Option<String>,
    pub(super) sort: Option<String>,
    pub(super) from: Option<usize>,
}

/// The same, understood.
#[derive(Debug)]
pub(super) struct Wanted {
    name: Option<String>,
    team: Option<TeamId>,
    /// This far apart, or further.
    skew: Option<Skew>,
    /// Only those that are not the same for all.
    split: bool,
    sort: &'static str,
}

impl Filter {
    pub(super) fn wanted(&self) -> Result<Wanted, Problem> {
        let team = said(self.team.as_ref()).map(str::parse).transpose();
        let team = team.map_err(|_| Problem::Question("the team's name is none".to_owned()))?;
        let skew = said(self.skew.as_ref()).map(|text| {
            let found = SKEWS.iter().find(|(word, _)| *word == text);
            found.map(|(_, skew)| *skew).ok_or_else(|| {
                Problem::Question("versions differ by patch, minor or incompatible".to_owned())
            })
        });
        let split = match said(self.split.as_ref()) {
            None => false,
            Some("only") => true,
            Some(_) => {
                return Err(Problem::Question("the split ones are asked for by only".to_owned()));
            }
        };
        let sort = said(self.sort.as_ref()).unwrap_or("score");
        let sort = SORTS.into_iter().find(|word| *word == sort).ok_or_else(|| {
            Problem::Question(format!("crates are sorted by one of {}", SORTS.join(", ")))
        })?;
        let name = said(self.name.as_ref()).map(str::to_lowercase);
        Ok(Wanted { name, team, skew: skew.transpose()?, split, sort })
    }

    pub(super) fn is_team(&self, team: &TeamId) -> bool {
        said(self.team.as_ref()) == Some(team.as_str())
    }

    pub(super) fn is_skew(&self, word: &str) -> bool {
        said(self.skew.as_ref()) == Some(word)
    }

    pub(super) fn is_split(&self) -> bool {
        said(self.split.as_ref()).is_some()
    }

    pub(super) fn is_sort(&self, word: &str) -> bool {
        said(self.sort.as_ref()).unwrap_or("score") == word
    }

    /// The query of the same choice, for links.
    pub(super) fn pairs(&self) -> Vec<(&'static str, String)> {
        let fields = [
            ("name", &self.name),
            ("team", &self.team),
            ("skew", &self.skew),
            ("split", &self.split),
            ("sort", &self.sort),
        ];
        let said = |(name, text): (&'static str, &Option<String>)| {
            Some((name, said(text.as_ref())?.to_owned()))
        };
        fields.into_iter().filter_map(said).collect()
    }
}

impl Wanted {
    pub(super) fn choose<'d>(&self, drift: &'d Drift) -> Vec<&'d Drifting> {
        let mut chosen: Vec<_> = drift.crates.iter().filter(|it| self.takes(it)).collect();
        match self.sort {
            "name" => chosen.sort_by_key(|it| &it.name),
            "teams" => chosen.sort_by_key(|it| Reverse(it.teams)),
            "days" => chosen.sort_by_key(|it| Reverse(it.days)),
            // The answer is in the order of scores.
            _ => {}
        }
        chosen
    }

    fn takes(&self, it: &Drifting) -> bool {
        let has = |team: &TeamId| it.versions.iter().any(|used| used.teams.contains(team));
        self.name.as_deref().is_none_or(|part| it.name.as_str().to_lowercase().contains(part))
            && self.team.as_ref().is_none_or(has)
            && self.skew.is_none_or(|skew| it.skew >= skew)
            && (!self.split || it.integrity > Integrity::Same)
    }
}

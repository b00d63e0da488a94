use std::collections::BTreeMap;

use depaudit_model::{TeamId, Timestamp};
use depaudit_portfolio::question::{Covered, TeamStanding};
use depaudit_store::{LastTime, TeamOnRecord};
use serde::{Serialize, Serializer};

use super::super::drift::days;
use super::super::frame::Site;
use super::super::problem::Problem;
use super::super::room::{Asking, Room};
use super::super::table::Cell;
use super::super::visitor::Visitor;

/// How many teams of the record are looked at.
const MOST: usize = 10_000;

/// A team, with all that one line tells of it.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) team: TeamId,
    pub(super) covered: Covered,
    pub(super) repositories: usize,
    pub(super) reported: Option<Timestamp>,
    /// When bytes went to it last; not told to those who may not see it.
    #[serde(serialize_with = "time")]
    pub(super) received: LastTime,
    #[serde(serialize_with = "time")]
    pub(super) refused: LastTime,
    pub(super) score: u64,
    pub(super) ahead: usize,
    pub(super) behind: usize,
    pub(super) days_behind: u64,
    pub(super) days_not_known: usize,
    pub(super) split_identities: usize,
    pub(super) overrides: usize,
    pub(super) undeclared: usize,
    pub(super) approved_proxies: usize,
}

fn time<S: Serializer>(time: &LastTime, serializer: S) -> Result<S::Ok, S::Error> {
    time.at_the_latest().serialize(serializer)
}

/// What the record tells of teams, as far as the visitor may see it.
pub(super) async fn on_record(
    room: &Room,
    visitor: &Visitor,
) -> Result<Vec<TeamOnRecord>, Problem> {
    let mut teams = room.state().log.teams(MOST).await?;
    teams.retain(|it| visitor.sees_receipts_of(&it.team) && !it.team.is_of_scans());
    Ok(teams)
}

/// Every team that is configured, has reported, or is on record, by name.
pub(super) fn of(asking: &Asking, on_record: Vec<TeamOnRecord>) -> Vec<Row> {
    let mut rows = BTreeMap::<TeamId, Row>::new();
    for it in asking.coverage().teams {
        let row = Row::of(&it.team, it.covered);
        rows.insert(it.team, row);
    }
    for it in asking.teams() {
        rows.entry(it.team.clone()).or_insert_with(|| Row::of(&it.team, Covered::Yes)).stands(it);
    }
    for it in on_record {
        let row = rows.entry(it.team.clone());
        let row = row.or_insert_with(|| Row::of(&it.team, Covered::Unseen));
        if row.covered == Covered::Unseen && it.received.is_ever() {
            row.covered = Covered::NeverReported;
        }
        (row.received, row.refused) = (it.received, it.refused);
    }
    rows.into_values().collect()
}

/// How a team is seen, in words, and the stylesheet's name for it.
pub(super) const fn seen(covered: Covered) -> (&'static str, &'static str) {
    match covered {
        Covered::Unseen => ("neither reports nor downloads", "hard"),
        Covered::NeverReported => ("downloads, and reports nothing", "hard"),
        Covered::Bypasses => ("reports, and downloads nothing here", "hard"),
        Covered::Old => ("its report is old", "soft"),
        Covered::Elsewhere => ("reports, and takes crates from a registry not served here", "soft"),
        Covered::Partly => ("reports, and received here only a part of what it locks", "allowed"),
        Covered::Yes => ("reports", "allowed"),
    }
}

pub(super) const COLUMNS: [&str; 9] = [
    "Team",
    "Seen",
    "Repositories",
    "Last report",
    "Last download",
    "Drift score",
    "Crates behind",
    "Split identities",
    "Overrides",
];

pub(super) const TITLES: [&str; 14] = [
    "team",
    "seen",
    "repositories",
    "last report",
    "last download",
    "last refusal",
    "drift score",
    "crates at the newest",
    "crates behind",
    "days behind",
    "split identities",
    "overrides",
    "undeclared",
    "approved proxies",
];

impl Row {
    fn of(team: &TeamId, covered: Covered) -> Self {
        Self {
            team: team.clone(),
            covered,
            repositories: 0,
            reported: None,
            received: LastTime::Never,
            refused: LastTime::Never,
            score: 0,
            ahead: 0,
            behind: 0,
            days_behind: 0,
            days_not_known: 0,
            split_identities: 0,
            overrides: 0,
            undeclared: 0,
            approved_proxies: 0,
        }
    }

    fn stands(&mut self, it: TeamStanding) {
        self.repositories = it.repositories;
        self.reported = Some(it.reported);
        self.score = it.score;
        (self.ahead, self.behind) = (it.ahead, it.behind);
        (self.days_behind, self.days_not_known) = (it.days_behind, it.days_not_known);
        self.split_identities = it.split_identities;
        (self.overrides, self.undeclared) = (it.overrides, it.undeclared);
        self.approved_proxies = it.approved_proxies;
    }

    /// How far it is behind, in words.
    pub(super) fn told_behind(&self) -> String {
        match self.behind {
            0 if self.reported.is_none() => "not known".to_owned(),
            0 => "none".to_owned(),
            crates if self.days_not_known == crates => {
                format!("{crates}, for how long is not known")
            }
            crates => {
                let days = days(crates, self.days_behind, self.days_not_known);
                format!("{crates}, by {days} days")
            }
        }
    }

    pub(super) fn is_seen(&self) -> bool {
        self.covered == Covered::Yes
    }

    pub(super) fn cells(&self, site: &Site) -> Vec<Cell> {
        let (words, class) = seen(self.covered);
        let bad = |count: usize| if count > 0 { "hard" } else { "" };
        let overrides = match self.undeclared {
            0 => Cell::new(self.overrides),
            undeclared => Cell::new(format!("{}, {undeclared} undeclared", self.overrides)),
        };
        vec![
            Cell::team(site, &self.team),
            Cell::new(words).class(class),
            Cell::new(self.repositories),
            self.reported.map_or_else(|| Cell::new("never"), Cell::time),
            last(self.received),
            Cell::new(self.score),
            Cell::new(self.told_behind()),
            Cell::new(self.split_identities).class(bad(self.split_identities)),
            overrides.class(bad(self.undeclared)),
        ]
    }

    pub(super) fn texts(&self) -> [String; 14] {
        let time = |time: Option<Timestamp>| time.map_or_else(String::new, |it| it.to_string());
        [
            self.team.to_string(),
            self.covered.as_str().to_owned(),
            self.repositories.to_string(),
            time(self.reported),
            time(self.received.at_the_latest()),
            time(self.refused.at_the_latest()),
            self.score.to_string(),
            self.ahead.to_string(),
            self.behind.to_string(),
            days(self.behind, self.days_behind, self.days_not_known),
            self.split_identities.to_string(),
            self.overrides.to_string(),
            self.undeclared.to_string(),
            self.approved_proxies.to_string(),
        ]
    }
}

pub(super) fn last(time: LastTime) -> Cell {
    match time {
        LastTime::Never => Cell::new("never"),
        LastTime::At(time) => Cell::time(time),
        LastTime::Before(time) => Cell::new(format!("before {time}")),
    }
}

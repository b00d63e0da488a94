use std::collections::{BTreeMap, BTreeSet};

use depaudit_model::cargo::PublishedRelease;
use depaudit_model::event::{Decision, EventKind};
use depaudit_model::{TeamId, Timestamp};
use depaudit_portfolio::report::PackageName;
use depaudit_store::{StoredEvent, Tally};
use semver::Version;

use super::super::chart::{Life, Timeline};
use super::super::frame::Site;
use super::super::room::Asking;
use super::super::table::{Cell, Table};

/// How many rows a picture has before nobody can read it.
const DRAWN: usize = 30;

/// When each version came to whom, by the record.
#[derive(Debug, Clone, Default)]
pub(super) struct Times {
    received: BTreeMap<(Version, TeamId), (Timestamp, Timestamp)>,
    seen: BTreeMap<Version, Timestamp>,
}

/// The versions over time, as a picture and as a table.
#[derive(Debug)]
pub(super) struct OverTime {
    pub(super) picture: Timeline,
    pub(super) table: Table,
    /// How many rows the picture leaves out.
    pub(super) not_drawn: usize,
}

impl Times {
    pub(super) fn of(tallies: &[Tally], incidents: &[StoredEvent]) -> Self {
        let mut times = Self::default();
        for it in tallies.iter().filter(|it| it.decision != Decision::Deny) {
            let Some(version) = &it.version else { continue };
            let span = times.received.entry((version.clone(), it.team.clone()));
            let (first, last) = span.or_insert((it.first, it.last));
            (*first, *last) = (it.first.min(*first), it.last.max(*last));
        }
        for event in incidents.iter().map(|it| &it.event) {
            if let (EventKind::FirstSeen, Some(version)) = (event.kind, &event.version) {
                let seen = times.seen.entry(version.clone()).or_insert(event.time);
                *seen = event.time.min(*seen);
            }
        }
        times
    }

    /// The versions that somebody received.
    pub(super) fn versions(&self) -> impl Iterator<Item = &Version> {
        self.received.keys().map(|(version, _)| version)
    }

    fn teams_of<'t>(
        &'t self,
        version: &Version,
    ) -> impl Iterator<Item = (&'t TeamId, (Timestamp, Timestamp))> {
        let of_it = self.received.iter().filter(move |((it, _), _)| it == version);
        of_it.map(|((_, team), span)| (team, *span))
    }
}

/// One line of the table.
struct Row {
    version: Version,
    published: Option<Timestamp>,
    seen: Option<Timestamp>,
    received: Option<(TeamId, (Timestamp, Timestamp))>,
}

/// The versions that somebody locks or received, the newest first. `used` are those that are locked.
pub(super) fn of(
    asking: &Asking,
    site: &Site,
    name: &PackageName,
    used: BTreeSet<Version>,
    times: &Times,
) -> OverTime {
    let known = name.as_str().parse().ok().and_then(|name| asking.facts().releases(&name));
    let known = known.unwrap_or_default();
    let published = |version: &Version| {
        known.iter().find(|it: &&PublishedRelease| it.version == *version)?.published
    };
    let on_record = times.received.keys().map(|(version, _)| version).chain(times.seen.keys());
    let versions: BTreeSet<_> = used.iter().chain(on_record).collect();
    let (mut rows, mut lives) = (Vec::new(), Vec::new());
    for version in versions.into_iter().rev() {
        let (published, seen) = (published(version), times.seen.get(version).copied());
        lives.push(Life { label: version.to_string(), made: published, seen, used: None });
        let before = rows.len();
        for (team, span) in times.teams_of(version) {
            lives.push(Life {
                label: format!("· {team}"),
                made: None,
                seen: None,
                used: Some(span),
            });
            let received = Some((team.clone(), span));
            rows.push(Row { version: version.clone(), published, seen, received });
        }
        if rows.len() == before {
            rows.push(Row { version: version.clone(), published, seen, received: None });
        }
    }
    let not_drawn = lives.len().saturating_sub(DRAWN);
    lives.truncate(DRAWN);
    let title = format!(
        "When the versions of {name} were published, seen here and received; the table \
                         has the times"
    );
    OverTime { picture: Timeline::new(title, &lives), table: table(site, name, &rows), not_drawn }
}

fn table(site: &Site, name: &PackageName, rows: &[Row]) -> Table {
    let time = |time: Option<Timestamp>| time.map_or_else(|| Cell::new("not known"), Cell::time);
    let cells = |row: &Row| {
        let version = row.version.to_string();
        let path = site.path(["crate", name.as_str(), version.as_str()]);
        let mut cells = vec![Cell::linked(&version, path), time(row.published), time(row.seen)];
        match &row.received {
            Some((team, (first, last))) => {
                cells.extend([Cell::team(site, team), Cell::time(*first), Cell::time(*last)]);
            }
            None => cells.extend([Cell::new("nobody"), Cell::new(""), Cell::new("")]),
        }
        cells
    };
    let columns =
        vec!["Version", "Published (UTC)", "First seen here", "Received by", "First", "Last"];
    Table::brief("Versions over time", columns, rows, cells)
}

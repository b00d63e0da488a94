//! What happened to a crate, in the order in which it did.

use std::collections::BTreeMap;

use depaudit_model::TeamId;
use depaudit_store::StoredEvent;

use super::gather::Gathered;
use super::report::{Decided, Moment, Release};

/// The incidents, and for each team the first and last time that it received each version or was
/// denied it.
pub(super) fn timeline(gathered: &Gathered) -> Vec<Moment> {
    let mut moments: Vec<_> = gathered.incidents.iter().map(incident).collect();
    for release in &gathered.releases {
        of_teams(release, "received", Decided::let_through, &mut moments);
        of_teams(release, "denied", |decided| !decided.let_through(), &mut moments);
        moments.extend(release.replaced_by.iter().map(|next| Moment {
            time: next.first,
            index: next.index,
            what: "received-next",
            version: release.version.clone(),
            team: Some(next.team.clone()),
            detail: Some(format!("{} {:.12}", next.version, next.sha256)),
        }));
    }
    moments.sort_by(|a, b| (a.time, a.index, a.what).cmp(&(b.time, b.index, b.what)));
    moments
}

fn incident(stored: &StoredEvent) -> Moment {
    let event = &stored.event;
    let from = event.source.as_ref().map(|source| format!("from {source}"));
    let sha256 = event.sha256.map(|sha256| format!("{sha256:.12}"));
    let parts: Vec<_> = [sha256, from, event.detail.clone()].into_iter().flatten().collect();
    Moment {
        time: event.time,
        index: stored.index,
        what: event.kind.as_str(),
        version: event.version.clone(),
        team: event.team.clone(),
        detail: (!parts.is_empty()).then(|| parts.join(", ")),
    }
}

fn of_teams(
    release: &Release,
    what: &'static str,
    wanted: impl Fn(&Decided) -> bool,
    moments: &mut Vec<Moment>,
) {
    let mut teams = BTreeMap::<&TeamId, Vec<&Decided>>::new();
    for decided in release.decisions.iter().filter(|decided| wanted(decided)) {
        teams.entry(&decided.team).or_default().push(decided);
    }
    let (first_time, last_time) = match what {
        "denied" => ("first-denied", "last-denied"),
        _ => ("first-received", "last-received"),
    };
    for (team, all) in teams {
        let moment = |what, time, index, detail| Moment {
            time,
            index,
            what,
            version: release.version.clone(),
            team: Some(team.clone()),
            detail,
        };
        let count: u64 = all.iter().map(|decided| decided.count).sum();
        if let Some(first) = all.iter().min_by_key(|decided| decided.first_index) {
            let rule = first.rule.as_ref().map(|rule| format!("rule {rule}"));
            moments.push(moment(first_time, first.first, first.first_index, rule));
        }
        if let Some(last) = all.iter().max_by_key(|decided| decided.last_index)
            && count > 1
        {
            let times = Some(format!("{count} times until then"));
            moments.push(moment(last_time, last.last, last.last_index, times));
        }
    }
}

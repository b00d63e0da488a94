use std::collections::BTreeSet;

use depaudit_model::cargo::{CrateName, CrateSpec, Release};
use depaudit_model::{RequestId, TeamId, Timestamp};
use depaudit_store::{AuditLog, StoreError, StoredEvent, Traced};

use super::gather::{Gathered, gather};
use super::report::{Report, Request, SCHEMA};
use super::timeline::timeline;
use super::{Line, Subject, UpstreamIndex};

/// A digest of a crate file belongs to one release, or to a few that are the same bytes.
const MOST_RELEASES: usize = 20;

/// A request has a decision and an outcome, and rarely more.
const MOST_EVENTS: usize = 100;

/// What is to be traced, and how much of it.
#[derive(Debug, Clone)]
pub struct Question {
    /// A crate, a version, a digest or a request.
    pub subject: Subject,
    /// Only what this team received or was denied; what names another team is left out.
    pub team: Option<TeamId>,
    /// The moment of the answer.
    pub now: Timestamp,
}

/// What was found.
#[derive(Debug)]
pub struct Answer {
    /// What was asked, or what it was taken for, where nothing is on record under it as it was written.
    pub meant: Subject,
    /// All of it, for programs and pages.
    pub report: Report,
    /// The events of the request, where one was asked for.
    pub events: Vec<StoredEvent>,
}

impl Answer {
    /// Whether there is anything on record.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.report.releases.is_empty() && self.report.timeline.is_empty() && self.events.is_empty()
    }
}

/// Asks the record, and what is stored of the upstream's index, where that is at hand.
///
/// # Errors
/// When either cannot be read.
pub async fn trace(
    log: &dyn AuditLog,
    index: Option<&dyn UpstreamIndex>,
    question: &Question,
) -> Result<Answer, StoreError> {
    let Question { subject, team, now } = question;
    let mut meant = subject.clone();
    let mut found = find(log, index, question, &meant).await?;
    if !found.is_about(team.as_ref()) {
        for other in subject.others() {
            let under_other = find(log, index, question, &other).await?;
            if under_other.is_about(team.as_ref()) {
                (meant, found) = (other, under_other);
                break;
            }
        }
    }
    let Found { all, events, many } = found;
    let request = match &meant {
        Subject::Request(id) => Some(Request {
            id: id.clone(),
            events: events.iter().cloned().map(Line::from).collect(),
        }),
        Subject::Crate(_) | Subject::Digest(..) => None,
    };
    let report = Report {
        schema: SCHEMA,
        subject: request.is_none().then(|| meant.to_string()),
        request,
        team: team.clone(),
        time: *now,
        timeline: timeline(&all),
        truncated: all.truncated || many,
        releases: all.releases,
    };
    Ok(Answer { meant, report, events })
}

/// What was found under one meaning of the question.
struct Found {
    all: Gathered,
    events: Vec<StoredEvent>,
    /// Whether there may be more releases.
    many: bool,
}

impl Found {
    /// Whether anything is on record; for one team: of what it asked for. What others received is no
    /// reason to take a question otherwise, since that would tell it.
    fn is_about(&self, team: Option<&TeamId>) -> bool {
        let Self { all, events, .. } = self;
        let decided = || all.releases.iter().any(|it| !it.decisions.is_empty());
        let any = || !all.releases.is_empty() || !all.incidents.is_empty();
        !events.is_empty() || if team.is_some() { decided() } else { any() }
    }
}

async fn find(
    log: &dyn AuditLog,
    index: Option<&dyn UpstreamIndex>,
    Question { team, now, .. }: &Question,
    subject: &Subject,
) -> Result<Found, StoreError> {
    let traced = |name, version, sha256| Traced { name, version, sha256, team: team.clone() };
    let mut wanted = Vec::new();
    let mut events = Vec::new();
    match subject {
        Subject::Crate(CrateSpec { name, version }) => {
            wanted.push(traced(name.clone(), version.clone(), None));
        }
        Subject::Digest(_, digest) => {
            let releases = log.releases_with(*digest, MOST_RELEASES).await?;
            let about = releases.into_iter().map(|Release { name, version }| (name, Some(version)));
            wanted.extend(about.map(|(name, version)| traced(name, version, Some(*digest))));
        }
        Subject::Request(id) => {
            events = of_request(log, id, team.as_ref()).await?;
            let about = releases_of(&events);
            wanted.extend(about.into_iter().map(|(name, version)| traced(name, version, None)));
        }
    }
    let mut all = Gathered::default();
    for of in &wanted {
        let mut one = gather(log, index, of, *now).await?;
        all.releases.append(&mut one.releases);
        all.incidents.append(&mut one.incidents);
        all.truncated |= one.truncated;
    }
    Ok(Found { all, events, many: wanted.len() == MOST_RELEASES })
}

async fn of_request(
    log: &dyn AuditLog,
    id: &RequestId,
    team: Option<&TeamId>,
) -> Result<Vec<StoredEvent>, StoreError> {
    let mut events = log.of_request(id, MOST_EVENTS).await?;
    events.retain(|it| team.is_none() || it.event.team.as_ref() == team);
    Ok(events)
}

fn releases_of(events: &[StoredEvent]) -> BTreeSet<(CrateName, Option<semver::Version>)> {
    let about = events.iter().map(|stored| &stored.event);
    about.filter_map(|event| Some((event.name.clone()?, event.version.clone()))).collect()
}

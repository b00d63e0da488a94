//! The recorded decisions, counted for each release and team: what is held in memory grows with
//! these, never with the length of the record.

use std::collections::{BTreeMap, BTreeSet};

use depaudit_model::cargo::Release;
use depaudit_model::event::{Decision, Event, EventKind};
use depaudit_model::{Checksum, RegistryName, TeamId, Timestamp};
use depaudit_policy::door::DoorRule;
use depaudit_store::{AuditLog, EventFilter, EventOrder};
use serde::Serialize;

use crate::output::progress_bar;

/// How many events are read, and held in memory, together.
const PAGE: usize = 1_000;

/// How many principals are named for one release and team.
const MOST_PRINCIPALS: usize = 20;

/// A release that a team asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Asked {
    pub(super) registry: RegistryName,
    pub(super) release: Release,
    pub(super) team: TeamId,
}

/// How often something happened, and when first and last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Times {
    pub(super) times: u64,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
}

/// What was decided about one release for one team.
#[derive(Debug, Default)]
pub(super) struct Decided {
    /// Served, and nothing was said against it.
    pub(super) served: Option<Times>,
    /// Served to builds that had locked it, while the index held it back.
    pub(super) held_back: Option<Times>,
    /// Refused by a rule of a policy.
    pub(super) refused: Option<Times>,
    /// The rule of the last refusal, and what it said.
    pub(super) refusal: Option<(DoorRule, String)>,
    /// The bytes it was about.
    pub(super) sha256: Option<Checksum>,
    /// Their number.
    pub(super) size: Option<u64>,
    /// Who proved to be asking.
    pub(super) principals: BTreeSet<String>,
    /// Whether there were more of them than are named.
    pub(super) more_principals: bool,
}

/// Everything that was decided, and how many decisions that were.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) decided: BTreeMap<Asked, Decided>,
    pub(super) counts: Counts,
}

/// How many decisions there were.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Counts {
    /// Read from the record.
    pub(super) read: u64,
    /// Served, held back in the index or not.
    pub(super) served: u64,
    /// Refused by a rule of a policy.
    pub(super) refused: u64,
    /// Refused because the bytes were wrong: no policy lets those pass.
    pub(super) wrong_bytes: u64,
    /// Without what tells which release it was, and for whom.
    pub(super) incomplete: u64,
}

/// Reads the decisions about downloads that are not older than `since`.
///
/// # Errors
/// When the record cannot be read.
pub(super) async fn gather(
    log: &dyn AuditLog,
    since: Timestamp,
    team: Option<&TeamId>,
) -> anyhow::Result<Gathered> {
    let mut filter = EventFilter {
        since: Some(since),
        team: team.cloned(),
        kinds: vec![EventKind::DownloadDecided],
        ..EventFilter::default()
    };
    let bar = progress_bar(log.length().await?, "events");
    let mut gathered = Gathered::default();
    loop {
        let page = log.read(&filter, EventOrder::OldestFirst, PAGE).await?;
        let full = page.len() == PAGE;
        for stored in page {
            filter.from = stored.index.saturating_add(1);
            // A clock that was set back leaves older events behind newer ones.
            if stored.event.time >= since {
                gathered.add(stored.event);
            }
        }
        // Where to begin is known now: from here on each page begins where the last one ended, and no
        // index over the times is gone through again.
        filter.since = None;
        bar.set_position(filter.from);
        if !full {
            bar.finish_and_clear();
            return Ok(gathered);
        }
    }
}

impl Gathered {
    fn add(&mut self, event: Event) {
        self.counts.read += 1;
        let Event { time, sha256, bytes, rule, principal, detail, .. } = event;
        let (Some(registry), Some(name), Some(version), Some(team), Some(decision)) =
            (event.registry, event.name, event.version, event.team, event.decision)
        else {
            self.counts.incomplete += 1;
            return;
        };
        let rule = rule.map(|rule| rule.parse::<DoorRule>());
        let allowed = decision != Decision::Deny;
        // The checksum rule is about bytes too: nothing lifts it.
        if !allowed && !matches!(rule, Some(Ok(rule)) if rule.can_be_lifted()) {
            self.counts.wrong_bytes += 1;
            return;
        }
        let asked = Asked { registry, release: Release { name, version }, team };
        let decided = self.decided.entry(asked).or_default();
        decided.sha256 = sha256.or(decided.sha256);
        decided.size = bytes.or(decided.size);
        decided.name(principal);
        let times = match (decision, rule) {
            (Decision::Deny, rule) => {
                decided.refusal = rule.and_then(Result::ok).map(|rule| (rule, told(detail)));
                &mut decided.refused
            }
            (Decision::Allow, Some(_)) => &mut decided.held_back,
            (Decision::Allow, None) | (Decision::WouldDeny, _) => &mut decided.served,
        };
        let count = times.get_or_insert(Times { times: 0, first: time, last: time });
        count.times += 1;
        // A clock that was set back changes the order.
        count.first = count.first.min(time);
        count.last = count.last.max(time);
        let total = if allowed { &mut self.counts.served } else { &mut self.counts.refused };
        *total += 1;
    }
}

impl Decided {
    fn name(&mut self, principal: Option<String>) {
        let Some(principal) = principal else { return };
        if self.principals.len() < MOST_PRINCIPALS {
            self.principals.insert(principal);
        } else if !self.principals.contains(&principal) {
            self.more_principals = true;
        }
    }
}

/// The reason in the text of a refusal, which says the crate and the rule first.
fn told(detail: Option<String>) -> String {
    let detail = detail.unwrap_or_default();
    let why = detail.lines().find_map(|line| line.strip_prefix("why: "));
    why.unwrap_or_default().to_owned()
}

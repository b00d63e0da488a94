//! A crate's index entry as one team sees it.

use std::sync::Arc;

use bytes::Bytes;
use depaudit_model::Timestamp;
use depaudit_model::cargo::CrateName;
use depaudit_policy::door::Outcome;

use super::in_force::InForce;
use super::keeper::Asker;
use crate::cargo::index_body::Line;
use crate::cargo::view::View;
use crate::cargo::yank::yank;

/// A team's view, and for how long it is the right one.
#[derive(Debug, Clone)]
pub(super) struct TeamView {
    pub(super) view: Arc<View>,
    /// From then on a version may have become old enough, or a waiver may have ended.
    pub(super) holds_until: Option<Timestamp>,
}

/// Judges every version, and marks as yanked what does not pass. The upstream's own view, when
/// nothing had to be marked.
pub(super) fn team_view(
    rules: &InForce,
    asker: &Asker,
    upstream: &Arc<View>,
    now: Timestamp,
) -> TeamView {
    let Some(name) = upstream.lines.first().map(|line| line.name.clone()) else {
        return TeamView { view: Arc::clone(upstream), holds_until: None };
    };
    let (blocked, holds_until) = judge(rules, asker, &name, upstream, now);
    let marked: Vec<Option<Vec<u8>>> = upstream
        .lines
        .iter()
        .zip(blocked)
        .map(|(line, blocked)| {
            let text = upstream.body.get(line.range.clone()).unwrap_or_default();
            blocked.then(|| yank(text)).flatten()
        })
        .collect();
    if marked.iter().all(Option::is_none) {
        return TeamView { view: Arc::clone(upstream), holds_until };
    }
    let view = rewritten(upstream, marked);
    TeamView { view: Arc::new(view), holds_until }
}

fn judge(
    rules: &InForce,
    asker: &Asker,
    name: &CrateName,
    upstream: &View,
    now: Timestamp,
) -> (Vec<bool>, Option<Timestamp>) {
    let Asker { team, registry, home } = asker;
    let about = rules.about(team, registry, name).at_home_in(home.as_ref());
    let mut holds_until: Option<Timestamp> = None;
    let verdicts = rules.judge_all(&about, name, upstream, now);
    let blocked = upstream.lines.iter().zip(verdicts).map(|(line, verdict)| {
        holds_until = [holds_until, verdict.holds_until()].into_iter().flatten().min();
        verdict.outcome != Outcome::Allowed && !line.yanked
    });
    (blocked.collect(), holds_until)
}

/// The body again, with some lines replaced and every other byte as it was.
fn rewritten(upstream: &View, marked: Vec<Option<Vec<u8>>>) -> View {
    let mut body = Vec::with_capacity(upstream.body.len());
    let mut lines = Vec::with_capacity(upstream.lines.len());
    let mut copied = 0;
    for (line, marked) in upstream.lines.iter().zip(marked) {
        // Blank lines between two entries stay.
        body.extend(upstream.body.get(copied..line.range.start).unwrap_or_default());
        copied = line.range.end;
        let begin = body.len();
        let yanked = line.yanked || marked.is_some();
        match marked {
            Some(text) => body.extend(text),
            None => body.extend(upstream.body.get(line.range.clone()).unwrap_or_default()),
        }
        lines.push(Line { range: begin..body.len(), yanked, ..line.clone() });
    }
    body.extend(upstream.body.get(copied..).unwrap_or_default());
    let validators = upstream.validators.clone();
    let mut view = View::new(Bytes::from(body), lines, validators, upstream.confirmed());
    view.contested.clone_from(&upstream.contested);
    view
}

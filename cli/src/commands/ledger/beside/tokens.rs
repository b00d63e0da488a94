use std::time::Duration;

use depaudit_model::event::{Event, EventKind};
use depaudit_store::Token;

use super::Heard;
use super::heard::Key;
use crate::commands::token::{self, Until};

/// What an event says of a token.
pub(super) enum Told {
    /// It was made: an id, a name, a scope, for a team.
    Made(Key, Made),
    /// The one with this id was revoked.
    Revoked(String),
}

/// Until when a token lasts, by the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Made(Until);

impl Told {
    pub(super) fn read(event: &Event) -> Option<Self> {
        let (detail, team) = (event.detail.as_deref()?, event.team.as_ref()?);
        let made = |what: &str, until| {
            Self::Made(Key::of(&[team.as_str().as_bytes(), what.as_bytes()]), Made(until))
        };
        if event.kind == EventKind::TokenExchanged {
            let (what, lifetime) = detail.strip_prefix("token ")?.rsplit_once(", for ")?;
            let seconds: u64 = lifetime.strip_suffix(" s")?.parse().ok()?;
            // It was rounded down.
            let lifetime = Duration::from_secs(seconds.saturating_add(1));
            return Some(made(what, Until::Moment(event.time.plus(lifetime))));
        }
        let (done, what) = detail.strip_prefix("token ")?.split_once(": ")?;
        if done == token::REVOKE {
            return what.split(' ').next().map(|id| Self::Revoked(id.to_owned()));
        }
        let (what, until) = Until::split(what);
        Some(made(what, until))
    }
}

/// The first token that is kept otherwise than the record says. One that is gone opens nothing.
pub(super) fn unsaid(tokens: &[Token], heard: &Heard) -> Option<String> {
    tokens.iter().find_map(|token| {
        let Token { id, name, team, scope, .. } = token;
        let of = format!("the token {id} {name} of {team}, scope {scope},");
        let what = token::told(token);
        let Some(Made(until)) =
            heard.made.get(&Key::of(&[team.as_str().as_bytes(), what.as_bytes()]))
        else {
            return Some(format!("{of} was added or changed: no entry says that it was made"));
        };
        if token.revoked.is_none()
            && let Some(index) = heard.revoked.get(id.as_str())
        {
            return Some(format!("{of} was revoked by entry {index}, and is kept as if not"));
        }
        // A rotation ends the one before earlier.
        let longer = match (until, token.expires) {
            (Until::Moment(said), Some(kept)) => kept > *said,
            (Until::Moment(_), None) => true,
            (Until::Revoked | Until::Unsaid, _) => false,
        };
        let kept = token.expires.map_or_else(|| "for ever".to_owned(), |it| format!("until {it}"));
        longer.then(|| format!("{of} lasts {kept}, longer than the record says ({until})"))
    })
}

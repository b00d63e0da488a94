use std::time::Duration;

use depaudit_model::event::{Event, EventKind};
use depaudit_model::{Checksum, Timestamp};
use depaudit_store::Token;

use super::Heard;
use super::heard::Key;
use crate::commands::token::{self, Said, Until};

/// What an event says of a token.
pub(super) enum Told {
    /// It was made: an id, a name, a scope, for a team.
    Made(Key, Made),
    /// It was made in place of another one, which ends then; an older depaudit did not say when.
    Rotated { old: String, ends: Option<Timestamp>, made: (Key, Made) },
    /// The one with this id was revoked.
    Revoked(String),
}

/// How a token was made, by the record.
pub(super) struct Made {
    until: Until,
    /// The mark's own 16 bytes, where one was said.
    mark: Option<u128>,
}

impl Told {
    pub(super) fn read(event: &Event) -> Option<Self> {
        let (detail, team) = (event.detail.as_deref()?, event.team.as_ref()?);
        let made = |what: &str, until, mark: Option<String>| {
            let key = Key::of(&[team.as_str().as_bytes(), what.as_bytes()]);
            (key, Made { until, mark: mark.and_then(|mark| number(&mark)) })
        };
        if event.kind == EventKind::TokenExchanged {
            let (detail, mark) = Said::split_mark(detail);
            let (what, lifetime) = detail.strip_prefix("token ")?.rsplit_once(", for ")?;
            let seconds: u64 = lifetime.strip_suffix(" s")?.parse().ok()?;
            // It was rounded down.
            let lifetime = Duration::from_secs(seconds.saturating_add(1));
            let (key, made) = made(what, Until::Moment(event.time.plus(lifetime)), mark);
            return Some(Self::Made(key, made));
        }
        let (done, what) = detail.strip_prefix("token ")?.split_once(": ")?;
        if done == token::REVOKE {
            return what.split(' ').next().map(|id| Self::Revoked(id.to_owned()));
        }
        let (what, Said { until, mark }) = Said::split(what);
        let (key, made) = made(what, until, mark);
        Some(match token::Rotated::read(done) {
            Some(token::Rotated { old, ends }) => Self::Rotated { old, ends, made: (key, made) },
            None => Self::Made(key, made),
        })
    }
}

pub(super) fn number(mark: &str) -> Option<u128> {
    u128::from_str_radix(mark, 16).ok()
}

/// The first token that is kept otherwise than the record says. One that is gone opens nothing.
pub(super) fn unsaid(tokens: &[(Token, Option<Checksum>)], heard: &Heard) -> Option<String> {
    tokens.iter().find_map(|(token, digest)| {
        let Token { id, name, team, scope, .. } = token;
        let of = format!("the token {id} {name} of {team}, scope {scope},");
        let key = Key::of(&[team.as_str().as_bytes(), token::told(token).as_bytes()]);
        let Some(Made { until, mark }) = heard.made.get(&key) else {
            return Some(format!("{of} was added or changed: no entry says that it was made"));
        };
        let is_marked = |digest| number(&Token::mark_of(digest)) == *mark;
        if mark.is_some() && !digest.as_ref().is_some_and(is_marked) {
            return Some(format!("{of} has another text than the one that it was made with"));
        }
        if token.revoked.is_none()
            && let Some(index) = heard.revoked.get(id.as_str())
        {
            return Some(format!("{of} was revoked by entry {index}, and is kept as if not"));
        }
        if let Some((index, ends)) = heard.rotated.get(id.as_str())
            && token.expires.is_none_or(|kept| ends.is_some_and(|ends| kept > ends))
        {
            return Some(format!("{of} gave way to another by entry {index}, and lasts on"));
        }
        // A rotation ends the one before earlier.
        let said = match until {
            Until::Moment(said) if token.expires.is_none_or(|kept| kept > *said) => said,
            _ => return None,
        };
        let kept = token.expires.map_or_else(|| "for ever".to_owned(), |it| format!("until {it}"));
        Some(format!("{of} lasts {kept}, longer than the record says (until {said})"))
    })
}

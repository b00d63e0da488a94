use depaudit_model::Checksum;
use depaudit_model::event::Event;
use depaudit_store::{Holder, Session};
use depaudit_web::LOGIN_MARK;

use super::Heard;
use super::tokens::number;

/// What the session of a login is sealed with, where an event tells of one.
pub(super) fn mark_of(event: &Event) -> Option<u128> {
    let detail = event.detail.as_deref()?.strip_prefix("login to the pages as ")?;
    number(detail.rsplit_once(LOGIN_MARK)?.1)
}

/// The first session that nobody logged in to. One that is gone opens nothing.
pub(super) fn unsaid(sessions: &[(Session, Checksum)], heard: &Heard) -> Option<String> {
    let known = |(session, digest): &&(Session, Checksum)| {
        number(&session.mark(digest)).is_some_and(|mark| heard.logins.contains(&mark))
    };
    let (session, _) = sessions.iter().find(|it| !known(it))?;
    let whose = match &session.holder {
        Holder::Token(id) => format!("the token {id}"),
        Holder::Person(person) => person.name.escape_debug().to_string(),
    };
    Some(format!(
        "a session of {whose}, since {}, was added or changed: no entry tells of that login",
        session.created
    ))
}

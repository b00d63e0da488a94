use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::response::sse::Event as Sent;
use depaudit_model::terminal::printable;
use depaudit_store::{EventFilter, EventOrder, StoreError, StoredEvent};
use http::HeaderMap;
use serde::Serialize;

use super::super::room::Room;
use super::super::visitor::Visitor;
use super::event;
use super::places::Place;

/// How often the record is looked at for each follower. A look costs one short read.
const LOOK: Duration = Duration::from_millis(500);
/// After how long without news a sign of life is sent, so that nobody on the way gives up, and one who
/// has gone is noticed.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);
/// How often it is asked whether a follower may still see what it sees.
const STILL_WELCOME: Duration = Duration::from_secs(5);
/// How many events are sent at once; who lags further behind is skipped ahead.
const AT_ONCE: usize = 100;

/// One that follows. Nothing is read for it before it has taken what was sent, so that a slow one costs
/// no memory.
pub(super) struct Follower {
    room: Arc<Room>,
    visitor: Visitor,
    /// What it came with: whether it may still look is asked again and again.
    headers: HeaderMap,
    wanted: EventFilter,
    waiting: VecDeque<Sent>,
    place: Place,
    sent: Instant,
    asked: Instant,
}

impl Follower {
    pub(super) fn new(
        room: Arc<Room>,
        visitor: Visitor,
        headers: HeaderMap,
        (wanted, from): (EventFilter, u64),
        place: Place,
    ) -> Self {
        let now = Instant::now();
        // The first thing that is sent tells that the follower has a place.
        let waiting = [Sent::default().retry(Duration::from_secs(3)).comment("following")].into();
        let wanted = EventFilter { from, ..wanted };
        Self { room, visitor, headers, wanted, waiting, place, sent: now, asked: now }
    }

    /// What is sent next; waits for it. `None` when it is over.
    pub(super) async fn next(&mut self) -> Option<Sent> {
        loop {
            if self.place.is_stopping() || !self.is_welcome().await {
                return None;
            }
            if let Some(sent) = self.waiting.pop_front() {
                self.sent = Instant::now();
                return Some(sent);
            }
            if let Err(error) = self.look().await {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "the record cannot be followed");
                return None;
            }
            if !self.waiting.is_empty() {
                continue;
            }
            if self.sent.elapsed() >= SIGN_OF_LIFE {
                self.waiting.push_back(Sent::default().comment("nothing new"));
                continue;
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = self.place.stop() => return None,
            }
        }
    }

    /// Whether it may still see what it sees: its login may have ended.
    async fn is_welcome(&mut self) -> bool {
        if self.asked.elapsed() < STILL_WELCOME {
            return true;
        }
        self.asked = Instant::now();
        let visitor = self.room.access().onlooker(&self.headers).await;
        visitor.is_ok_and(|visitor| visitor.role() == self.visitor.role())
    }

    async fn look(&mut self) -> Result<(), StoreError> {
        let log = Arc::clone(&self.room.state().log);
        let length = log.length().await?;
        if length <= self.wanted.from {
            return Ok(());
        }
        let mut events = log.read(&self.wanted, EventOrder::OldestFirst, AT_ONCE + 1).await?;
        if events.len() > AT_ONCE {
            events = log.read(&self.wanted, EventOrder::NewestFirst, AT_ONCE).await?;
            events.reverse();
            let told = "there was more than could be shown; some events were left out";
            self.waiting.push_back(Sent::default().event("skipped").data(told));
        }
        // Another one may have come since the length was read.
        let last = events.last().map_or(0, |last| last.index + 1);
        self.wanted.from = length.max(last);
        self.waiting.extend(events.iter().map(|it| Line::of(&self.room, it).sent(it.index)));
        Ok(())
    }
}

/// An event, as the script shows it: texts are made harmless here, and put in as texts there.
#[derive(Debug, Serialize)]
struct Line {
    index: u64,
    path: String,
    time: String,
    kind: &'static str,
    team: Option<Linked>,
    subject: Option<Linked>,
    what: String,
    class: &'static str,
}

#[derive(Debug, Serialize)]
struct Linked {
    text: String,
    path: String,
}

impl Line {
    fn of(room: &Room, stored: &StoredEvent) -> Self {
        let (event, site) = (&stored.event, room.site());
        let shown = |text: &str| printable(text).to_string();
        let team = event.team.as_ref();
        let subject = event.name.as_ref().map(|name| Linked {
            text: shown(&event::subject(event)),
            path: site.path(["crate", name.as_str()]),
        });
        Self {
            index: stored.index,
            path: site.path(["audit", &stored.index.to_string()]),
            time: super::super::table::seconds(event.time),
            kind: event.kind.as_str(),
            team: team.map(|it| Linked { text: shown(it.as_str()), path: site.team(it) }),
            subject,
            what: shown(&event::what(event)),
            class: event::class(event),
        }
    }

    fn sent(&self, index: u64) -> Sent {
        let sent = Sent::default().id(index.to_string());
        // A line is text and numbers alone, which is always JSON.
        sent.json_data(self).unwrap_or_default()
    }
}

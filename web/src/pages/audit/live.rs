//! `/audit/live`: the record as it grows. A script follows it by server-sent events; without one the page
//! shows the newest events, and reloads itself where that is asked for.

use std::convert::Infallible;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::sse::{Event as Sent, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use depaudit_model::event::EventKind;
use futures_util::stream;
use http::{HeaderMap, StatusCode, header};

use super::super::asked::Asked;
use super::super::frame::{Entry, Frame};
use super::super::page;
use super::super::problem::Problem;
use super::super::room::Room;
use super::super::script;
use super::super::table::Table;
use super::super::visitor::Onlooker;
use super::filter::{Faults, Filter, Unusable};
use super::follower::Follower;
use super::places::Full;

/// How often a page without scripts loads itself again, in seconds, where that is asked for.
const RELOAD: u64 = 10;
/// When whoever found no place may try again, in seconds.
const LATER: &str = "30";

pub(super) fn routes() -> Router<Arc<Room>> {
    Router::new().route("/audit/live", get(live)).route("/audit/live/events", get(events))
}

#[derive(Template)]
#[template(path = "live.html")]
struct LivePage<'a> {
    frame: Frame<'a>,
    filter: &'a Filter,
    faults: Faults,
    table: Table,
    /// Where the events that come after these are.
    events: String,
    script: String,
    /// The page that reloads itself without scripts, or the one that does not.
    other: String,
}

async fn live(
    State(room): State<Arc<Room>>,
    Onlooker(visitor): Onlooker,
    headers: HeaderMap,
    Asked(filter): Asked<Filter>,
) -> Result<Response, Problem> {
    // Somebody asked for it, unless it loads itself again.
    if !filter.reloads() {
        room.access().logged_in(&headers).await?;
    }
    // Before the table is read: what comes meanwhile belongs to one of both.
    let length = room.state().log.length().await?;
    let of_all = Filter { from: None, ..filter.clone() };
    let (newest, faults) = match of_all.wanted(&visitor, room.state().clock.now()) {
        Ok(wanted) => {
            (super::found(&room, &of_all, &wanted, super::ROWS).await?, Faults::default())
        }
        Err(Unusable::Wrong(faults)) => (Vec::new(), faults),
        Err(Unusable::Problem(problem)) => return Err(problem),
    };
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let next = newest.first().map_or(length, |newest| length.max(newest.index + 1));
    let frame = room.frame(Entry::Audit, &visitor);
    let mut other = filter.pairs(None);
    other.extend((!filter.reloads()).then(|| ("reload", "on".to_owned())));
    let mut response = page::respond_with_script(&LivePage {
        frame,
        filter: &filter,
        faults,
        table: super::table(&frame, &newest),
        events: frame.query(&["audit", "live", "events"], &filter.pairs(Some(next))),
        script: frame.site.path(script::segments()),
        other: frame.query(&["audit", "live"], &other),
    });
    *response.status_mut() = status;
    Ok(response)
}

async fn events(
    State(room): State<Arc<Room>>,
    Onlooker(visitor): Onlooker,
    headers: HeaderMap,
    Asked(filter): Asked<Filter>,
) -> Result<Response, Problem> {
    let wanted = filter.wanted(&visitor, room.state().clock.now())?;
    let place = match room.following().place(visitor.name()) {
        Ok(place) => place,
        Err(full) => {
            let status = match full {
                Full::Everybody => StatusCode::SERVICE_UNAVAILABLE,
                Full::Own => StatusCode::TOO_MANY_REQUESTS,
            };
            let headers = [(header::RETRY_AFTER, LATER)];
            return Ok((status, headers, format!("{full}\n")).into_response());
        }
    };
    let length = room.state().log.length().await?;
    let seen = headers.get("last-event-id").and_then(|it| it.to_str().ok()?.parse::<u64>().ok());
    let next = seen.map(|seen| seen.saturating_add(1)).or(filter.from).unwrap_or(length);
    let follower = Follower::new(room, visitor, headers, (wanted, next.min(length)), place);
    let sent = stream::unfold(follower, async |mut follower| {
        let sent = follower.next().await?;
        Some((Ok::<Sent, Infallible>(sent), follower))
    });
    let headers = [
        (header::X_CONTENT_TYPE_OPTIONS.as_str(), "nosniff"),
        (header::CACHE_CONTROL.as_str(), "private, no-store"),
        // A reverse proxy that collects what it passes on would hold events back.
        ("x-accel-buffering", "no"),
    ];
    Ok((headers, Sse::new(sent)).into_response())
}

//! `/login/start` and `/login/return`: somebody else says who one is.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::{HeaderMap, header};
use serde::Deserialize;

use super::asked::Asked;
use super::login::{NEVER_KEPT, Wanted, onwards};
use super::next::Next;
use super::problem::Problem;
use super::room::Room;
use crate::access::{ClientAddress, Cookie, Key, SignOnAttempt, SignOnDoor, SignOnFailed};

/// For how long one may take to say who one is.
const PATIENCE: Duration = Duration::from_secs(10 * 60);
/// The longest code, in bytes.
const LONGEST_CODE: usize = 4_096;

pub(super) fn routes() -> Router<Arc<Room>> {
    Router::new().route("/login/start", get(start)).route("/login/return", get(come_back))
}

/// What a browser brings back; others may stand beside it.
#[derive(Deserialize)]
struct Returned {
    state: Option<String>,
    code: Option<String>,
    iss: Option<String>,
}

fn door(room: &Room) -> Result<&dyn SignOnDoor, Problem> {
    let none = || Problem::NotFound("this server asks nobody else who you are".to_owned());
    room.access().sign_on().ok_or_else(none)
}

async fn start(
    State(room): State<Arc<Room>>,
    headers: HeaderMap,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Problem> {
    let (door, access) = (door(&room)?, room.access());
    let next = wanted.next.as_deref().and_then(Next::read);
    // Nothing to prove, or proven already: another site's link takes no session away.
    if !access.is_required() || access.logged_in(&headers).await?.is_some() {
        return Ok(onwards(&room, next.as_ref()));
    }
    let key = Key::generate(access.randomness());
    let attempt = SignOnAttempt::of(&key, next.as_ref().map_or("/", Next::as_str));
    let address = door.address(&attempt).await?;
    let mut response = Redirect::to(&address).into_response();
    let cookie = access.cookies().set(Cookie::SignOn, &key, PATIENCE);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response.headers_mut().insert(header::CACHE_CONTROL, NEVER_KEPT);
    Ok(response)
}

async fn come_back(
    State(room): State<Arc<Room>>,
    client: Option<Extension<ClientAddress>>,
    headers: HeaderMap,
    Asked(returned): Asked<Returned>,
) -> Response {
    let mut response = match sign_on(&room, client, &headers, &returned).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    };
    // However it ended, the attempt is over.
    let cookie = room.access().cookies().clear(Cookie::SignOn);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response.headers_mut().insert(header::CACHE_CONTROL, NEVER_KEPT);
    response
}

async fn sign_on(
    room: &Room,
    client: Option<Extension<ClientAddress>>,
    headers: &HeaderMap,
    returned: &Returned,
) -> Result<Response, Problem> {
    let (door, access) = (door(room)?, room.access());
    let address = client.map(|Extension(ClientAddress(address))| address);
    let refused = || Problem::from(SignOnFailed::Refused);
    access.may_come_back(address)?;
    // What no browser here has begun costs nothing, and counts for nothing: another site could send it.
    let key = access.cookies().read(headers, Cookie::SignOn).ok_or_else(refused)?;
    let state = returned.state.as_deref().unwrap_or_default();
    let (attempt, next) = SignOnAttempt::come_back(&key, state).ok_or_else(refused)?;
    if !access.spend(&key) {
        return Err(refused());
    }
    // The person said no, or the issuer did; why is for its own pages.
    let code = returned.code.as_deref().filter(|code| code.len() <= LONGEST_CODE);
    let code = code.ok_or_else(refused)?;
    let person = door.person(code, returned.iss.as_deref(), &attempt).await;
    let person = person.inspect_err(|failed| {
        if *failed != SignOnFailed::Away {
            access.note_failure(address);
        }
    })?;
    let opened = access.sign_in(person, address, headers).await?;
    let mut response = onwards(room, Next::read(next).as_ref());
    response.headers_mut().append(header::SET_COOKIE, opened.0);
    Ok(response)
}

impl From<SignOnFailed> for Problem {
    fn from(failed: SignOnFailed) -> Self {
        match failed {
            SignOnFailed::Away => Self::NotYet(failed.to_string()),
            SignOnFailed::Refused | SignOnFailed::Unmapped => Self::Forbidden(failed.to_string()),
        }
    }
}

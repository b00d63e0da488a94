//! `/login` and `/logout`: a token for a session, and its end.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::body::Body;
use axum::extract::{Extension, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Router, http::request::Parts};
use http::{HeaderValue, Method, StatusCode, header};
use serde::Deserialize;

use super::asked::Asked;
use super::form_secret::FormSecret;
use super::frame::{Frame, Site};
use super::next::Next;
use super::origin;
use super::outside as filters;
use super::page;
use super::posted::{self, Posted};
use super::problem::Problem;
use super::room::Room;
use crate::access::{ClientAddress, Cookie, Failed, Key};

/// For how long a login that was shown can be sent.
const SHOWN: Duration = Duration::from_secs(60 * 60);

pub(super) fn routes() -> Router<Arc<Room>> {
    Router::new().route("/login", get(login).post(log_in)).route("/logout", post(log_out))
}

#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    pub(super) next: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Login {
    token: String,
    next: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Logout {}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    frame: Frame<'a>,
    form_secret: &'a str,
    next: Option<&'a Next>,
    failed: Option<&'a Failed>,
    /// Who else says who one is, and where to ask.
    sign_on: Option<(&'a str, String)>,
}

/// The way to the login, for a person who asks for a page.
pub(super) fn to_login(site: &Site, parts: &Parts) -> Option<Response> {
    is_for_a_person(parts).then(|| redirect(site, parts))
}

/// Leads a browser to the login, and from there to the page that it asks for.
fn redirect(site: &Site, parts: &Parts) -> Response {
    let next = parts.uri.path_and_query().and_then(|it| Next::read(it.as_str()));
    let next = next.filter(|next| next.as_str() != "/");
    let pairs: Vec<_> = next.iter().map(|next| ("next", next.as_str().to_owned())).collect();
    let mut response = Redirect::to(&site.query(&["login"], &pairs)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, NEVER_KEPT);
    response
}

/// Whether a person waits in front of a browser for this page.
fn is_for_a_person(parts: &Parts) -> bool {
    let accepts = parts.headers.get_all(header::ACCEPT).iter();
    matches!(parts.method, Method::GET | Method::HEAD)
        && !parts.headers.contains_key(header::AUTHORIZATION)
        && accepts.filter_map(|it| it.to_str().ok()).any(|it| it.contains("text/html"))
}

pub(super) const NEVER_KEPT: HeaderValue = HeaderValue::from_static("no-store");

async fn login(
    State(room): State<Arc<Room>>,
    Asked(wanted): Asked<Wanted>,
    request: Request,
) -> Result<Response, Problem> {
    let next = wanted.next.as_deref().and_then(Next::read);
    let access = room.access();
    // Nothing to prove, or proven already.
    if !access.is_required() || access.logged_in(request.headers()).await?.is_some() {
        return Ok(onwards(&room, next.as_ref()));
    }
    let shown = access.cookies().read(request.headers(), Cookie::Login);
    let key = shown.unwrap_or_else(|| Key::generate(access.randomness()));
    Ok(show(&room, &key, next.as_ref(), None))
}

fn show(room: &Room, key: &Key, next: Option<&Next>, failed: Option<&Failed>) -> Response {
    let frame = Frame { site: room.site(), current: None, visitor: None };
    let secret = FormSecret::of(key.reveal().as_bytes());
    let form_secret = secret.reveal();
    let sign_on = room.access().sign_on().map(|door| {
        let next: Vec<_> = next.iter().map(|next| ("next", next.as_str().to_owned())).collect();
        (door.name(), room.site().query(&["login", "start"], &next))
    });
    let mut response = page::respond(&LoginPage { frame, form_secret, next, failed, sign_on });
    let cookie = room.access().cookies().set(Cookie::Login, key, SHOWN);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

pub(super) fn onwards(room: &Room, next: Option<&Next>) -> Response {
    let start = || room.site().path([""]);
    let to = next.and_then(|next| room.site().place_of(next)).unwrap_or_else(start);
    Redirect::to(&to).into_response()
}

async fn log_in(
    State(room): State<Arc<Room>>,
    client: Option<Extension<ClientAddress>>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    if !origin::is_own(room.site(), &parts) {
        return Err(posted::foreign());
    }
    // Another site cannot log anybody in: it knows no login that was shown to this browser.
    let access = room.access();
    let key = access.cookies().read(&parts.headers, Cookie::Login).ok_or_else(posted::foreign)?;
    let form = login_form(&parts, body, &key).await?;
    let next = form.next.as_deref().and_then(Next::read);
    let address = client.map(|Extension(ClientAddress(address))| address);
    match access.log_in(form.token.trim(), address, &parts.headers).await {
        Ok(opened) => {
            let mut response = onwards(&room, next.as_ref());
            let headers = response.headers_mut();
            headers.append(header::SET_COOKIE, opened.0);
            headers.append(header::SET_COOKIE, access.cookies().clear(Cookie::Login));
            headers.insert(header::CACHE_CONTROL, NEVER_KEPT);
            Ok(response)
        }
        Err(Failed::Store(error)) => Err(error.into()),
        Err(failed) => {
            // Who is made to wait fills no log.
            if matches!(failed, Failed::Token) {
                tracing::warn!(client = address.map(tracing::field::display), "a login failed");
            }
            let mut response = show(&room, &key, next.as_ref(), Some(&failed));
            *response.status_mut() = match failed {
                Failed::TooOften(wait) | Failed::TooManySessions(wait) => {
                    let seconds = HeaderValue::from(wait.as_secs() + 1);
                    response.headers_mut().insert(header::RETRY_AFTER, seconds);
                    StatusCode::TOO_MANY_REQUESTS
                }
                _ => StatusCode::FORBIDDEN,
            };
            Ok(response)
        }
    }
}

async fn login_form(parts: &Parts, body: Body, key: &Key) -> Result<Login, Problem> {
    posted::take(&parts.headers, body, &FormSecret::of(key.reveal().as_bytes())).await
}

async fn log_out(
    State(room): State<Arc<Room>>,
    client: Option<Extension<ClientAddress>>,
    headers: http::HeaderMap,
    Posted { visitor, form: Logout {} }: Posted<Logout>,
) -> Result<Response, Problem> {
    let address = client.map(|Extension(ClientAddress(address))| address);
    room.access().log_out(&visitor, address, &headers).await?;
    let mut response = Redirect::to(&room.site().path(["login"])).into_response();
    let cookie = room.access().cookies().clear(Cookie::Session);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

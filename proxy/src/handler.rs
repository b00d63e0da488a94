//! From a request to its answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;
use depaudit_model::cargo::CrateName;
use depaudit_model::event::CacheOutcome;
use depaudit_model::{RegistryName, RequestId, TeamId, TokenScope};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use crate::auth::FACTS;
use crate::cargo::config_json;
use crate::cargo::view::View;
use crate::door::{Asker, InForce, Wanted, keep_in};
use crate::download::none_match;
use crate::error::ProxyError;
use crate::index::Served;
use crate::metrics::{KindLabels, RegistryLabels, RequestLabels, Word};
use crate::oidc;
use crate::proxy::Proxy;
use crate::record::RequestContext;
use crate::registry::RegistryEntry;
use crate::route::{Document, Route};
use crate::server::PeerAddress;
use crate::why::{self, Pages};

/// The longest part of a User-Agent that is kept, in characters.
const LONGEST_USER_AGENT: usize = 256;

/// Cargo prints this header of a refusal, so that a user can quote the request's id.
pub(crate) const SERVED_BY: HeaderName = HeaderName::from_static("x-served-by");
/// How old an index view is, in seconds.
const AGE: HeaderName = HeaderName::from_static("x-depaudit-age");
/// Set when it is older than promised.
const STALE: HeaderName = HeaderName::from_static("x-depaudit-stale");

/// Serves `/t/...` and the exchange of identity tokens, and answers 404 for every other path; merge
/// other routers into it.
pub fn router(proxy: Arc<Proxy>) -> Router {
    serving(Serving { proxy, pages: None })
}

/// The same, with pages for people where there is one.
pub fn router_with_pages(proxy: Arc<Proxy>, pages: Arc<dyn Pages>) -> Router {
    serving(Serving { proxy, pages: Some(pages) })
}

#[derive(Debug, Clone)]
struct Serving {
    proxy: Arc<Proxy>,
    pages: Option<Arc<dyn Pages>>,
}

fn serving(serving: Serving) -> Router {
    let exchange = Router::new().route(oidc::PATH, post(oidc::answer));
    let exchange = exchange.with_state(Arc::clone(&serving.proxy));
    Router::new().fallback(handle).with_state(serving).merge(exchange)
}

async fn handle(State(serving): State<Serving>, request: Request) -> Response {
    let proxy = &serving.proxy;
    let began = Instant::now();
    let id = proxy.recorder.request_id();
    let (parts, body) = request.into_parts();
    let (kind, cache, mut response) = if parts.method == Method::POST
        && let Some(refusal) = refusal(&serving, &parts)
    {
        (Word("received"), None, refusal)
    } else if parts.method == Method::POST {
        (Word("received"), None, crate::received::answer(proxy, &parts, body).await)
    } else {
        // No other request of this service has a body that means anything; it is dropped unread.
        drop(body);
        answer(&serving, &id, &parts).await
    };
    if let Ok(value) = HeaderValue::try_from(format!("depaudit {id}")) {
        response.headers_mut().insert(SERVED_BY, value);
    }
    let cache = Word(cache.map_or("none", CacheOutcome::as_str));
    let status = response.status().as_u16();
    proxy.metrics.requests.get_or_create(&RequestLabels { kind, cache, status }).inc();
    proxy
        .metrics
        .latency
        .get_or_create(&KindLabels { kind })
        .observe(began.elapsed().as_secs_f64());
    // Only the parsed parts of a path are ever logged: a query or a header may hold a token.
    tracing::debug!(request = %id, kind = kind.0, cache = cache.0, status, "answered");
    response
}

async fn answer(
    serving: &Serving,
    id: &RequestId,
    request: &Parts,
) -> (Word, Option<CacheOutcome>, Response) {
    const OTHER: Word = Word("other");
    if !matches!(request.method, Method::GET | Method::HEAD) {
        return (OTHER, None, ProxyError::Method.into_response());
    }
    let route = match Route::parse(request.uri.path()) {
        Ok(route) => route,
        Err(error) => {
            let page = nothing(serving, request);
            return (OTHER, None, page.unwrap_or_else(|| ProxyError::from(error).into_response()));
        }
    };
    let kind = Word(match route.document {
        Document::Config => "config",
        Document::IndexEntry(_) => "index",
        Document::Crate(_) => "crate",
        Document::Received => "received",
        Document::Why(..) => "why",
    });
    match answer_route(serving, id, request, route).await {
        Ok((response, cache)) => (kind, cache, response),
        Err(error) => (kind, None, error.into_response()),
    }
}

async fn answer_route(
    serving: &Serving,
    id: &RequestId,
    request: &Parts,
    route: Route,
) -> Result<(Response, Option<CacheOutcome>), ProxyError> {
    let Route { team, registry, document } = route;
    let Serving { proxy, pages } = serving;
    let headers = &request.headers;
    // Before the team and the registry are looked up: a refusal tells nothing about them.
    let principal = match document {
        Document::Config | Document::Received => None,
        Document::Why(..) if let Some(refusal) = refusal(serving, request) => {
            return Ok((refusal, None));
        }
        Document::Why(..) if !headers.contains_key(header::AUTHORIZATION) => {
            match may_ask_why(serving, request, &team, &registry).await {
                Ok(true) => None,
                Ok(false) => {
                    proxy.authenticator.principal(headers, &team, &registry, &FACTS).await?
                }
                Err(response) => return Ok((response, None)),
            }
        }
        Document::IndexEntry(_) | Document::Why(..) => {
            proxy.authenticator.principal(headers, &team, &registry, &FACTS).await?
        }
        Document::Crate(_) => {
            proxy.authenticator.principal(headers, &team, &registry, &[TokenScope::Read]).await?
        }
    };
    if !proxy.serves(&team) {
        let text = format!("the team `{team}` is not among the teams configured on this server");
        return Err(ProxyError::NotFound(text));
    }
    let Some(entry) = proxy.registries.get(&registry) else {
        let text = format!("the registry `{registry}` is not configured on this server");
        return Err(ProxyError::NotFound(text));
    };
    // Taken once: a policy that is replaced meanwhile counts from the next request on.
    let rules = proxy.door.in_force();
    let context = RequestContext {
        id: id.clone(),
        team,
        registry,
        principal,
        policy: rules.digest(),
        address: request.extensions.get::<PeerAddress>().map(|peer| peer.0),
        user_agent: user_agent(headers),
    };
    match document {
        Document::Config => {
            let public_url = &proxy.settings.public_url;
            let required = proxy.authenticator.is_required(&context.team, &context.registry);
            let body = config_json::served(public_url, &context.team, &entry.name, required);
            let response = ([(header::CONTENT_TYPE, "application/json")], body).into_response();
            Ok((response, None))
        }
        Document::IndexEntry(name) => {
            let (response, cache) =
                index_entry(proxy, &context, &rules, entry, &name, headers).await?;
            Ok((response, Some(cache)))
        }
        Document::Received => Err(ProxyError::Method),
        Document::Why(name, version) => {
            let why = proxy.why(&rules, entry, &context, &name, version.as_ref()).await?;
            Ok((why::respond(&why, headers, pages.as_deref()), None))
        }
        Document::Crate(release) => {
            let latest = || proxy.door.in_force();
            let answered =
                proxy.downloads.answer(&context, (&rules, &latest), entry, &release, request);
            let (response, cache) = answered.await?;
            Ok((response, Some(cache)))
        }
    }
}

/// The refusal of what is for people and programs other than Cargo, which is led here by configuration.
fn refusal(serving: &Serving, request: &Parts) -> Option<Response> {
    serving.pages.as_ref().and_then(|pages| pages.refusal(request))
}

/// The page for a person who asks for what is nothing. Cargo and programs are told in a line, and so is
/// everybody where they are at home.
fn nothing(serving: &Serving, request: &Parts) -> Option<Response> {
    let path = request.uri.path();
    let for_programs = ["/t/", "/api/", "/ledger/"].iter().any(|begin| path.starts_with(begin));
    let pages = serving.pages.as_ref().filter(|_| !for_programs)?;
    let is_asked = why::prefers_html(&request.headers) && pages.refusal(request).is_none();
    is_asked.then(|| pages.nothing())
}

/// Whether a person who shows no token is logged in, where a token is asked for.
async fn may_ask_why(
    serving: &Serving,
    request: &Parts,
    team: &TeamId,
    registry: &RegistryName,
) -> Result<bool, Response> {
    match &serving.pages {
        Some(pages) if serving.proxy.authenticator.is_required(team, registry) => {
            pages.may_ask_why(request, team).await
        }
        _ => Ok(false),
    }
}

async fn index_entry(
    proxy: &Proxy,
    context: &RequestContext,
    rules: &Arc<InForce>,
    registry: &Arc<RegistryEntry>,
    name: &CrateName,
    headers: &HeaderMap,
) -> Result<(Response, CacheOutcome), ProxyError> {
    let internal = rules.door().internal_registries();
    let home = proxy.index.home_of(internal, &registry.name, name).await?;
    keep_in(&proxy.recorder, context, rules, Wanted::Entry(name), home.as_ref()).await?;
    let Some(mut served) = proxy.index.view(registry, name).await? else {
        let text = format!("the registry `{}` has no crate `{name}`", registry.name);
        return Err(ProxyError::NotFound(text));
    };
    let (now, asker) = (proxy.recorder.now(), Asker::new(context, home));
    served.view = proxy.door.view_for(rules, asker, &served.view, now).await?;
    proxy.recorder.view_served(context, name, &served.view, served.cache).await?;
    let labels = RegistryLabels { registry: registry.name.to_string() };
    let age = i64::try_from(served.age.as_secs()).unwrap_or(i64::MAX);
    proxy.metrics.index_age.get_or_create(&labels).set(age);
    Ok((view_response(&served, headers), served.cache))
}

fn view_response(served: &Served, headers: &HeaderMap) -> Response {
    let view = &served.view;
    let mut response = if has_view(view, headers) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response.headers_mut().insert(header::ETAG, view.etag.clone());
        response
    } else {
        let gzip = view.gzip.as_ref().filter(|_| accepts_gzip(headers));
        let (body, etag): (&Bytes, &HeaderValue) = match gzip {
            Some(gzip) => (gzip, &view.gzip_etag),
            None => (&view.body, &view.etag),
        };
        let mut response = Response::new(Body::from(body.clone()));
        let out = response.headers_mut();
        out.insert(header::ETAG, etag.clone());
        out.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        if gzip.is_some() {
            out.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    };
    let out = response.headers_mut();
    // Whoever keeps it in between has to ask each time: freshness is promised here.
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    // An age that is not known is as old as can be written.
    let age = if served.age == Duration::MAX { u32::MAX.into() } else { served.age.as_secs() };
    out.insert(AGE, HeaderValue::from(age));
    if served.cache == CacheOutcome::Stale {
        out.insert(STALE, HeaderValue::from_static("1"));
    }
    response
}

/// The client has this view, compressed or not.
fn has_view(view: &View, headers: &HeaderMap) -> bool {
    headers.contains_key(header::IF_NONE_MATCH)
        && none_match(
            headers,
            &[view.etag.to_str().unwrap_or_default(), view.gzip_etag.to_str().unwrap_or_default()],
        )
}

/// RFC 9110, 12.5.3, as far as it matters for one coding: named, or `*`, and not with a weight of 0.
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter();
    let mut any = false;
    for item in values.filter_map(|value| value.to_str().ok()).flat_map(|list| list.split(',')) {
        let mut parts = item.split(';');
        let coding = parts.next().unwrap_or_default().trim();
        // The name of a parameter has no case.
        let weight = parts.find_map(|part| {
            let (name, weight) = part.trim().split_once('=')?;
            name.eq_ignore_ascii_case("q").then_some(weight)
        });
        let wanted =
            weight.is_none_or(|weight| weight.trim().parse::<f32>().is_ok_and(|q| q > 0.0));
        if coding.eq_ignore_ascii_case("gzip") {
            return wanted;
        }
        any |= coding == "*" && wanted;
    }
    any
}

pub(crate) fn user_agent(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::USER_AGENT)?;
    let text = String::from_utf8_lossy(value.as_bytes());
    Some(text.chars().take(LONGEST_USER_AGENT).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gzip(accept: &'static str) -> bool {
        let value = HeaderValue::from_static(accept);
        accepts_gzip(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, value)]))
    }

    #[test]
    fn gzip_goes_to_those_who_take_it() {
        for yes in ["gzip", "deflate, gzip", "GZIP;q=0.5", "*", "br;q=1.0, *;q=0.1"] {
            assert!(gzip(yes), "{yes}");
        }
        for no in ["", "br", "gzip;q=0", "gzip;Q=0", "*;q=1, gzip;q=0.0", "gzip;q=x"] {
            assert!(!gzip(no), "{no}");
        }
        assert!(!accepts_gzip(&HeaderMap::new()));
    }

    #[test]
    fn a_user_agent_is_bounded() {
        let value = HeaderValue::from_str(&"a".repeat(10_000)).unwrap();
        let headers = HeaderMap::from_iter([(header::USER_AGENT, value)]);
        assert_eq!(user_agent(&headers).unwrap().len(), LONGEST_USER_AGENT);
    }
}

//! Waivers over HTTP: for the holders of a team's `admin` token.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use depaudit_model::cargo::{CrateName, Release};
use depaudit_model::{RegistryName, TeamId, TokenScope, WaiverId};
use depaudit_policy::Phrase;
use depaudit_store::Asked;
use http::{HeaderMap, StatusCode, header};
use semver::Version;
use serde::{Deserialize, Serialize};

use super::{DeskError, Draft};
use crate::Proxy;
use crate::cargo::index_body::{Line, stored_lines};
use crate::cargo::view::View;
use crate::error::ProxyError;

/// Far above any waiver, in bytes.
const LARGEST: usize = 16 << 10;

/// `/api/v1/t/{team}/waivers` and `/api/v1/t/{team}/review`.
///
/// Only for servers that ask for tokens: without one there is nobody who could answer for a waiver,
/// and whoever reaches the server could open its doors.
pub fn router(proxy: Arc<Proxy>) -> Router {
    Router::new()
        .route("/api/v1/t/{team}/waivers", get(list).post(propose))
        .route("/api/v1/t/{team}/waivers/{id}/grant", post(grant))
        .route("/api/v1/t/{team}/waivers/{id}/end", post(end))
        .route("/api/v1/t/{team}/review", get(queue))
        .route("/api/v1/t/{team}/review/dismiss", post(dismiss))
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(proxy)
}

/// Why a request changed nothing.
enum Refused {
    Proxy(ProxyError),
    Desk(DeskError),
    Body(String),
}

impl From<ProxyError> for Refused {
    fn from(error: ProxyError) -> Self {
        Self::Proxy(error)
    }
}

impl From<DeskError> for Refused {
    fn from(error: DeskError) -> Self {
        Self::Desk(error)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, text) = match self {
            Self::Proxy(error) => return error.into_response(),
            Self::Body(why) => (StatusCode::BAD_REQUEST, why),
            Self::Desk(error) => {
                let status = match &error {
                    DeskError::Unknown(_) | DeskError::NotAsked(_) => StatusCode::NOT_FOUND,
                    DeskError::Expiry(_) | DeskError::TooLong => StatusCode::BAD_REQUEST,
                    DeskError::Done(..) => StatusCode::CONFLICT,
                    DeskError::SecondPerson(_) => StatusCode::FORBIDDEN,
                    DeskError::Store(source) => {
                        let source = source as &dyn std::error::Error;
                        tracing::error!(error = source, "waivers cannot be changed");
                        StatusCode::SERVICE_UNAVAILABLE
                    }
                };
                (status, error.to_string())
            }
        };
        let text = text.chars().filter(|c| !depaudit_model::terminal::is_hostile(*c));
        let text = format!("depaudit: {}\n", text.take(400).collect::<String>());
        (status, [(header::CACHE_CONTROL, "no-store")], text).into_response()
    }
}

/// Who asks, for which team.
struct Caller {
    team: TeamId,
    by: String,
}

/// # Errors
/// As the registry's paths answer; and for a request that a page of another origin sent, since a
/// browser adds what it holds for this one (bad input 50).
async fn caller(proxy: &Proxy, team: &str, headers: &HeaderMap) -> Result<Caller, Refused> {
    let own = proxy.settings.public_url.origin().ascii_serialization();
    let foreign = |origin: &http::HeaderValue| origin.as_bytes() != own.as_bytes();
    if headers.get_all(header::ORIGIN).iter().any(foreign) {
        return Err(ProxyError::Forbidden("a page of another origin may not do this").into());
    }
    let unknown = || ProxyError::NotFound("this team is not served here".to_owned());
    let Ok(team) = team.parse::<TeamId>() else { return Err(unknown().into()) };
    let by = proxy.authenticator.person(headers, &team, TokenScope::Admin).await?;
    let Some(by) = by else {
        let why = "this server asks for no tokens, so waivers are made on its own machine";
        return Err(ProxyError::Forbidden(why).into());
    };
    if !proxy.serves(&team) {
        return Err(unknown().into());
    }
    Ok(Caller { team, by })
}

fn read<'b, T: Deserialize<'b>>(body: &'b Bytes) -> Result<T, Refused> {
    serde_json::from_slice(body).map_err(|error| Refused::Body(error.to_string()))
}

fn id(text: &str) -> Result<WaiverId, Refused> {
    text.parse().map_err(|error: depaudit_model::WaiverIdError| Refused::Body(error.to_string()))
}

async fn list(
    State(proxy): State<Arc<Proxy>>,
    Path(team): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let caller = caller(&proxy, &team, &headers).await?;
    Ok(Json(proxy.waiver_desk().list(Some(&caller.team)).await?).into_response())
}

async fn propose(
    State(proxy): State<Arc<Proxy>>,
    Path(team): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refused> {
    let caller = caller(&proxy, &team, &headers).await?;
    let draft = Draft { team: Some(caller.team), ..read(&body)? };
    let waiver = proxy.waiver_desk().propose(draft, &caller.by).await?;
    proxy.refresh_waivers().await?;
    Ok((StatusCode::CREATED, Json(waiver)).into_response())
}

async fn grant(
    State(proxy): State<Arc<Proxy>>,
    Path((team, waiver)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let caller = caller(&proxy, &team, &headers).await?;
    let desk = proxy.waiver_desk();
    let waiver = desk.grant(&id(&waiver)?, Some(&caller.team), &caller.by).await?;
    proxy.refresh_waivers().await?;
    Ok(Json(waiver).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    reason: Option<Phrase>,
}

async fn end(
    State(proxy): State<Arc<Proxy>>,
    Path((team, waiver)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refused> {
    let caller = caller(&proxy, &team, &headers).await?;
    let End { reason } = if body.is_empty() { End { reason: None } } else { read(&body)? };
    let reason = reason.as_ref().map(Phrase::as_str);
    let desk = proxy.waiver_desk();
    let waiver = desk.end(&id(&waiver)?, Some(&caller.team), &caller.by, reason).await?;
    proxy.refresh_waivers().await?;
    Ok(Json(waiver).into_response())
}

/// A release that waits to be looked at, with what there is to know of it.
#[derive(Debug, Serialize)]
pub struct Waiting {
    registry: RegistryName,
    #[serde(rename = "crate")]
    name: CrateName,
    version: Version,
    sha256: String,
    rule: String,
    reason: String,
    first_asked: String,
    last_asked: String,
    times: u64,
    teams: Vec<TeamId>,
    /// The packed size, where the bytes were fetched once; what is denied is not fetched for this.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    /// When it was published, where the stored index tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    published: Option<String>,
    /// The advisories about it.
    advisories: Vec<String>,
    /// The newest version that passes, and its packed size where it was fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    newest_allowed: Option<Version>,
    #[serde(skip_serializing_if = "Option::is_none")]
    newest_allowed_bytes: Option<u64>,
}

impl Proxy {
    /// What waits to be looked at, for a team, with what there is to know of it. Nothing is fetched.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn review_queue(&self, team: &TeamId) -> Result<Vec<Waiting>, DeskError> {
        let mut waiting = Vec::new();
        for asked in self.waiver_desk().queue(Some(team)).await? {
            waiting.push(self.look_into(team, asked).await?);
        }
        Ok(waiting)
    }

    async fn look_into(&self, team: &TeamId, asked: Asked) -> Result<Waiting, DeskError> {
        let Asked { registry, release: Release { name, version }, .. } = asked;
        let meta = &self.parts.meta;
        let rules = self.door.in_force();
        let now = self.recorder.now();
        let about = rules.about(team, &registry, &name);
        let (mut published, mut newest) = (None, None);
        if let Some(entry) = meta.index_entry(&registry, &name).await? {
            let lines = stored_lines(&name.to_index_key(), &entry.body);
            let view = View::new(entry.body, lines, entry.validators, entry.confirmed);
            let line = view.lines.iter().find(|line| line.version == version);
            published = line.and_then(|line| line.published);
            let blocked = |line: &Line| {
                line.version == version
                    || self.downloads.bytes_block(&rules, &about, &name, line, now)
            };
            newest = rules.newest_allowed(&about, &name, &view, &blocked, now);
        }
        let size = async |version: &Version| {
            let blobs = meta.blobs_of(&name, Some(version)).await?;
            let mine = blobs.into_iter().find(|blob| blob.registry == registry);
            Ok::<_, depaudit_store::StoreError>(mine.map(|blob| blob.size))
        };
        let bytes = size(&version).await?;
        let newest_allowed_bytes = match &newest {
            Some(newest) => size(newest).await?,
            None => None,
        };
        Ok(Waiting {
            sha256: asked.checksum.to_string(),
            rule: asked.rule,
            reason: asked.reason,
            first_asked: asked.first.to_string(),
            last_asked: asked.last.to_string(),
            times: asked.times,
            teams: asked.teams,
            bytes,
            published: published.map(|it| it.to_string()),
            advisories: rules.advisories_about(&name, &version),
            newest_allowed: newest,
            newest_allowed_bytes,
            registry,
            name,
            version,
        })
    }
}

async fn queue(
    State(proxy): State<Arc<Proxy>>,
    Path(team): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let caller = caller(&proxy, &team, &headers).await?;
    Ok(Json(proxy.review_queue(&caller.team).await?).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dismiss {
    #[serde(default = "RegistryName::crates_io")]
    registry: RegistryName,
    #[serde(rename = "crate")]
    name: CrateName,
    version: Version,
    reason: Phrase,
}

async fn dismiss(
    State(proxy): State<Arc<Proxy>>,
    Path(team): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refused> {
    let caller = caller(&proxy, &team, &headers).await?;
    let Dismiss { registry, name, version, reason } = read(&body)?;
    let release = Release { name, version };
    let desk = proxy.waiver_desk();
    desk.dismiss(&registry, &release, Some(&caller.team), &caller.by, reason.as_str()).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

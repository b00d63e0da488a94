use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use depaudit_model::TeamId;
use depaudit_model::event::{Event, EventKind};
use depaudit_portfolio::report::EncodedReport;
use depaudit_store::{KeptReport, Record, ReportRetention};
use http::{HeaderMap, StatusCode, header};
use serde::Serialize;
use tokio::sync::Semaphore;

use super::PortfolioService;
use super::body::{self, LARGEST_BODY};
use super::refused::Refused;

/// How long a body may take.
const LONGEST: Duration = Duration::from_secs(60);
/// How far a scan's clock may run ahead: a report of next year would be the newest for a year.
const AHEAD: Duration = Duration::from_secs(24 * 60 * 60);
/// How many reports of a team are kept, whatever their age.
const MOST_OF_A_TEAM: u32 = 5_000;

/// How much is received at the same time.
#[derive(Debug)]
pub(super) struct Receiving {
    /// Bodies on their way, some of them slow: each takes up to [`LARGEST_BODY`].
    bodies: Semaphore,
    /// Reports that are read: each may take up some 100 MB while it is, and none waits for a client.
    reading: Semaphore,
}

impl Default for Receiving {
    fn default() -> Self {
        Self { bodies: Semaphore::new(32), reading: Semaphore::new(2) }
    }
}

/// What whoever reports is told.
#[derive(Debug, Serialize)]
struct Receipt {
    digest: depaudit_model::Checksum,
    /// Whether it is new; the same report twice is no error.
    new: bool,
}

/// `POST /api/v1/t/{team}/reports`
pub(super) async fn receive(
    State(service): State<Arc<PortfolioService>>,
    Path(team): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    // A browser adds what it holds for this server; whoever scans is none, and sends no origin.
    let own = service.state.origin.as_bytes();
    if headers.get_all(header::ORIGIN).iter().any(|origin| origin.as_bytes() != own) {
        return Err(Refused::Origin);
    }
    let team: TeamId = team.parse().map_err(|_| Refused::Team)?;
    let principal = service.state.door.may_report(&headers, &team).await?;
    let gzip = gzip(&headers)?;
    let on_its_way = service.receiving.bodies.acquire().await.map_err(|_| Refused::Internal)?;
    let bytes = take(&headers, body).await?;
    let permit = service.receiving.reading.acquire().await.map_err(|_| Refused::Internal)?;
    let read = tokio::task::spawn_blocking(move || {
        let encoded = body::read(&bytes, gzip)?;
        let packed = body::pack(encoded.bytes()).map_err(|_| Refused::Internal)?;
        Ok::<_, Refused>((encoded, packed))
    });
    let (encoded, packed) = read.await.map_err(|_| Refused::Internal)??;
    drop((permit, on_its_way));
    let kept = service.keep(&team, principal, &encoded, packed).await?;
    service.count_soon();
    Ok(kept)
}

/// Asked before the body is read, as the size is.
fn gzip(headers: &HeaderMap) -> Result<bool, Refused> {
    match headers.get(header::CONTENT_ENCODING).map(http::HeaderValue::as_bytes) {
        None | Some(b"identity") => Ok(false),
        Some(b"gzip") => Ok(true),
        Some(_) => Err(Refused::Encoding),
    }
}

async fn take(headers: &HeaderMap, body: Body) -> Result<Bytes, Refused> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|it| it.to_str().ok());
    let announced = announced.and_then(|it| it.parse::<u64>().ok());
    if announced.is_some_and(|length| length > LARGEST_BODY as u64) {
        return Err(Refused::TooLarge);
    }
    let read = tokio::time::timeout(LONGEST, axum::body::to_bytes(body, LARGEST_BODY)).await;
    read.map_err(|_| Refused::TooSlow(LONGEST.as_secs()))?.map_err(|_| Refused::TooLarge)
}

impl PortfolioService {
    async fn keep(
        &self,
        team: &TeamId,
        principal: Option<String>,
        encoded: &EncodedReport,
        packed: Bytes,
    ) -> Result<Response, Refused> {
        let (report, digest) = (encoded.report(), encoded.digest());
        let origin = &report.origin;
        if origin.team != *team {
            return Err(Refused::OtherTeam(origin.team.to_string()));
        }
        let now = self.state.clock.now();
        if report.time > now.plus(AHEAD) {
            return Err(Refused::Ahead);
        }
        if self.state.meta.has_report(&digest).await? {
            return Ok(Json(Receipt { digest, new: false }).into_response());
        }
        let commit = origin.commit.as_ref().map_or("", |commit| commit.as_str());
        let detail = format!("{} {} {commit}", origin.repository, origin.branch);
        let mut event = Event::new(EventKind::ReportReceived, now).with_detail(detail.trim_end());
        event.team = Some(team.clone());
        event.principal = principal;
        event.sha256 = Some(digest);
        event.bytes = Some(encoded.bytes().len() as u64);
        // First: what is answered from stands on record.
        self.state.log.append(vec![Record { event, client: None }]).await?;
        let kept = KeptReport {
            digest,
            team: team.clone(),
            repository: origin.repository.to_string(),
            branch: origin.branch.to_string(),
            time: report.time,
            received: now,
            body: packed,
        };
        let new = self.state.meta.put_report(&kept).await?;
        let age = Duration::from_secs(u64::from(self.state.keep_days) * 24 * 60 * 60);
        let keep = ReportRetention { before: now.minus(age), most_of_a_team: MOST_OF_A_TEAM };
        self.state.meta.forget_reports(keep).await?;
        Ok((StatusCode::CREATED, Json(Receipt { digest, new })).into_response())
    }
}

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};

use super::frame::{Frame, Site};
use super::outside as filters;
use super::page;
use super::room::Room;
use crate::access::Failed;
use crate::portfolio::Refused;

/// Why a page cannot be shown.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum Problem {
    /// What was asked makes no sense; the text says what does.
    #[error("{0}")]
    Question(String),
    /// There is no such thing; the text names it.
    #[error("{0}")]
    NotFound(String),
    /// The visitor may not see or do this; the text says who may.
    #[error("{0}")]
    Forbidden(String),
    /// More was sent than is read, in KiB.
    #[error("that is more than the {0} KiB that a form may have")]
    TooLarge(usize),
    /// There will be, in a moment; the text says when.
    #[error("{0}")]
    NotYet(String),
    /// It was tried too often; the text says how long to wait.
    #[error("{0}")]
    TooOften(String),
    #[error("reports and the record cannot be read now; try again in a few seconds")]
    Unavailable,
    #[error("the page could not be made; the server's log says why")]
    Internal,
}

impl Problem {
    const fn status(&self) -> StatusCode {
        match self {
            Self::Question(_) => StatusCode::BAD_REQUEST,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooOften(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::NotYet(_) | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    const fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound(_))
    }

    const fn title(&self) -> &'static str {
        match self {
            Self::Question(_) => "That cannot be asked",
            Self::NotFound(_) => "There is no such page",
            Self::Forbidden(_) => "Not for you",
            Self::TooLarge(_) => "Too much",
            Self::TooOften(_) => "Wait",
            Self::NotYet(_) | Self::Unavailable => "Not now",
            Self::Internal => "Something is broken",
        }
    }
}

impl From<depaudit_store::StoreError> for Problem {
    fn from(error: depaudit_store::StoreError) -> Self {
        let error = &error as &dyn std::error::Error;
        tracing::error!(error, "a page cannot be made");
        Self::Unavailable
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Store(error) => error.into(),
            Refused::Question(text) => Self::Question(text),
            _ => Self::Internal,
        }
    }
}

impl From<Failed> for Problem {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Store(error) => error.into(),
            Failed::TooOften(_) | Failed::TooManySessions(_) => Self::TooOften(failed.to_string()),
            Failed::Token => Self::Forbidden(failed.to_string()),
        }
    }
}

/// Carries the problem to [`show`], which knows where the site is.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    frame: Frame<'a>,
    problem: &'a Problem,
}

/// Makes a page of each problem.
pub(super) async fn show(
    State(room): State<Arc<Room>>,
    request: axum::extract::Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<Problem>() {
        Some(problem) => {
            let mut page = page_of(room.site(), &problem);
            // What has ended has ended, whatever is shown of it.
            for cookie in response.headers().get_all(header::SET_COOKIE) {
                page.headers_mut().append(header::SET_COOKIE, cookie.clone());
            }
            page
        }
        None => response,
    }
}

/// The page of an address at which nothing is. Everybody may see it: it tells nothing.
#[must_use]
pub fn nothing_page(site: &Site) -> Response {
    let text = "nothing is at this address; it may have been cut when it was copied";
    page_of(site, &Problem::NotFound(text.to_owned()))
}

pub(super) fn page_of(site: &Site, problem: &Problem) -> Response {
    let frame = Frame { site, current: None, visitor: None };
    let mut response = page::respond(&ProblemPage { frame, problem });
    *response.status_mut() = problem.status();
    response
}

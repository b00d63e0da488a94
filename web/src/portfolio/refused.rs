use axum::response::{IntoResponse, Response};
use depaudit_portfolio::report::ReportError;
use depaudit_store::StoreError;
use http::{StatusCode, header};

/// Why a request about the portfolio was not answered: the one place that makes a response of it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    #[error("a page of another origin may not do this")]
    Origin,
    #[error("the path names no team")]
    Team,
    #[error("the report is of the team {0}, and was sent for another one")]
    OtherTeam(String),
    #[error("the body is larger than a report can be")]
    TooLarge,
    #[error("the body did not come within {0} seconds")]
    TooSlow(u64),
    #[error("the body is neither JSON nor gzip of it")]
    Encoding,
    #[error("{0}")]
    Report(ReportError),
    #[error("the report is of a time that lies ahead; look after the clock of whoever scanned")]
    Ahead,
    #[error("{0}")]
    Question(String),
    #[error("there is no such question; there are {0}")]
    Unknown(&'static str),
    #[error("reports cannot be read or kept now")]
    Store(#[from] StoreError),
    #[error("the answer could not be made")]
    Internal,
    #[error("the door says no")]
    Door(Box<Response>),
}

impl From<Response> for Refused {
    fn from(response: Response) -> Self {
        Self::Door(Box::new(response))
    }
}

impl From<ReportError> for Refused {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::TooLarge => Self::TooLarge,
            other => Self::Report(other),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::Origin | Self::OtherTeam(_) => StatusCode::FORBIDDEN,
            Self::Team | Self::Unknown(_) => StatusCode::NOT_FOUND,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow(_) => StatusCode::REQUEST_TIMEOUT,
            Self::Encoding | Self::Report(_) | Self::Ahead | Self::Question(_) => {
                StatusCode::BAD_REQUEST
            }
            Self::Store(error) => {
                let error = error as &dyn std::error::Error;
                tracing::error!(error, "reports cannot be read or kept");
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Door(_) => StatusCode::FORBIDDEN,
        };
        let text = format!("depaudit: {self}\n");
        match self {
            Self::Door(response) => *response,
            _ if status == StatusCode::SERVICE_UNAVAILABLE => {
                (status, [(header::RETRY_AFTER, "5")], text).into_response()
            }
            _ => (status, [(header::CACHE_CONTROL, "no-store")], text).into_response(),
        }
    }
}

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use depaudit_trace::NotProven;
use http::header;

use super::super::problem::Problem;
use super::super::room::Room;
use super::super::visitor::Visitor;
use super::seen_event;

/// What the file is called when it is saved.
pub(super) fn file_name(index: u64) -> String {
    format!("event-{index}.tlog-proof")
}

/// The same bytes as `depaudit ledger prove` writes: whoever has the log's key verifies them without
/// this server.
pub(super) async fn download(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Path(index): Path<u64>,
) -> Result<Response, Problem> {
    let stored = seen_event(&room, &visitor, index).await?;
    let proof = depaudit_trace::prove(&room.state().log, stored.index).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", file_name(index))),
    ];
    Ok((headers, proof.to_string()).into_response())
}

impl From<NotProven> for Problem {
    fn from(error: NotProven) -> Self {
        match error {
            NotProven::Absent(_) => Self::NotFound(error.to_string()),
            NotProven::NotSigned(_) => Self::NotYet(error.to_string()),
            NotProven::Store(error) => error.into(),
            NotProven::Checkpoint(_) | NotProven::Fault(_) | NotProven::GivenUp => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "an event cannot be proven");
                Self::Internal
            }
        }
    }
}

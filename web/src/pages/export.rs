use axum::Json;
use axum::response::{IntoResponse, Response};
use depaudit_model::sheet::Sheet;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;

const NOSNIFF: (HeaderName, HeaderValue) =
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
const NO_STORE: (HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));

/// A table for spreadsheets; `name` is what the file is called when it is saved.
pub(super) fn csv<const N: usize>(
    name: &'static str,
    titles: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> Response {
    let mut bytes = Vec::new();
    let written = Sheet::new(&mut bytes, titles).and_then(|mut sheet| {
        rows.into_iter().try_for_each(|row| sheet.row(row))?;
        sheet.finish()
    });
    if let Err(error) = written {
        tracing::error!(%error, "a table cannot be made");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let kind = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
    let headers = [(header::CONTENT_TYPE, kind), NOSNIFF, NO_STORE];
    (
        headers,
        [(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.csv\""))],
        bytes,
    )
        .into_response()
}

/// The same for programs.
pub(super) fn json(answer: &(impl Serialize + ?Sized)) -> Response {
    ([NOSNIFF, NO_STORE], Json(answer)).into_response()
}

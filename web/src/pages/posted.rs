use std::sync::Arc;
use std::time::Duration;

use axum::Form;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, header};
use serde::de::DeserializeOwned;

use super::form_secret::FormSecret;
use super::origin;
use super::problem::Problem;
use super::room::Room;
use super::visitor::Visitor;

/// The longest body of a form, in bytes.
const LONGEST: usize = 64 << 10;
/// How long it may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);
const URL_ENCODED: &str = "application/x-www-form-urlencoded";

/// A form that a page of this site showed to this visitor, and the visitor sent. Whatever changes
/// something takes one; the page's template includes `form_secret.html` in its `<form method="post">`.
///
/// The fields never contain the secret, so that their type may refuse what it does not know.
#[derive(Debug)]
pub(super) struct Posted<T> {
    pub(super) visitor: Visitor,
    pub(super) form: T,
}

impl<T: DeserializeOwned> FromRequest<Arc<Room>> for Posted<T> {
    type Rejection = Response;

    async fn from_request(request: Request, room: &Arc<Room>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        // Before anybody is looked up: another site learns nothing about who visits it.
        if !origin::is_own(room.site(), &parts) {
            return Err(foreign().into_response());
        }
        let visitor = Visitor::from_request_parts(&mut parts, room).await?;
        let form = take(&parts.headers, body, visitor.form_secret()).await;
        let form = form.map_err(IntoResponse::into_response)?;
        Ok(Self { visitor, form })
    }
}

/// What whoever sends something from elsewhere is told.
pub(super) fn foreign() -> Problem {
    let told = "this was not sent from a page of this site that was shown to you, so nothing was \
                changed; go back to the page, load it again and send its form";
    Problem::Forbidden(told.to_owned())
}

/// The fields of a form that holds this secret.
pub(super) async fn take<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: Body,
    secret: &FormSecret,
) -> Result<T, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
    if !kind.is_some_and(|kind| kind.eq_ignore_ascii_case(URL_ENCODED)) {
        return Err(Problem::Question(format!("a form comes as {URL_ENCODED}")));
    }
    let body = tokio::time::timeout(PATIENCE, to_bytes(body, LONGEST)).await;
    let body = body.map_err(|_| Problem::Question("the form did not arrive in time".to_owned()))?;
    let body = body.map_err(|_| Problem::TooLarge(LONGEST >> 10))?;
    let rest = without_secret(secret, &body)?;
    let mut request = Request::post("/").body(Body::from(rest)).unwrap_or_default();
    let kind = HeaderValue::from_static(URL_ENCODED);
    request.headers_mut().insert(header::CONTENT_TYPE, kind);
    match Form::from_request(request, &()).await {
        Ok(Form(form)) => Ok(form),
        Err(error) => {
            let told = format!("the form says something else: {}", error.body_text());
            Err(Problem::Question(told))
        }
    }
}

/// The fields of a form that holds this secret, without it.
fn without_secret(wanted: &FormSecret, body: &[u8]) -> Result<String, Problem> {
    let (secrets, fields): (Vec<_>, Vec<_>) =
        url::form_urlencoded::parse(body).partition(|(name, _)| name == FormSecret::FIELD);
    let [(_, secret)] = &secrets[..] else { return Err(foreign()) };
    if !wanted.is(secret) {
        return Err(foreign());
    }
    let mut rest = url::form_urlencoded::Serializer::new(String::new());
    rest.extend_pairs(fields);
    Ok(rest.finish())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    async fn sent(body: String) -> Result<BTreeMap<String, String>, Problem> {
        let kind = (header::CONTENT_TYPE, HeaderValue::from_static(URL_ENCODED));
        take(&HeaderMap::from_iter([kind]), Body::from(body), &FormSecret::of(b"a session")).await
    }

    #[tokio::test]
    async fn bad_input_50_a_form_is_read_when_it_holds_the_visitors_own_secret_once() {
        let own = FormSecret::of(b"a session").reveal().to_owned();
        let other = FormSecret::of(b"another session").reveal().to_owned();
        let fields = sent(format!("reason=a+%26+b&form-secret={own}")).await.unwrap();
        assert_eq!(fields, BTreeMap::from([("reason".to_owned(), "a & b".to_owned())]));
        for bad in [
            "reason=x".to_owned(),
            "form-secret=&reason=x".to_owned(),
            format!("form-secret={other}"),
            format!("form-secret={own}&form-secret={own}"),
        ] {
            let refused = sent(bad.clone()).await;
            assert!(matches!(refused, Err(Problem::Forbidden(_))), "{bad}: {refused:?}");
        }
        let long = format!("form-secret={own}&reason={}", "x".repeat(LONGEST));
        assert!(matches!(sent(long).await, Err(Problem::TooLarge(64))));
    }
}

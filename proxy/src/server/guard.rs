use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, Request, Response, StatusCode, Uri, Version};

use super::ServerSettings;

/// Which request heads are let through to the handlers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guard {
    header_bytes: usize,
    uri_bytes: usize,
}

/// Why a request is answered before any handler sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("this request says in two ways where it ends; send no Transfer-Encoding")]
    Framing,
    #[error("a GET or HEAD request has no body here; send no Content-Length")]
    Body,
    #[error("the request's target is too long")]
    LongUri,
    #[error("the request's headers are too large")]
    LargeHeaders,
}

impl Guard {
    pub(super) const fn new(settings: &ServerSettings) -> Self {
        Self { header_bytes: settings.header_bytes, uri_bytes: settings.uri_bytes }
    }

    /// Refuses heads that are too large, and every HTTP/1 request about whose end another server on
    /// the way could think differently (request smuggling).
    ///
    /// hyper resolves such contradictions by itself, some of them silently: `Transfer-Encoding` beside
    /// `Content-Length` wins, and an equal second `Content-Length` is dropped before it can be seen
    /// here. Nothing in this service needs a request in chunks or a GET with a length, so both are
    /// refused altogether; a different second length and folded headers hyper answers with 400 itself.
    pub(super) fn check<B>(&self, request: &Request<B>) -> Result<(), Refusal> {
        if length(request.uri()) > self.uri_bytes {
            return Err(Refusal::LongUri);
        }
        let headers = request.headers();
        if headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>()
            > self.header_bytes
        {
            return Err(Refusal::LargeHeaders);
        }
        if request.version() < Version::HTTP_2 {
            check_framing(request.method(), headers)?;
        }
        Ok(())
    }
}

fn check_framing(method: &Method, headers: &HeaderMap) -> Result<(), Refusal> {
    let lengths = headers.get_all(header::CONTENT_LENGTH).iter().count();
    if headers.contains_key(header::TRANSFER_ENCODING) || lengths > 1 {
        return Err(Refusal::Framing);
    }
    // Also a length of 0: behind it, an equal second one may have been dropped.
    if matches!(*method, Method::GET | Method::HEAD) && lengths > 0 {
        return Err(Refusal::Body);
    }
    Ok(())
}

fn length(uri: &Uri) -> usize {
    let target = uri.path_and_query().map_or(0, |target| target.as_str().len());
    target + uri.authority().map_or(0, |authority| authority.as_str().len())
}

impl Refusal {
    const fn status(self) -> StatusCode {
        match self {
            Self::Framing | Self::Body => StatusCode::BAD_REQUEST,
            Self::LongUri => StatusCode::URI_TOO_LONG,
            Self::LargeHeaders => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        }
    }

    /// The answer. On HTTP/1 it closes the connection: where the next request begins is in doubt.
    pub(super) fn response<B: From<String>>(self, version: Version) -> Response<B> {
        let mut response = Response::new(format!("depaudit: {self}\n").into());
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if version < Version::HTTP_2 {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

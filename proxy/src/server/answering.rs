use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{Request, Response, Version};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use tower::Service;

use super::guard::Guard;
use super::pulse::{OpenAnswer, Pulse};

/// The address at the other end of the connection, as an extension of each request. An IPv4 address
/// stays one where the system gives it mapped into IPv6.
///
/// It is what the socket says; no `X-Forwarded-For` is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerAddress(
    /// The address.
    pub IpAddr,
);

/// Answers the requests of one connection.
#[derive(Debug)]
pub(super) struct Answering {
    pub(super) app: Router,
    pub(super) guard: Guard,
    pub(super) peer: PeerAddress,
    pub(super) pulse: Arc<Pulse>,
}

impl hyper::service::Service<Request<Incoming>> for Answering {
    type Response = Response<AnswerBody>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        let version = request.version();
        let open = self.pulse.request(version == Version::HTTP_2);
        if let Err(refusal) = self.guard.check(&request) {
            tracing::debug!(peer = %self.peer.0, %refusal, "request refused");
            let response = refusal.response(version);
            return std::future::ready(Ok(AnswerBody::wrap(response, open))).boxed();
        }
        request.extensions_mut().insert(self.peer);
        let answer = self.app.clone().call(request);
        async move {
            let Ok(response) = answer.await;
            Ok(AnswerBody::wrap(response, open))
        }
        .boxed()
    }
}

/// The longest piece of an HTTP/2 answer. A piece is taken from here when the client's window opens by
/// a byte, and waits for the rest of it in the connection: small pieces keep that little, and show
/// whether the client goes on taking them.
const PIECE: usize = 16 << 10;

/// An answer's body, which keeps the answer open until it is sent or given up.
#[derive(Debug)]
pub(super) struct AnswerBody {
    body: Body,
    /// What is left of a frame that was longer than a piece.
    rest: Bytes,
    open: OpenAnswer,
}

impl AnswerBody {
    fn wrap(response: Response<Body>, open: OpenAnswer) -> Response<Self> {
        open.handed_over();
        response.map(|body| Self { body, rest: Bytes::new(), open })
    }

    fn next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.rest.is_empty() {
            let frame = match ready!(http_body::Body::poll_frame(Pin::new(&mut self.body), cx)) {
                Some(Ok(frame)) if self.open.is_http2() => frame,
                other => return Poll::Ready(other),
            };
            match frame.into_data() {
                Ok(data) => self.rest = data,
                Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
            }
        }
        let piece = self.rest.split_to(self.rest.len().min(PIECE));
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }
}

impl http_body::Body for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.open.asked_for();
        let frame = ready!(self.next(cx));
        match &frame {
            Some(_) => self.open.handed_over(),
            None => self.open.complete(),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (rest, of_body) = (self.rest.len() as u64, self.body.size_hint());
        let mut hint = SizeHint::new();
        hint.set_lower(of_body.lower().saturating_add(rest));
        if let Some(upper) = of_body.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint
    }
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        // Whoever knows that a body ends need not poll it once more.
        if http_body::Body::is_end_stream(&self.body) {
            self.open.complete();
        }
    }
}

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{BufMut, Bytes, BytesMut};
use http::{Method, Request, Response, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::body::{self, Body};
use super::log::SeenRequest;
use super::rules::Hold;
use super::takeover::{End, Takeover};
use super::{Answer, Fault, State, lock};

/// Serves one connection until it ends or a fault takes it over.
pub(super) async fn serve(stream: TcpStream, state: Arc<State>) {
    // Held-back bytes should stand at the client, not in this side's buffers.
    let _ = stream.set_nodelay(true);
    let (takeovers, mut taken) = mpsc::channel(1);
    let service = service_fn(move |request| {
        let (state, takeovers) = (Arc::clone(&state), takeovers.clone());
        async move { respond(&state, &takeovers, request).await }
    });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let takeover: Option<Takeover> = tokio::select! {
        biased;
        takeover = taken.recv() => takeover,
        // An error says that the client left or spoke no HTTP.
        _ = &mut connection => None,
    };
    if let Some(takeover) = takeover {
        takeover.run(connection.into_parts().io.into_inner()).await;
    }
}

async fn respond(
    state: &State,
    takeovers: &mpsc::Sender<Takeover>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let seen = SeenRequest::of(&request);
    state.log.push(seen.clone());
    if let Some(refusal) = refusal(state, &seen) {
        return Ok(plain(refusal));
    }
    let (fault, hold) = {
        let mut rules = lock(&state.rules);
        (rules.take_fault(&seen.path), rules.hold(&seen.path))
    };
    let hold = match hold {
        Some(hold) if hold.after.is_none() => {
            hold.barrier.pass().await;
            None
        }
        hold => hold,
    };
    let right = lock(&state.shelf).answer(&seen.path, &seen.headers, fault.is_none());
    match deliver(right, fault, hold, &seen.path) {
        Delivery::Response(response) => Ok(response),
        Delivery::Takeover(takeover) => {
            // The connection's task stops polling this answer as soon as it has the message.
            let _ = takeovers.send(takeover).await;
            std::future::pending().await
        }
    }
}

fn refusal(state: &State, seen: &SeenRequest) -> Option<Answer> {
    let shelf = lock(&state.shelf);
    let posted = seen.method == Method::POST && shelf.takes_posts;
    if !posted && ![Method::GET, Method::HEAD].contains(&seen.method) {
        return Some(Answer::new(405));
    }
    let (name, value) = shelf.required_header.as_ref()?;
    let authorised = seen.headers.get(name) == Some(value);
    (!authorised).then(|| Answer::new(401).header("www-authenticate", "Cargo"))
}

enum Delivery {
    Response(Response<Body>),
    Takeover(Takeover),
}

fn deliver(right: Answer, fault: Option<Fault>, hold: Option<Hold>, path: &str) -> Delivery {
    let takeover = |head, body, hold, end| Delivery::Takeover(Takeover { head, body, hold, end });
    let answer = match fault {
        None => right,
        Some(Fault::Answer(answer)) => answer,
        Some(Fault::Headers(set)) => {
            let mut right = right;
            right.headers.extend(set.headers);
            right
        }
        Some(Fault::Truncate(at)) => {
            let head = right.head(right.body.len());
            let body = right.body.slice(..at.min(right.body.len()));
            return takeover(head, body, hold, End::Close);
        }
        Some(Fault::OverLong(extra)) => {
            let mut body = BytesMut::from(right.body);
            body.put_bytes(b'x', extra);
            Answer { body: body.freeze(), ..right }
        }
        Some(Fault::WrongBytes) => Answer { body: flipped(right.body), ..right },
        Some(Fault::Drip { bytes, every }) => {
            let length = right.body.len();
            let body = body::dripping(right.body.clone(), bytes, every);
            return Delivery::Response(sized(right, length, body));
        }
        Some(Fault::Redirect(to)) => Answer::new(302).header("location", to),
        Some(Fault::RedirectLoop) => Answer::new(302).header("location", path),
        Some(Fault::EndlessBody) => {
            return Delivery::Response(with_body(Answer::new(200), body::endless()));
        }
        Some(Fault::GzipBomb(decoded)) => {
            let head = Answer::new(200).header("content-encoding", "gzip");
            return Delivery::Response(with_body(head, body::gzip_bomb(decoded)));
        }
        Some(Fault::ChangingEtag) => right.header("etag", never_seen_etag()),
        Some(Fault::Reset) => return takeover(Vec::new(), Bytes::new(), None, End::Reset),
        Some(Fault::Raw(bytes)) => return takeover(Vec::new(), bytes, hold, End::Close),
    };
    Delivery::Response(match hold {
        Some(hold @ Hold { after: Some(after), .. }) => {
            let length = answer.body.len();
            let body = body::held(answer.body.clone(), after, hold);
            sized(answer, length, body)
        }
        _ => plain(answer),
    })
}

fn flipped(body: Bytes) -> Bytes {
    let mut body = BytesMut::from(body);
    let middle = body.len() / 2;
    if let Some(byte) = body.get_mut(middle) {
        *byte ^= 1;
    }
    body.freeze()
}

fn never_seen_etag() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("\"changing-{}\"", COUNT.fetch_add(1, Ordering::Relaxed))
}

fn plain(answer: Answer) -> Response<Body> {
    let body = body::whole(answer.body.clone());
    with_body(answer, body)
}

/// A body that is sent in pieces, with its whole length known before.
fn sized(answer: Answer, length: usize, body: Body) -> Response<Body> {
    let mut response = with_body(answer, body);
    response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    response
}

fn with_body(answer: Answer, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http::uri::Authority;
use http::{HeaderMap, StatusCode, Uri, header};
use url::{Host, Url};

/// Serves these paths to whoever asks for this machine by a name of its own. Where nobody has to log in,
/// a page of any site could otherwise have its name bound to this address, and read what stands here as
/// its own.
pub fn for_own_names(router: Router, public_url: &Url) -> Router {
    let own: Arc<str> = public_url.host_str().unwrap_or_default().into();
    router.layer(from_fn_with_state(own, check))
}

async fn check(State(own): State<Arc<str>>, request: Request, next: Next) -> Response {
    match misdirected(request.uri(), request.headers(), &own) {
        Some(refusal) => refusal,
        None => next.run(request).await,
    }
}

/// The refusal for whoever asks this machine by another name than its own ones and `own`.
#[must_use]
pub fn misdirected(uri: &Uri, headers: &HeaderMap, own: &str) -> Option<Response> {
    let names = headers.contains_key(header::HOST) || uri.authority().is_some();
    let asked = asked_host(uri, headers);
    let is_own = |host: &str| is_loopback(host) || host.eq_ignore_ascii_case(own);
    // Browsers always name a host.
    if names && !asked.is_some_and(|asked| is_own(asked.host())) {
        let text = "depaudit: this server is not called that; ask for it as it is configured, or \
                    start it with --public-url and this name\n";
        let headers = [(header::CACHE_CONTROL, "no-store")];
        return Some((StatusCode::MISDIRECTED_REQUEST, headers, text).into_response());
    }
    None
}

/// The host that a request asks for: HTTP/2 has it in the address, HTTP/1 in a header.
pub(crate) fn asked_host(uri: &Uri, headers: &HeaderMap) -> Option<Authority> {
    if let Some(authority) = uri.authority() {
        return Some(authority.clone());
    }
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next().filter(|_| hosts.next().is_none())?;
    Authority::try_from(host.as_bytes()).ok()
}

/// Whether a name or address leads to this machine, whatever a name server says.
pub fn is_loopback(host: &str) -> bool {
    match Host::parse(host) {
        Ok(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Ok(Host::Ipv4(address)) => address.is_loopback(),
        Ok(Host::Ipv6(address)) => address.is_loopback(),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    async fn asked(hosts: &[&str]) -> u16 {
        let router = Router::new().route("/", get(async || "here"));
        let router = for_own_names(router, &"https://h.example/deps".parse().unwrap());
        let mut request = http::Request::get("/");
        for host in hosts {
            request = request.header(header::HOST, *host);
        }
        let request = request.body(Body::empty()).unwrap();
        router.oneshot(request).await.unwrap().status().as_u16()
    }

    #[tokio::test]
    async fn a_name_that_somebody_bound_to_this_machine_reads_nothing() {
        for own in ["127.0.0.1:8417", "localhost:1", "[::1]:1", "a.localhost", "H.example", "127.1"]
        {
            assert_eq!(asked(&[own]).await, 200, "{own}");
        }
        for other in
            ["evil.example", "127.0.0.1.evil.example", "192.0.2.1", "h.example.", "", "a b"]
        {
            assert_eq!(asked(&[other]).await, 421, "{other}");
        }
        assert_eq!(asked(&["localhost", "evil.example"]).await, 421);
        assert_eq!(asked(&[]).await, 200);
    }
}

//! Where a request comes from, by what browsers say of it and no page can make them leave out.

use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, HeaderName, header};

use super::frame::Site;
use crate::access::{asked_host, is_loopback};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether a page of this site sends this, as far as its headers tell. Programs send neither header.
pub(super) fn is_own(site: &Site, parts: &Parts) -> bool {
    let headers = &parts.headers;
    let fetched = all(headers, &FETCH_SITE);
    let origins = all(headers, &header::ORIGIN);
    // A page in a frame without an origin, or one that hides it, says `null`: that is not this site.
    fetched.iter().all(|site| *site == b"same-origin")
        && origins
            .iter()
            .all(|origin| is_own_origin(site, origin, asked_host(&parts.uri, headers).as_ref()))
}

fn all<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Vec<&'h [u8]> {
    headers.get_all(name).iter().map(http::HeaderValue::as_bytes).collect()
}

/// This machine has several names for itself; whoever came by one of them stays with it.
fn is_own_origin(site: &Site, origin: &[u8], asked: Option<&Authority>) -> bool {
    if origin == site.origin().as_bytes() {
        return true;
    }
    let own = asked.filter(|asked| is_loopback(asked.host()));
    own.is_some_and(|own| {
        ["http", "https"].iter().any(|scheme| format!("{scheme}://{own}").as_bytes() == origin)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comes(headers: &[(&str, &str)]) -> bool {
        let mut request = http::Request::post("/policy/waivers");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        is_own(&Site::at("https://h.example/deps".parse().unwrap()), &parts)
    }

    #[test]
    fn bad_input_50_only_pages_of_this_site_are_its_own() {
        let (fetched, origin, host) = ("sec-fetch-site", "origin", "host");
        assert!(comes(&[]));
        assert!(comes(&[(origin, "https://h.example")]));
        assert!(comes(&[(fetched, "same-origin"), (origin, "https://h.example")]));
        assert!(comes(&[(host, "localhost:8417"), (origin, "http://localhost:8417")]));
        assert!(comes(&[(host, "[::1]:8417"), (origin, "http://[::1]:8417")]));
        for bad in [
            &[(origin, "null")][..],
            &[(origin, "")],
            &[(origin, "https://evil.example")],
            &[(origin, "http://h.example")],
            &[(origin, "https://h.example:444")],
            &[(origin, "https://h.example"), (origin, "https://evil.example")],
            &[(origin, "https://h.example"), (fetched, "same-site")],
            &[(fetched, "cross-site")],
            &[(fetched, "none")],
            // A name that was bound anew leads here, and is not this site's.
            &[(host, "evil.example"), (origin, "http://evil.example")],
            &[(host, "localhost:1"), (origin, "http://localhost:2")],
            &[(host, "localhost:1"), (host, "evil.example"), (origin, "http://localhost:1")],
        ] {
            assert!(!comes(bad), "{bad:?}");
        }
    }
}

//! The one place that opens connections to upstreams.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use depaudit_store::Validators;
use futures_util::StreamExt;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use url::Url;

use super::address::AddressPolicy;
use super::pace::{BodyBounds, bounded};
use super::{
    DocumentKind, Upstream, UpstreamError, UpstreamLimits, UpstreamRequest, UpstreamResponse,
    UpstreamSettings,
};

const USER_AGENT: &str = concat!("depaudit/", env!("CARGO_PKG_VERSION"));

/// An upstream registry over HTTP.
///
/// Redirects are followed here, one at a time and each checked, never by the client library. Cookies
/// and the environment's proxy settings are not used: what the proxy does is configured, not found.
#[derive(Debug)]
pub struct HttpUpstream {
    /// Accepts compressed answers and decodes them.
    text: reqwest::Client,
    /// Takes bytes as they are.
    plain: reqwest::Client,
    policy: Arc<AddressPolicy>,
    credentials: HeaderMap,
    limits: UpstreamLimits,
}

/// Why an upstream could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamSetupError {
    /// A configured token or header holds characters that no header may hold.
    #[error("the value configured for the header `{0}` has characters that no header may hold")]
    HeaderValue(HeaderName),
    /// The outbound proxy, or the system's certificates, are unusable.
    #[error("cannot set up the HTTP client")]
    Client(#[source] reqwest::Error),
}

impl HttpUpstream {
    /// Sets up the clients for one registry. Opens no connection.
    ///
    /// # Errors
    /// When a configured header cannot be one, or the outbound proxy's URL is unusable.
    pub fn new(settings: &UpstreamSettings) -> Result<Self, UpstreamSetupError> {
        // reqwest takes its TLS from the process's default provider; a second call changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let policy = Arc::new(AddressPolicy::new(settings));
        Ok(Self {
            text: client(settings, &policy, true)?,
            plain: client(settings, &policy, false)?,
            policy,
            credentials: credentials(settings)?,
            limits: settings.limits,
        })
    }

    /// Sends one request, without following anything.
    async fn send(
        &self,
        url: &Url,
        request: &UpstreamRequest,
    ) -> Result<reqwest::Response, UpstreamError> {
        let (client, accept, protocol) = match request.kind {
            DocumentKind::Index => (&self.text, "text/plain", Some("version=1")),
            DocumentKind::Crate => (&self.plain, "*/*", None),
            DocumentKind::Json => (&self.text, "application/json", None),
        };
        let mut builder = client.get(url.clone()).header(header::ACCEPT, accept);
        if let Some(protocol) = protocol {
            builder = builder.header("cargo-protocol", protocol);
        }
        // ETag first, and only one of the two: RFC 9110, 13.1.3.
        if let Some(etag) = &request.validators.etag {
            builder = builder.header(header::IF_NONE_MATCH, etag);
        } else if let Some(date) = &request.validators.last_modified {
            builder = builder.header(header::IF_MODIFIED_SINCE, date);
        }
        if self.policy.may_see_credentials(url) {
            builder = builder.headers(self.credentials.clone());
        }
        match tokio::time::timeout(self.limits.first_byte, builder.send()).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(explain(error)),
            Err(_) => Err(UpstreamError::Unreachable("no answer in time".into())),
        }
    }

    /// Sends a form to a place that is allowed, with a proof of who sends it; follows nothing.
    pub(crate) async fn post_form(
        &self,
        url: &Url,
        form: String,
        proof: Option<HeaderValue>,
    ) -> Result<UpstreamResponse, UpstreamError> {
        self.policy.check(url)?;
        let mut builder = self
            .text
            .post(url.clone())
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form);
        if let Some(proof) = proof {
            builder = builder.header(header::AUTHORIZATION, proof);
        }
        match tokio::time::timeout(self.limits.first_byte, builder.send()).await {
            Ok(Ok(response)) => self.respond(response, DocumentKind::Json),
            Ok(Err(error)) => Err(explain(error)),
            Err(_) => Err(UpstreamError::Unreachable("no answer in time".into())),
        }
    }

    fn respond(
        &self,
        response: reqwest::Response,
        kind: DocumentKind,
    ) -> Result<UpstreamResponse, UpstreamError> {
        let longest = match kind {
            DocumentKind::Index | DocumentKind::Json => self.limits.index_bytes,
            DocumentKind::Crate => self.limits.crate_bytes,
        };
        // What is announced too large is not begun.
        if response.content_length().is_some_and(|length| length > longest) {
            return Err(UpstreamError::TooLarge(longest));
        }
        let bounds = BodyBounds {
            longest,
            minimum_rate: self.limits.minimum_rate,
            window: self.limits.pace_window,
        };
        Ok(UpstreamResponse {
            status: response.status(),
            validators: validators(response.headers()),
            length: response.content_length(),
            host: response.url().host_str().unwrap_or_default().to_owned(),
            body: bounded(
                response.bytes_stream().map(|item| item.map_err(explain)).boxed(),
                bounds,
            ),
        })
    }
}

#[async_trait]
impl Upstream for HttpUpstream {
    async fn get(&self, request: UpstreamRequest) -> Result<UpstreamResponse, UpstreamError> {
        let mut url = request.url.clone();
        for _ in 0..=self.limits.redirects {
            self.policy.check(&url)?;
            let response = self.send(&url, &request).await?;
            let status = response.status();
            if matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
                url = target(&url, response.headers())?;
            } else if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
                let retry_after = retry_after(response.headers(), SystemTime::now());
                return Err(UpstreamError::Overloaded { status: status.as_u16(), retry_after });
            } else {
                return self.respond(response, request.kind);
            }
        }
        Err(UpstreamError::Forbidden(format!("more than {} redirects", self.limits.redirects)))
    }
}

fn client(
    settings: &UpstreamSettings,
    policy: &Arc<AddressPolicy>,
    gzip: bool,
) -> Result<reqwest::Client, UpstreamSetupError> {
    let mut builder = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .gzip(gzip)
        .connect_timeout(settings.limits.connect)
        .pool_idle_timeout(Duration::from_secs(60));
    builder = match &settings.proxy {
        Some(proxy) => {
            builder.proxy(reqwest::Proxy::all(proxy.clone()).map_err(UpstreamSetupError::Client)?)
        }
        None => builder.dns_resolver(Arc::new(CheckedResolver(Arc::clone(policy)))),
    };
    builder.build().map_err(UpstreamSetupError::Client)
}

fn credentials(settings: &UpstreamSettings) -> Result<HeaderMap, UpstreamSetupError> {
    let token = settings.token.as_ref().map(|token| (header::AUTHORIZATION, token));
    let others = settings.headers.iter().map(|pair| (pair.name.clone(), &pair.value));
    let mut headers = HeaderMap::new();
    for (name, secret) in token.into_iter().chain(others) {
        let mut value = HeaderValue::from_str(secret.reveal())
            .map_err(|_| UpstreamSetupError::HeaderValue(name.clone()))?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

/// What the answer may be asked for by next time. A value that is not plain ASCII is dropped: sent
/// back, it would not be what the upstream meant.
fn validators(headers: &HeaderMap) -> Validators {
    // Longer than any real one; they are stored with every entry.
    const LONGEST: usize = 512;
    let text = |name| {
        let value = headers.get(name)?.to_str().ok()?;
        (!value.is_empty() && value.len() <= LONGEST).then(|| value.to_owned())
    };
    Validators { etag: text(header::ETAG), last_modified: text(header::LAST_MODIFIED) }
}

fn target(from: &Url, headers: &HeaderMap) -> Result<Url, UpstreamError> {
    let location = headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
    location
        .and_then(|location| from.join(location).ok())
        .ok_or_else(|| UpstreamError::Unexpected("a redirect to nowhere".into()))
}

/// Seconds or a date; what is neither, or lies in the past, is no wish (RFC 9110, 10.2.3).
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    match value.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => httpdate::parse_http_date(value).ok()?.duration_since(now).ok(),
    }
}

/// A name resolved to an address that is not allowed.
#[derive(Debug, thiserror::Error)]
#[error("{0} resolves to an address that is not public and not configured")]
struct AddressRefused(String);

/// Resolves names and drops addresses that are not allowed, so that the check and the connection
/// use the same answer: a name cannot be rebound in between.
#[derive(Debug)]
struct CheckedResolver(Arc<AddressPolicy>);

impl reqwest::dns::Resolve for CheckedResolver {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let policy = Arc::clone(&self.0);
        Box::pin(async move {
            let host = name.as_str();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host, 0)).await?.collect();
            let allowed: Vec<SocketAddr> = found
                .into_iter()
                .filter(|address| policy.allows_address(host, address.ip()))
                .collect();
            if allowed.is_empty() {
                return Err(AddressRefused(host.to_owned()).into());
            }
            Ok(Box::new(allowed.into_iter()) as reqwest::dns::Addrs)
        })
    }
}

/// Says what went wrong in a few words. The client's own text is left out: it quotes the URL.
fn explain(error: reqwest::Error) -> UpstreamError {
    let error = error.without_url();
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    let mut innermost = String::new();
    while let Some(current) = cause {
        if let Some(refused) = current.downcast_ref::<AddressRefused>() {
            return UpstreamError::Forbidden(refused.to_string());
        }
        innermost = current.to_string();
        cause = current.source();
    }
    let short: String = innermost.chars().take(120).collect();
    let during = if error.is_timeout() {
        "timed out".to_owned()
    } else if error.is_connect() {
        format!("no connection: {short}")
    } else if error.is_decode() {
        return UpstreamError::Unexpected("a body that broke off or cannot be decoded".into());
    } else {
        format!("the connection broke: {short}")
    };
    UpstreamError::Unreachable(during)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(value: &'static str) -> Option<Duration> {
        let now = httpdate::parse_http_date("Sun, 01 Mar 2026 12:00:00 GMT").unwrap();
        let headers =
            HeaderMap::from_iter([(header::RETRY_AFTER, HeaderValue::from_static(value))]);
        retry_after(&headers, now)
    }

    #[test]
    fn bad_input_15_only_sensible_retry_after_values_are_wishes() {
        assert_eq!(after("120"), Some(Duration::from_secs(120)));
        assert_eq!(after("Sun, 01 Mar 2026 12:01:00 GMT"), Some(Duration::from_secs(60)));
        for garbage in ["-5", "soon", "", "1.5", "Sun, 01 Mar 2020 12:00:00 GMT"] {
            assert_eq!(after(garbage), None, "{garbage:?}");
        }
    }

    #[test]
    fn bad_input_28_an_etag_that_is_not_ascii_is_dropped() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ETAG, HeaderValue::from_bytes(b"\"caf\xc3\xa9\"").unwrap());
        assert_eq!(validators(&headers), Validators::default());
        headers.insert(header::ETAG, HeaderValue::from_static("\"abc\""));
        assert_eq!(validators(&headers).etag.as_deref(), Some("\"abc\""));
    }
}

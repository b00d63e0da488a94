use std::fmt;
use std::str::FromStr;

use url::Url;

/// The address of a depaudit server: http or https, perhaps below a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerUrl(Url);

/// Why a text is no address of a server. It quotes nothing: the text may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServerUrlError {
    /// No http or https URL.
    #[error("a server has an http or https address, such as https://depaudit.example")]
    NotHttp,
    /// With a user or a password: it would stand in a file that everybody can read, and Cargo
    /// refuses it there.
    #[error("the address of a server has no user and no password")]
    Credentials,
    /// With a query or a fragment, which Cargo does not allow in an index.
    #[error("the address of a server has no query and no fragment")]
    Query,
}

impl ServerUrl {
    /// The address of something below the server's own path.
    #[must_use]
    pub fn below(&self, segments: &[&str]) -> Url {
        let mut url = self.0.clone();
        // An http or https address always has a path.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    /// The URL.
    #[must_use]
    pub const fn as_url(&self) -> &Url {
        &self.0
    }
}

impl FromStr for ServerUrl {
    type Err = ServerUrlError;

    fn from_str(text: &str) -> Result<Self, ServerUrlError> {
        Self::from_url(text.parse().map_err(|_| ServerUrlError::NotHttp)?)
    }
}

impl ServerUrl {
    /// Takes an address that was read already.
    ///
    /// # Errors
    /// When a server cannot have it.
    pub fn from_url(url: Url) -> Result<Self, ServerUrlError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(ServerUrlError::NotHttp);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ServerUrlError::Credentials);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(ServerUrlError::Query);
        }
        Ok(Self(url))
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_plain_http_or_https() {
        for good in ["http://127.0.0.1:8417", "https://tools.example/depaudit"] {
            assert!(good.parse::<ServerUrl>().is_ok(), "{good:?}");
        }
        let error = |text: &str| text.parse::<ServerUrl>().unwrap_err();
        for bad in ["", "depaudit.example", "ftp://x", "file:///etc", "http://", "sparse+http://x/"]
        {
            assert_eq!(error(bad), ServerUrlError::NotHttp, "{bad:?}");
        }
        assert_eq!(error("http://me@x/"), ServerUrlError::Credentials);
        assert_eq!(error("http://x/?team=a"), ServerUrlError::Query);
    }
}

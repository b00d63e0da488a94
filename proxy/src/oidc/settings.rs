use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use url::{Host, Url};

use super::Mapping;

/// The longest that an exchanged token lives.
pub const LONGEST_LIFETIME: Duration = Duration::from_secs(30 * 60);

/// The longest text of an issuer, in bytes.
const LONGEST_ISSUER: usize = 256;

/// An issuer of identity tokens, and who gets what for them.
#[derive(Debug, Clone)]
pub struct IssuerSettings {
    /// Its name and address.
    pub issuer: IssuerUrl,
    /// Whom its tokens have to be made for: a word that stands for this server and no other.
    pub audience: String,
    /// Where its keys are; `None` asks its discovery document, and believes an address of the same
    /// origin alone.
    pub jwks: Option<IssuerUrl>,
    /// How long exchanged tokens live, at most [`LONGEST_LIFETIME`].
    pub lifetime: Duration,
    /// The outbound proxy that leads there.
    pub proxy: Option<Url>,
    /// How long its keys may take to come, all in all.
    pub patience: Duration,
    /// The first that matches an identity counts.
    pub mappings: Vec<Mapping>,
}

impl IssuerSettings {
    /// An issuer with the defaults.
    #[must_use]
    pub const fn new(issuer: IssuerUrl, audience: String, mappings: Vec<Mapping>) -> Self {
        Self {
            issuer,
            audience,
            jwks: None,
            lifetime: LONGEST_LIFETIME,
            proxy: None,
            patience: Duration::from_secs(10),
            mappings,
        }
    }
}

/// The address that an issuer is known by. Tokens have to name it letter by letter, so that the text is
/// kept as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerUrl {
    text: String,
    url: Url,
}

/// The text is no issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "an issuer, and the place of its keys, is an https address without user, query or fragment (http on \
     this machine alone: keys that come over it prove nothing)"
)]
pub struct IssuerUrlError;

impl IssuerUrl {
    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host, as records name it.
    #[must_use]
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// The address.
    #[must_use]
    pub const fn as_url(&self) -> &Url {
        &self.url
    }

    /// Where it says where its keys are (OpenID Connect Discovery 1.0, section 4).
    pub(in crate::oidc) fn discovery(&self) -> Url {
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend([".well-known", "openid-configuration"]);
        }
        url
    }
}

impl FromStr for IssuerUrl {
    type Err = IssuerUrlError;

    fn from_str(text: &str) -> Result<Self, IssuerUrlError> {
        let url: Url = text.parse().map_err(|_| IssuerUrlError)?;
        let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
        if printable && text.len() <= LONGEST_ISSUER && is_trustworthy(&url) {
            Ok(Self { text: text.to_owned(), url })
        } else {
            Err(IssuerUrlError)
        }
    }
}

impl fmt::Display for IssuerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

pub(super) fn is_trustworthy(url: &Url) -> bool {
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return false,
    };
    (url.scheme() == "https" || (url.scheme() == "http" && here))
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_known_by_an_address_that_cannot_be_forged() {
        for good in ["https://gitlab.example", "http://127.0.0.1:1", "http://[::1]:1/x"] {
            assert_eq!(good.parse::<IssuerUrl>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "gitlab.example",
            "http://gitlab.example",
            "http://127.0.0.1.evil.example",
            "https://me@gitlab.example",
            "https://gitlab.example/?a",
            "https://gitlab.example/#a",
            "ftp://127.0.0.1",
            "https://gitl\u{430}b.example",
        ] {
            assert_eq!(bad.parse::<IssuerUrl>(), Err(IssuerUrlError), "{bad:?}");
        }
    }

    #[test]
    fn the_discovery_document_stands_below_the_issuer() {
        let discovery = |text: &str| text.parse::<IssuerUrl>().unwrap().discovery().to_string();
        let known = ".well-known/openid-configuration";
        assert_eq!(discovery("https://h.example"), format!("https://h.example/{known}"));
        assert_eq!(discovery("https://h.example/a/"), format!("https://h.example/a/{known}"));
    }
}

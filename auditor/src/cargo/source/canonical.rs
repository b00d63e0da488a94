use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use url::{Position, Url};

use super::without_credentials;

/// A git or registry URL in the form in which Cargo compares two of them: no fragment, query or
/// trailing `/`, no `.git`, and for github.com `https` and lower case. Credentials are not kept.
///
/// A text that is no URL is kept as it is, so that it can still be shown and compared.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CanonicalUrl(Arc<str>);

impl CanonicalUrl {
    /// Reads a URL as a manifest or a lock writes it, with or without `git+` or `registry+`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let text = text.strip_prefix("git+").or(text.strip_prefix("registry+")).unwrap_or(text);
        let canonical = Url::parse(text).ok().and_then(canonical);
        let shown = canonical.as_deref().unwrap_or(text);
        Self(without_credentials(shown).into())
    }

    /// The URL as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host, in lower case; `None` where there is none (`file:`).
    #[must_use]
    pub fn host(&self) -> Option<String> {
        Url::parse(&self.0).ok()?.host_str().map(str::to_ascii_lowercase)
    }
}

/// `None` for URLs that have no path to speak of (`mailto:x`).
fn canonical(mut url: Url) -> Option<String> {
    url.set_fragment(None);
    url.set_query(None);
    url.path_segments_mut().ok()?.pop_if_empty();
    if url.host_str() == Some("github.com") {
        url = format!("https{}", &url[Position::AfterScheme..]).parse().ok()?;
        url.set_path(&url.path().to_lowercase());
    }
    let last = url.path_segments().and_then(|mut parts| parts.next_back());
    if let Some(name) = last.and_then(|last| last.strip_suffix(".git")) {
        let name = name.to_owned();
        url.path_segments_mut().ok()?.pop().push(&name);
    }
    let text = url.as_str();
    // A bare host has no path; `url` writes one nevertheless.
    Some(if url.path() == "/" { text.trim_end_matches('/') } else { text }.to_owned())
}

impl fmt::Display for CanonicalUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for CanonicalUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Serialize for CanonicalUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_repository_are_one() {
        let canonical = "https://github.com/rust-lang/foo";
        for spelling in [
            "https://github.com/rust-lang/foo",
            "https://github.com/rust-lang/foo.git",
            "https://github.com/Rust-Lang/Foo.git/",
            "http://GitHub.com/rust-lang/foo/",
            "git+https://github.com/rust-lang/foo?branch=main#0123",
            "ssh://github.com/rust-lang/foo",
        ] {
            assert_eq!(CanonicalUrl::new(spelling).as_str(), canonical, "{spelling}");
        }
    }

    #[test]
    fn what_cargo_tells_apart_stays_apart() {
        let url = |text: &str| CanonicalUrl::new(text);
        assert_ne!(url("https://gitlab.com/A/b"), url("https://gitlab.com/a/b"));
        assert_ne!(url("https://github.com//a/b"), url("https://github.com/a/b"));
        assert_ne!(url("https://example.com/a"), url("http://example.com/a"));
        assert_eq!(url("/local/path").as_str(), "/local/path");
    }

    #[test]
    fn credentials_are_not_kept() {
        let url = CanonicalUrl::new("https://me:secret@example.com/a.git");
        assert_eq!(url.as_str(), "https://***@example.com/a");
        assert_eq!(url.host().as_deref(), Some("example.com"));
    }
}

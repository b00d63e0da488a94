//! Values as people write them: `10GiB`, `90s`, `crates-io=sparse+https://...`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use depaudit_model::RegistryName;
use serde::{Deserialize, Deserializer};
use url::Url;

/// A number of bytes: `512MiB`, `10GB`, `1048576`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteSize(pub u64);

/// The text is no number of bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a number of bytes such as 500MB, 10GiB or 1048576")]
pub struct ByteSizeError;

impl FromStr for ByteSize {
    type Err = ByteSizeError;

    fn from_str(text: &str) -> Result<Self, ByteSizeError> {
        let text = text.trim();
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let factor: u64 = match unit.trim() {
            "" | "B" => 1,
            "kB" | "KB" => 1_000,
            "MB" => 1_000_000,
            "GB" => 1_000_000_000,
            "TB" => 1_000_000_000_000,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            "TiB" => 1 << 40,
            _ => return Err(ByteSizeError),
        };
        let number: u64 = number.parse().map_err(|_| ByteSizeError)?;
        number.checked_mul(factor).map(Self).ok_or(ByteSizeError)
    }
}

impl fmt::Display for ByteSize {
    /// In the largest binary unit that leaves at least one whole: `1.5 GiB`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, shift) in [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)] {
            if self.0 >= 1 << shift {
                let tenths = (u128::from(self.0) * 10) >> shift;
                return write!(f, "{}.{} {unit}", tenths / 10, tenths % 10);
            }
        }
        write!(f, "{} B", self.0)
    }
}

/// A length of time: `90s`, `15m`, `12h`, `30d`, `2w`, `250ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span(pub Duration);

/// The text is no length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a length of time such as 90s, 15m, 12h, 30d or 2w")]
pub struct SpanError;

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        depaudit_model::length_of_time(text).map(Self).ok_or(SpanError)
    }
}

/// `NAME=SPARSE_URL`, as `--upstream` takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamFlag {
    /// The registry's name.
    pub name: RegistryName,
    /// Its index.
    pub index: IndexUrl,
}

impl FromStr for UpstreamFlag {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, index) = text
            .split_once('=')
            .ok_or("expected NAME=SPARSE_URL, such as internal=sparse+https://...")?;
        Ok(Self {
            name: name.parse().map_err(|error: depaudit_model::WordError| error.to_string())?,
            index: index.parse().map_err(|error: IndexUrlError| error.to_string())?,
        })
    }
}

/// The base URL of a sparse index: with or without `sparse+`, http or https, always ending in `/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexUrl(pub Url);

/// Why a text is no base of a sparse index.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IndexUrlError {
    /// No http or https URL.
    #[error(
        "a sparse index has an http or https URL, such as sparse+https://registry.example/index/"
    )]
    NotHttp,
    /// A git index.
    #[error("this is a git index; depaudit speaks the sparse protocol only (sparse+https://...)")]
    Git,
    /// With a query or a fragment, which Cargo does not allow in an index either.
    #[error("the URL of an index has no query and no fragment")]
    Query,
}

impl FromStr for IndexUrl {
    type Err = IndexUrlError;

    fn from_str(text: &str) -> Result<Self, IndexUrlError> {
        if text.starts_with("registry+") || text.starts_with("git+") {
            return Err(IndexUrlError::Git);
        }
        let mut url: Url = text
            .strip_prefix("sparse+")
            .unwrap_or(text)
            .parse()
            .map_err(|_| IndexUrlError::NotHttp)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(IndexUrlError::NotHttp);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(IndexUrlError::Query);
        }
        if !url.path().ends_with('/') {
            let path = format!("{}/", url.path());
            url.set_path(&path);
        }
        Ok(Self(url))
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    /// A text as above, or a bare number of bytes.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "expected a number of bytes such as 500MB, 10GiB or 1048576")]
        enum Written {
            Bytes(u64),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Bytes(bytes) => Ok(Self(bytes)),
            Written::Text(text) => text.parse().map_err(serde::de::Error::custom),
        }
    }
}

macro_rules! deserialize_from_text {
    ($($name:ty),*) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

deserialize_from_text!(Span, IndexUrl);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_as_people_write_them() {
        let size = |text: &str| text.parse::<ByteSize>().map(|size| size.0);
        assert_eq!(size("10GiB"), Ok(10 << 30));
        assert_eq!(size("500 MB"), Ok(500_000_000));
        assert_eq!(size("0"), Ok(0));
        for bad in ["", "GiB", "-1", "1.5GiB", "10gigs", "99999999999999999999", "99999999TiB"] {
            assert_eq!(size(bad), Err(ByteSizeError), "{bad:?}");
        }
        assert_eq!(ByteSize(1_610_612_736).to_string(), "1.5 GiB");
        assert_eq!(ByteSize(1_023).to_string(), "1023 B");
    }

    #[test]
    fn spans_as_people_write_them() {
        let span = |text: &str| text.parse::<Span>().map(|span| span.0.as_secs());
        assert_eq!(span("90s"), Ok(90));
        assert_eq!(span("30d"), Ok(30 * 86_400));
        assert_eq!(span("2w"), Ok(14 * 86_400));
        for bad in ["", "s", "5", "-5s", "1.5h", "5 years", "99999999999999999999d"] {
            assert_eq!(span(bad), Err(SpanError), "{bad:?}");
        }
    }

    #[test]
    fn an_index_has_one_spelling() {
        let url = |text: &str| text.parse::<IndexUrl>().map(|url| url.0.to_string());
        assert_eq!(url("sparse+https://r.example/index"), Ok("https://r.example/index/".into()));
        assert_eq!(url("http://127.0.0.1:1/"), Ok("http://127.0.0.1:1/".into()));
        assert_eq!(url("registry+https://r.example/i"), Err(IndexUrlError::Git));
        for bad in ["ftp://x/", "file:///x/", "r.example", ""] {
            assert_eq!(url(bad), Err(IndexUrlError::NotHttp), "{bad:?}");
        }
        assert_eq!(url("https://r.example/?a"), Err(IndexUrlError::Query));
    }
}

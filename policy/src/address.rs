use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use url::Url;

/// The address of a registry, a proxy or a git repository, in the form in which two of them are
/// compared: without `registry+`, `sparse+` or `git+`, without query, fragment, trailing `/` and
/// `.git`; for github.com with `https` and in lower case, as Cargo compares its repositories.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(Url);

/// The text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an address with a scheme and a path, such as `https://git.example/team/shared`")]
pub struct AddressError;

impl Address {
    /// The address without credentials, and whether there were any.
    pub(crate) fn read(text: &str) -> Result<(Self, bool), AddressError> {
        let kinds = ["registry+", "sparse+", "git+"];
        let bare = kinds.iter().find_map(|kind| text.strip_prefix(kind)).unwrap_or(text);
        let mut url = Url::parse(bare).map_err(|_| AddressError)?;
        // Whether it logs in with `git@` or otherwise, the repository is the same; a password is
        // a secret.
        let secret = url.password().is_some();
        if url.has_host() {
            url.set_username("").map_err(|()| AddressError)?;
            url.set_password(None).map_err(|()| AddressError)?;
        }
        url.set_fragment(None);
        url.set_query(None);
        if url.host_str().is_some_and(|host| host.eq_ignore_ascii_case("github.com")) {
            url = same_for_github(&url).ok_or(AddressError)?;
        }
        if url.cannot_be_a_base() {
            return Err(AddressError);
        }
        let path = url.path().trim_end_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path).to_owned();
        url.set_path(&path);
        Ok((Self(url), secret))
    }

    /// The host and the port, where the port is not the scheme's own.
    pub(crate) fn host(&self) -> Option<(&str, Option<u16>)> {
        Some((self.0.host_str()?, self.0.port()))
    }

    /// The parts of the path.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.path_segments().into_iter().flatten().filter(|part| !part.is_empty())
    }

    /// Whether it is `base` or lies below it, by whole parts of the path.
    pub(crate) fn is_within(&self, base: &Self) -> bool {
        let same_server = self.0.scheme() == base.0.scheme() && self.host() == base.host();
        let mut parts = self.parts();
        same_server && base.parts().all(|part| parts.next() == Some(part))
    }
}

/// github.com serves one repository under every scheme and spelling.
fn same_for_github(url: &Url) -> Option<Url> {
    let mut same = Url::parse("https://github.com").ok()?;
    same.set_path(&url.path().to_lowercase());
    Some(same)
}

impl FromStr for Address {
    type Err = AddressError;

    /// Credentials are dropped.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        Self::read(text).map(|(address, _)| address)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `url` gives a bare host a path nevertheless.
        f.pad(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    #[test]
    fn spellings_of_one_address_are_one() {
        let one = address("https://github.com/Team/Shared");
        for spelling in [
            "https://github.com/team/shared",
            "https://github.com/team/shared.git/",
            "http://GitHub.com/team/shared",
            "git+ssh://git@github.com/team/shared.git?branch=main#0123",
        ] {
            assert_eq!(address(spelling), one, "{spelling}");
        }
        assert_eq!(one.to_string(), "https://github.com/team/shared");
        assert_eq!(address("sparse+https://e.org/index/"), address("https://e.org/index"));
        assert_eq!(address("https://e.org/").to_string(), "https://e.org");
        assert_ne!(address("https://e.org/A"), address("https://e.org/a"));
        assert_ne!(address("https://e.org/a"), address("http://e.org/a"));
    }

    #[test]
    fn credentials_are_never_kept() {
        let (address, secret) = Address::read("https://me:hunter2@e.org/a").unwrap();
        assert!(secret);
        assert_eq!(format!("{address} {address:?}"), "https://e.org/a https://e.org/a");
    }

    #[test]
    fn being_within_goes_by_whole_parts_of_one_server() {
        let base = address("https://e.org/cargo");
        assert!(address("sparse+https://e.org/cargo/t/payments/index/").is_within(&base));
        assert!(base.is_within(&base));
        for outside in [
            "https://e.org/cargo2",
            "https://e.org",
            "http://e.org/cargo",
            "https://e.org:8443/cargo",
            "https://e.org.evil.example/cargo",
            "https://e.org/cargo/../other",
            "https://e.org/cargo%2f..%2fother",
        ] {
            assert!(!address(outside).is_within(&base), "{outside}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in ["", "e.org/a", "mailto:me@e.org", "../fork", "https://"] {
            assert!(bad.parse::<Address>().is_err(), "{bad:?}");
        }
    }
}

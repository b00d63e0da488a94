use std::fmt;

use url::Host;

use super::Entry;
use crate::address::Address;

/// Git repositories that a policy approves together: a host, an organisation on it, or one
/// repository: `git.example`, `github.com/our-org`, `git.example:8443/team/shared`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GitPlace {
    host: Host<String>,
    port: Option<u16>,
    parts: Vec<String>,
}

/// The text names no git host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a host, or a host and an organisation, without scheme: `github.com/our-org`")]
pub struct GitPlaceError;

impl GitPlace {
    /// Whether the repository at this address lies there. How it is fetched does not matter; a
    /// repository without a host (`file:`) lies nowhere.
    #[must_use]
    pub fn holds(&self, repository: &Address) -> bool {
        let Some((host, port)) = repository.host() else { return false };
        let mut parts = repository.parts();
        // What schemes of their own say of a host, `url` keeps as it was written.
        Host::parse(host).is_ok_and(|host| host == self.host)
            && port == self.port
            && self.parts.iter().all(|part| parts.next() == Some(part))
    }
}

impl Entry for GitPlace {
    fn covers(&self, other: &Self) -> bool {
        self.host == other.host && self.port == other.port && other.parts.starts_with(&self.parts)
    }
}

impl TryFrom<String> for GitPlace {
    type Error = GitPlaceError;

    fn try_from(text: String) -> Result<Self, GitPlaceError> {
        let mut parts = text.trim_end_matches('/').split('/');
        let server = parts.next().unwrap_or_default();
        let (host, port) = match server.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                (host, Some(port.parse().map_err(|_| GitPlaceError)?))
            }
            _ => (server, None),
        };
        let host = Host::parse(host).map_err(|_| GitPlaceError)?;
        let mut parts: Vec<_> = parts.map(str::to_owned).collect();
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.~".contains(c);
        let good =
            |part: &String| !matches!(part.as_str(), "" | "." | "..") && part.chars().all(allowed);
        if !parts.iter().all(good) {
            return Err(GitPlaceError);
        }
        if let Some(last) = parts.last_mut()
            && let Some(name) = last.strip_suffix(".git")
        {
            *last = name.to_owned();
        }
        if host == Host::Domain("github.com".to_owned()) {
            // Its names have no case; `Address` writes them in lower case, too.
            parts.iter_mut().for_each(|part| part.make_ascii_lowercase());
        }
        Ok(Self { host, port, parts })
    }
}

impl fmt::Display for GitPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        self.parts.iter().try_for_each(|part| write!(f, "/{part}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> GitPlace {
        GitPlace::try_from(text.to_owned()).unwrap()
    }

    fn holds(text: &str, address: &str) -> bool {
        place(text).holds(&address.parse().unwrap())
    }

    #[test]
    fn an_organisation_holds_its_repositories_however_they_are_fetched() {
        for address in [
            "https://github.com/our-org/shared",
            "https://github.com/Our-Org/shared.git",
            "ssh://git@github.com/our-org/shared",
            "git+https://github.com/our-org/shared?rev=1#2",
        ] {
            assert!(holds("github.com/our-org", address), "{address}");
            assert!(holds("GitHub.com/Our-Org/", address), "{address}");
            assert!(holds("github.com/our-org/shared.git", address), "{address}");
        }
        assert!(holds("git.example", "ssh://GIT.example/a/b"));
        assert!(holds("git.example:8443/a", "https://git.example:8443/a/b"));
        assert!(holds("[::1]:8443", "https://[::1]:8443/a"));
    }

    #[test]
    fn look_alikes_are_held_by_nobody() {
        for address in [
            "https://github.com/our-org2/shared",
            "https://github.com.evil.example/our-org/shared",
            "https://evil.example/github.com/our-org",
            "https://github.com@evil.example/our-org/shared",
            "https://evil.example/?github.com/our-org",
            "https://github.com/our-org/../evil/shared",
            "https://github.com/our-org%2f..%2fevil/shared",
            "https://github.com/%2e%2e/evil/shared",
            r"ssh://github.com/our-org\..\evil/shared",
            "https://github.com/our-org/%2e%2e/evil",
            "file:///github.com/our-org/shared",
        ] {
            assert!(!holds("github.com/our-org", address), "{address}");
        }
        assert!(!holds("git.example", "https://git.example:8443/a"));
    }

    #[test]
    fn what_names_no_host_is_refused() {
        for bad in ["", "/a", "https://e.org", "e.org//a", "e.org/../a", "e.org:x/a", "e org/a"] {
            assert_eq!(GitPlace::try_from(bad.to_owned()), Err(GitPlaceError), "{bad:?}");
        }
    }

    #[test]
    fn a_host_covers_its_organisations() {
        assert!(place("github.com").covers(&place("github.com/a")));
        assert!(!place("github.com/a").covers(&place("github.com")));
        assert_eq!(place("git.example:8443/Team").to_string(), "git.example:8443/Team");
    }
}

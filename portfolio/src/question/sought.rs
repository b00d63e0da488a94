use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use depaudit_model::Checksum;
use depaudit_model::cargo::{Facts, PublishedRelease, parse_version};
use semver::Version;

use crate::Portfolio;
use crate::report::{Package, PackageName};

/// What an incident is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sought {
    /// A package, at whatever version.
    Package(PackageName),
    /// One version of it, from wherever.
    Release(PackageName, Version),
    /// A registry's crate by its digest.
    Bytes(Checksum),
}

/// The text names nothing that can be sought.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a package, `NAME@VERSION`, or the 64 hexadecimal digits of a crate's SHA-256")]
pub struct SoughtError;

impl Sought {
    /// Whether a package is it. What a `[replace]` keeps out of the build is not.
    #[must_use]
    pub fn is(&self, package: &Package) -> bool {
        !package.replaced
            && match self {
                Self::Package(name) => package.name == *name,
                Self::Release(name, version) => {
                    package.name == *name && package.version == *version
                }
                Self::Bytes(checksum) => package.checksum == Some(*checksum),
            }
    }

    /// The same in the spelling in which it is locked, where nothing is locked in the one that was
    /// asked for: no registry has two names that differ in case, `-` and `_` alone.
    #[must_use]
    pub fn as_locked(&self, portfolio: &Portfolio) -> Self {
        let Some(name) = self.name() else { return self.clone() };
        let Some(locked) = portfolio.spelling_of(name) else { return self.clone() };
        match self {
            Self::Release(_, version) => Self::Release(locked.clone(), version.clone()),
            _ => Self::Package(locked.clone()),
        }
    }

    /// The package's name, where one is given.
    #[must_use]
    pub const fn name(&self) -> Option<&PackageName> {
        match self {
            Self::Package(name) | Self::Release(name, _) => Some(name),
            Self::Bytes(_) => None,
        }
    }
}

impl FromStr for Sought {
    type Err = SoughtError;

    fn from_str(text: &str) -> Result<Self, SoughtError> {
        let digest = text.to_ascii_lowercase();
        if let Ok(checksum) = digest.strip_prefix("sha256:").unwrap_or(&digest).parse() {
            return Ok(Self::Bytes(checksum));
        }
        let (name, version) = match text.split_once('@') {
            Some((name, version)) => (name, Some(version)),
            None => (text, None),
        };
        let name = name.parse().map_err(|_| SoughtError)?;
        match version {
            None => Ok(Self::Package(name)),
            Some(version) => {
                let version = parse_version(version).map_err(|_| SoughtError)?;
                Ok(Self::Release(name, version))
            }
        }
    }
}

impl fmt::Display for Sought {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Package(name) => write!(f, "{name}"),
            Self::Release(name, version) => write!(f, "{name}@{version}"),
            Self::Bytes(checksum) => write!(f, "{checksum}"),
        }
    }
}

/// What has been published under a name; `None` where nothing is known, as of what no registry
/// would publish.
pub(super) fn releases(name: &PackageName, facts: &dyn Facts) -> Option<Arc<[PublishedRelease]>> {
    facts.releases(&name.as_str().parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_a_release_and_a_digest_are_told_apart() {
        let digest = Checksum::of(b"x").to_string();
        for text in ["serde", "serde@1.0.0", &digest] {
            assert_eq!(text.parse::<Sought>().unwrap().to_string(), text);
        }
        for other in [format!("sha256:{digest}"), digest.to_uppercase()] {
            assert_eq!(other.parse::<Sought>().unwrap().to_string(), digest);
        }
        for bad in ["", "@1.0.0", "serde@", "serde@1", "a b", "<script>"] {
            assert_eq!(bad.parse::<Sought>(), Err(SoughtError), "{bad:?}");
        }
    }
}

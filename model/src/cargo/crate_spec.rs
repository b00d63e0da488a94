use std::fmt;
use std::str::FromStr;

use semver::Version;

use super::{CrateName, CrateNameError, VersionError, parse_version};

/// A crate, or one version of it: `NAME[@VERSION]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrateSpec {
    /// The crate.
    pub name: CrateName,
    /// The version; every one when absent.
    pub version: Option<Version>,
}

/// Why a text names no crate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CrateSpecError {
    /// What stands before the `@`.
    #[error(transparent)]
    Name(#[from] CrateNameError),
    /// What stands behind it.
    #[error(transparent)]
    Version(#[from] VersionError),
}

impl FromStr for CrateSpec {
    type Err = CrateSpecError;

    fn from_str(text: &str) -> Result<Self, CrateSpecError> {
        let (name, version) = match text.split_once('@') {
            Some((name, version)) => (name, Some(parse_version(version)?)),
            None => (text, None),
        };
        Ok(Self { name: name.parse()?, version })
    }
}

impl fmt::Display for CrateSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            Some(version) => write!(f, "{}@{version}", self.name),
            None => write!(f, "{}", self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_with_and_without_its_version() {
        for good in ["serde", "serde_json@1.0.0", "a@1.0.7-rc.1+x"] {
            assert_eq!(good.parse::<CrateSpec>().unwrap().to_string(), good);
        }
        for bad in ["", "@1.0.0", "serde@", "serde@1", "serde@^1.0.0", "serde@1.0.0@2.0.0", "a b"] {
            assert!(bad.parse::<CrateSpec>().is_err(), "{bad:?}");
        }
    }
}

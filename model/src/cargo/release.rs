use std::fmt;

use semver::{Version, VersionReq};

use super::CrateName;

/// One version of one crate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Release {
    /// The crate.
    pub name: CrateName,
    /// Its version, build metadata included.
    pub version: Version,
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.version)
    }
}

/// Why a text is no version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a semantic version such as 1.2.3, at most 128 characters long")]
pub struct VersionError;

/// Reads a version in its one canonical spelling; `01.0.0`, ` 1.0.0` and over-long ones are refused.
///
/// # Errors
/// When the text is no such version.
pub fn parse_version(text: &str) -> Result<Version, VersionError> {
    // Longer than any published version; keeps a hostile path from becoming a large key.
    const LONGEST: usize = 128;
    if text.len() > LONGEST {
        return Err(VersionError);
    }
    Version::parse(text).map_err(|_| VersionError)
}

/// Reads which versions somebody means who names one or a requirement. A version alone means that one:
/// who writes 1.1.0 beside a crate to let through does not mean 1.9, as a manifest would.
///
/// # Errors
/// When the text is neither.
pub fn parse_versions(text: &str) -> Result<VersionReq, semver::Error> {
    let is_exact = text.starts_with(|c: char| c.is_ascii_digit());
    if is_exact { VersionReq::parse(&format!("={text}")) } else { VersionReq::parse(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_alone_means_that_one() {
        for (text, yes, no) in [("1.1.0", "1.1.0", "1.1.1"), ("^1.1", "1.9.0", "2.0.0")] {
            let versions = parse_versions(text).unwrap();
            assert!(versions.matches(&Version::parse(yes).unwrap()), "{text}");
            assert!(!versions.matches(&Version::parse(no).unwrap()), "{text}");
        }
        assert!(parse_versions("newest").is_err());
    }

    #[test]
    fn bad_input_4_versions_that_are_none() {
        let long = format!("1.0.0-{}", "a".repeat(200));
        for bad in ["", "1", "1.0", "01.0.0", "1.0.0%00", "1.0.0/../2", " 1.0.0", "1.0.0\0", &long]
        {
            assert_eq!(parse_version(bad), Err(VersionError), "{bad:?}");
        }
        for good in ["1.0.0", "0.1.0-alpha.1", "1.0.7+x"] {
            assert_eq!(parse_version(good).unwrap().to_string(), good);
        }
    }
}

use semver::VersionReq;
use serde::Deserialize;

use super::Advisory;
use crate::Day;

/// Why a text is no advisory.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdvisoryError {
    /// Larger than [`Advisory::LARGEST`].
    #[error("an advisory has at most {} bytes", Advisory::LARGEST)]
    TooLarge,
    /// It does not begin with a fenced block of TOML.
    #[error("an advisory begins with ```toml, and that block has an end")]
    NoFrontMatter,
    /// The block is not what it has to be.
    #[error("line {line}: {what}")]
    Toml {
        /// The line of the file.
        line: usize,
        /// What is wrong.
        what: String,
    },
}

/// The parts that decide. Others come and go with the format, and are passed over.
#[derive(Deserialize)]
struct FrontMatter {
    advisory: Head,
    versions: Versions,
}

#[derive(Deserialize)]
struct Head {
    id: String,
    package: String,
    date: String,
    informational: Option<String>,
    withdrawn: Option<toml::Value>,
    #[serde(default)]
    aliases: Vec<String>,
    /// Old advisories have it here, and no heading.
    title: Option<String>,
}

#[derive(Deserialize)]
struct Versions {
    patched: Vec<VersionReq>,
    #[serde(default)]
    unaffected: Vec<VersionReq>,
}

impl Advisory {
    /// The largest file, in bytes.
    pub const LARGEST: usize = 256 << 10;

    /// Reads a file of the RustSec database: TOML in a fenced block, then Markdown.
    ///
    /// Read here, because the `rustsec` crate brings an index client, a lock reader and a resolver
    /// of its own for these ten lines of TOML.
    ///
    /// # Errors
    /// When it is too large or no advisory. A missing `patched` is an error, not "none": whoever
    /// cannot tell what is mended cannot tell what is not.
    pub fn parse(text: &str) -> Result<Self, AdvisoryError> {
        if text.len() > Self::LARGEST {
            return Err(AdvisoryError::TooLarge);
        }
        let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
        let block = text.strip_prefix("```toml\n").ok_or(AdvisoryError::NoFrontMatter)?;
        let (block, rest) = block.split_once("\n```").ok_or(AdvisoryError::NoFrontMatter)?;
        let FrontMatter { advisory, versions } = toml::from_str(block).map_err(|error| {
            let before = error.span().and_then(|span| block.get(..span.start)).unwrap_or_default();
            // The fence is the first line.
            AdvisoryError::Toml {
                line: before.matches('\n').count() + 2,
                what: error.message().to_owned(),
            }
        })?;
        let date: Day = advisory.date.parse().map_err(|_| AdvisoryError::Toml {
            line: 1,
            what: format!("`{}` is no date", advisory.date),
        })?;
        let heading = rest.lines().find_map(|line| line.strip_prefix("# "));
        let title = heading.or(advisory.title.as_deref()).unwrap_or_default().trim();
        Ok(Self {
            id: advisory.id.into(),
            package: advisory.package.into(),
            date,
            patched: versions.patched,
            unaffected: versions.unaffected,
            informational: advisory.informational.is_some(),
            withdrawn: advisory.withdrawn.is_some(),
            aliases: advisory.aliases.into_iter().map(Into::into).collect(),
            title: title.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "```toml\n[advisory]\nid = \"RUSTSEC-2026-0001\"\npackage = \"foo\"\n\
                        date = \"2026-01-02\"\naliases = [\"CVE-2026-1\"]\ncvss = \"later\"\n\n\
                        [versions]\npatched = []\n```\n\n# It leaks\n\nMore.\n";

    #[test]
    fn an_advisory_is_read() {
        let read = Advisory::parse(TEXT).unwrap();
        assert_eq!(
            (&*read.id, &*read.package, &*read.title),
            ("RUSTSEC-2026-0001", "foo", "It leaks")
        );
        assert_eq!(read.date.to_string(), "2026-01-02");
        assert!(!read.informational && !read.withdrawn);
        let windows = TEXT.replace('\n', "\r\n");
        assert_eq!(Advisory::parse(&windows).unwrap(), read);
        let notice = TEXT.replace("cvss", "informational");
        assert!(Advisory::parse(&notice).unwrap().informational);
        let withdrawn = TEXT.replace("cvss", "withdrawn");
        assert!(!Advisory::parse(&withdrawn).unwrap().affects(&semver::Version::new(1, 0, 0)));
    }

    #[test]
    fn what_is_no_advisory_says_where() {
        let parse = |text: &str| Advisory::parse(text).unwrap_err();
        assert_eq!(parse(""), AdvisoryError::NoFrontMatter);
        assert_eq!(parse("```toml\n[advisory]\n"), AdvisoryError::NoFrontMatter);
        let AdvisoryError::Toml { line, what } =
            parse(&TEXT.replace("patched = []", "patched = 1"))
        else {
            panic!("`patched` is a list");
        };
        assert_eq!(line, 10, "{what}");
        assert!(matches!(parse(&TEXT.replace("patched = []", "")), AdvisoryError::Toml { .. }));
        assert!(matches!(parse(&TEXT.replace("2026-01-02", "soon")), AdvisoryError::Toml { .. }));
        let large = TEXT.to_owned() + &"x".repeat(Advisory::LARGEST);
        assert_eq!(parse(&large), AdvisoryError::TooLarge);
    }
}

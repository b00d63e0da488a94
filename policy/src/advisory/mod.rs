//! Advisories of the RustSec database, as data.

mod parse;

use std::collections::{BTreeMap, HashMap};

use depaudit_model::Checksum;
use semver::{Version, VersionReq};

pub use parse::AdvisoryError;

use crate::Day;
use crate::door::AdvisoryHit;

/// One advisory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advisory {
    /// Its identifier.
    pub id: Box<str>,
    /// The crate that it is about.
    pub package: Box<str>,
    /// The day of its publication.
    pub date: Day,
    /// The releases that mend it; none while there is none.
    pub patched: Vec<VersionReq>,
    /// The releases that never had it.
    pub unaffected: Vec<VersionReq>,
    /// Whether it only informs: unmaintained, unsound, a notice.
    pub informational: bool,
    /// Whether it was taken back. It stays in the database, and is about nothing any more.
    pub withdrawn: bool,
    /// Its other names: CVE numbers.
    pub aliases: Vec<Box<str>>,
    /// The first heading of its text.
    pub title: Box<str>,
}

impl Advisory {
    /// Whether a release has what the advisory is about: neither mended nor never affected.
    ///
    /// A pre-release counts as mended only where a requirement names it: what leads to a mended
    /// release may still lack the mending.
    #[must_use]
    pub fn affects(&self, version: &Version) -> bool {
        let cleared = |wanted: &VersionReq| wanted.matches(version);
        !self.withdrawn && !self.patched.iter().chain(&self.unaffected).any(cleared)
    }

    /// Whether a release mends it, as one of its requirements says: not merely one that never had it.
    #[must_use]
    pub fn mends(&self, version: &Version) -> bool {
        !self.withdrawn && self.patched.iter().any(|wanted| wanted.matches(version))
    }
}

/// A database of advisories in memory.
#[derive(Debug, Clone, Default)]
pub struct Advisories {
    by_package: HashMap<Box<str>, Vec<Advisory>>,
    digest: Option<Checksum>,
}

impl Advisories {
    /// Takes advisories, whatever their order. Of two with one identifier the last stays.
    #[must_use]
    pub fn new(advisories: impl IntoIterator<Item = Advisory>) -> Self {
        let unique: BTreeMap<_, _> = advisories.into_iter().map(|it| (it.id.clone(), it)).collect();
        let mut text = String::new();
        let mut by_package: HashMap<Box<str>, Vec<Advisory>> = HashMap::new();
        for advisory in unique.into_values() {
            text.push_str(&format!("{advisory:?}\n"));
            by_package.entry(advisory.package.clone()).or_default().push(advisory);
        }
        Self { by_package, digest: Some(Checksum::of(text.as_bytes())) }
    }

    /// What there is about a release, in the order of identifiers.
    #[must_use]
    pub fn about(&self, name: &str, version: &Version) -> Vec<AdvisoryHit> {
        let hits = self.of_crate(name).iter().filter(|advisory| advisory.affects(version));
        hits.map(|advisory| AdvisoryHit {
            id: advisory.id.clone(),
            patched: advisory.patched.clone(),
            informational: advisory.informational,
        })
        .collect()
    }

    /// All about a crate, whatever its version, in the order of identifiers.
    #[must_use]
    pub fn of_crate(&self, name: &str) -> &[Advisory] {
        self.by_package.get(name).map_or(&[], Vec::as_slice)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_package.values().map(Vec::len).sum()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_package.is_empty()
    }

    /// Changes when any advisory does: part of what a decision depends on.
    #[must_use]
    pub const fn digest(&self) -> Option<Checksum> {
        self.digest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advisory(id: &str, patched: &str) -> Advisory {
        let text = format!(
            "```toml\n[advisory]\nid = \"{id}\"\npackage = \"foo\"\ndate = \"2026-01-02\"\n\
             [versions]\npatched = [{patched}]\nunaffected = [\"<0.3\"]\n```\n# A title\n"
        );
        Advisory::parse(&text).unwrap()
    }

    #[test]
    fn what_is_neither_mended_nor_older_is_affected() {
        let advisory = advisory("RUSTSEC-2026-0001", "\">=1.2.1\", \"^0.9.4\"");
        for (version, affected) in [
            ("1.2.0", true),
            ("1.2.1", false),
            ("0.9.4", false),
            ("0.9.3", true),
            ("0.2.0", false),
            ("1.3.0-rc.1", true),
        ] {
            assert_eq!(advisory.affects(&version.parse().unwrap()), affected, "{version}");
        }
    }

    #[test]
    fn a_database_answers_by_crate_and_version() {
        let with = |id: &str, patched: &str| Advisories::new([advisory(id, patched)]);
        let one = with("RUSTSEC-2026-0001", "\">=2\"");
        assert_eq!(one.about("foo", &Version::new(1, 0, 0)).len(), 1);
        assert!(one.about("foo", &Version::new(2, 0, 0)).is_empty());
        assert!(one.about("bar", &Version::new(1, 0, 0)).is_empty());
        assert_ne!(one.digest(), with("RUSTSEC-2026-0001", "\">=3\"").digest());
        assert_eq!(one.digest(), with("RUSTSEC-2026-0001", "\">=2\"").digest());
    }
}

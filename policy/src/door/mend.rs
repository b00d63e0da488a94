//! Releases that may be young because they mend what the team's newest release suffers from.

use semver::Version;

use super::Door;
use crate::Advisories;

impl Door {
    /// Whether a release that mends an advisory may pass before it is old enough.
    #[must_use]
    pub const fn lets_fixes_be_young(&self) -> bool {
        self.young_fixes
    }

    /// The advisories that `version` mends, as their own requirements say, and that `before` has: the
    /// newest older release that the team may have. In the order of identifiers.
    ///
    /// Looking at `before` alone keeps an old advisory from opening the door to whatever is published
    /// later: once a mended release is old enough, the next one waits like any other.
    #[must_use]
    pub fn mends(
        &self,
        advisories: &Advisories,
        name: &str,
        version: &Version,
        before: &Version,
    ) -> Vec<Box<str>> {
        if !self.young_fixes || before >= version {
            return Vec::new();
        }
        let counted =
            advisories.of_crate(name).iter().filter(|it| self.informational || !it.informational);
        let mended = counted.filter(|it| it.mends(version) && it.affects(before));
        mended.map(|advisory| advisory.id.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Advisory;
    use crate::testing::parse;

    fn database(more: &str) -> Advisories {
        let text = format!(
            "```toml\n[advisory]\nid = \"RUSTSEC-2026-0001\"\npackage = \"foo\"\n\
             date = \"2026-01-02\"\n{more}[versions]\npatched = [\">=1.2.1\", \"^0.9.4\"]\n\
             unaffected = [\"<0.3\"]\n```\n# It leaks\n"
        );
        Advisories::new([Advisory::parse(&text).unwrap()])
    }

    fn mends(policy: &str, database: &Advisories, version: &str, before: &str) -> bool {
        let file = parse(policy).unwrap();
        let (version, before) = (version.parse().unwrap(), before.parse().unwrap());
        !file.door().mends(database, "foo", &version, &before).is_empty()
    }

    const ALLOWED: &str = "[door]\nyoung-security-fixes = 'allow'\n";

    #[test]
    fn only_a_release_that_mends_what_the_one_before_it_has_is_a_fix() {
        let database = database("");
        for (version, before, fix) in [
            ("1.2.1", "1.2.0", true),
            ("0.9.4", "0.9.3", true),
            ("2.0.0", "1.2.0", true),
            // The one before is mended, or never had it.
            ("1.2.2", "1.2.1", false),
            ("0.9.4", "0.2.0", false),
            ("1.2.1", "0.9.4", false),
            // It mends nothing: it still has it, never had it, or no requirement names it.
            ("1.1.9", "1.1.8", false),
            ("0.2.1", "0.2.0", false),
            ("1.2.1-rc.1", "1.2.0", false),
            // Not older.
            ("1.2.1", "1.2.1", false),
            ("1.2.1", "2.0.0-rc.1", false),
        ] {
            assert_eq!(mends(ALLOWED, &database, version, before), fix, "{version} {before}");
        }
    }

    #[test]
    fn without_the_policy_s_word_and_for_what_does_not_count_nothing_is_a_fix() {
        assert!(!mends("", &database(""), "1.2.1", "1.2.0"));
        assert!(!mends(ALLOWED, &database("withdrawn = \"2026-02-01\"\n"), "1.2.1", "1.2.0"));
        let notice = database("informational = \"notice\"\n");
        assert!(!mends(ALLOWED, &notice, "1.2.1", "1.2.0"));
        let counts = format!("{ALLOWED}informational-advisories = true\n");
        assert!(mends(&counts, &notice, "1.2.1", "1.2.0"));
        let elsewhere = Advisories::default();
        assert!(!mends(ALLOWED, &elsewhere, "1.2.1", "1.2.0"));
    }
}

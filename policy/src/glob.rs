use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize, Serializer};

/// A pattern of package names: a name in which `*` stands for any run of characters, none
/// included.
///
/// Written here because package names need no more than `*`: a pattern language with classes and
/// alternatives would be one more thing to get wrong in a security policy, and two such patterns
/// could not be compared. Matching takes time in proportion to pattern times name, at worst.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct PackageGlob(Box<str>);

/// The text is no pattern of package names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a pattern of packages has 1 to 128 letters, digits, `-`, `_` and `*`")]
pub struct PackageGlobError;

impl PackageGlob {
    /// The pattern as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it matches the whole name. Case counts, as do `-` and `_`: Cargo tells such names
    /// apart.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        stars_match(&self.0, name)
    }

    /// Whether it matches the name in some spelling: registries take `Foo-Bar` and `foo_bar` for one
    /// name when something is published, so what keeps a name out keeps each of its spellings out.
    #[must_use]
    pub fn matches_in_any_spelling(&self, name: &str) -> bool {
        let plain = |text: &str| text.to_ascii_lowercase().replace('-', "_");
        stars_match(&plain(&self.0), &plain(name))
    }

    /// Whether it says more than "any name".
    #[must_use]
    pub fn narrows(&self) -> bool {
        self.0.bytes().any(|byte| byte != b'*')
    }

    /// Whether every name that `other` matches is matched by this one too.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        // A star in `other` is a character that no name has, so only a star here can take it in.
        self.matches(&other.0)
    }

    /// Whether some name is matched by both.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        match (self.0.split_once('*'), other.0.split_once('*')) {
            (None, _) => other.matches(&self.0),
            (_, None) => self.matches(&other.0),
            // What stands between stars can always be had one after the other.
            (Some((head, tail)), Some((other_head, other_tail))) => {
                let end = |tail: &str| tail.rsplit('*').next().unwrap_or_default().to_owned();
                let (tail, other_tail) = (end(tail), end(other_tail));
                (head.starts_with(other_head) || other_head.starts_with(head))
                    && (tail.ends_with(&other_tail) || other_tail.ends_with(&tail))
            }
        }
    }
}

/// Whether `pattern`, in which `*` stands for any run of characters, matches the whole of `text`.
pub(crate) fn stars_match(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return *pattern == *text };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    // The last part has to be at the very end; each one before it is best taken where it first
    // occurs, because that leaves most for the others. So nothing is ever tried twice.
    let (middle, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*') {
        let Some((_, after)) = text.split_once(part) else { return false };
        text = after;
    }
    text.ends_with(tail)
}

impl FromStr for PackageGlob {
    type Err = PackageGlobError;

    fn from_str(text: &str) -> Result<Self, PackageGlobError> {
        // Cargo lets names that are never published have letters of any script.
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '*');
        let good = (1..=128).contains(&text.chars().count()) && text.chars().all(allowed);
        if good { Ok(Self(text.into())) } else { Err(PackageGlobError) }
    }
}

impl TryFrom<String> for PackageGlob {
    type Error = PackageGlobError;

    fn try_from(text: String) -> Result<Self, PackageGlobError> {
        text.parse()
    }
}

impl fmt::Display for PackageGlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for PackageGlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for PackageGlob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glob(text: &str) -> PackageGlob {
        text.parse().unwrap()
    }

    #[test]
    fn a_star_stands_for_any_run_of_characters() {
        for (pattern, name) in [
            ("serde", "serde"),
            ("serde*", "serde"),
            ("serde*", "serde_json"),
            ("*_json", "serde_json"),
            ("s*e*n", "serde_json"),
            ("*", "anything"),
            ("**", "anything"),
            ("a*a", "aa"),
            ("*ab*ab", "abab"),
        ] {
            assert!(glob(pattern).matches(name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("serde", "serde_json"),
            ("serde*", "aserde"),
            ("a*a", "a"),
            ("*ab*ab", "ab"),
            ("a*b*c", "acb"),
            ("Serde", "serde"),
            ("my-lib", "my_lib"),
        ] {
            assert!(!glob(pattern).matches(name), "{pattern} {name}");
        }
    }

    #[test]
    fn a_pattern_made_to_be_slow_is_not() {
        let pattern = glob(&"a*".repeat(64));
        assert!(!pattern.matches(&format!("{}b", "a".repeat(63))));
        assert!(pattern.matches(&"a".repeat(100_000)));
        assert!(!glob(&format!("{}b", "*a".repeat(63))).matches(&"a".repeat(100_000)));
    }

    /// What a pattern means, written down naively.
    fn means(pattern: &[u8], name: &[u8]) -> bool {
        match (pattern.split_first(), name.split_first()) {
            (None, None) => true,
            (Some((b'*', rest)), after) => {
                means(rest, name) || after.is_some_and(|(_, after)| means(pattern, after))
            }
            (Some((p, rest)), Some((n, after))) => p == n && means(rest, after),
            _ => false,
        }
    }

    /// Every text of 1 to `longest` of these letters.
    fn texts(letters: &str, longest: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut from = 0;
        for _ in 0..longest {
            let to = all.len();
            for index in from..to {
                all.extend(
                    letters
                        .chars()
                        .map(|letter| format!("{}{letter}", all[index]))
                        .collect::<Vec<_>>(),
                );
            }
            from = to;
        }
        all.split_off(1)
    }

    #[test]
    fn all_small_patterns_mean_what_they_say() {
        let names = texts("ab", 7);
        let patterns: Vec<_> = texts("ab*", 4).iter().map(|text| glob(text)).collect();
        let mut matched = Vec::new();
        for pattern in &patterns {
            let hits: Vec<bool> = names.iter().map(|name| pattern.matches(name)).collect();
            for (name, hit) in names.iter().zip(&hits) {
                assert_eq!(*hit, means(pattern.0.as_bytes(), name.as_bytes()), "{pattern} {name}");
            }
            matched.push(hits);
        }
        for (one, ones) in patterns.iter().zip(&matched) {
            for (other, others) in patterns.iter().zip(&matched) {
                let both = ones.iter().zip(others).any(|(one, other)| *one && *other);
                assert_eq!(one.overlaps(other), both, "{one} {other}");
                let all = ones.iter().zip(others).all(|(one, other)| *one || !*other);
                // A name of a third letter could tell two patterns apart that these cannot.
                assert!(all || !one.covers(other), "{one} {other}");
            }
        }
    }

    #[test]
    fn patterns_can_be_compared() {
        for (wide, narrow) in [("*", "a*"), ("a*", "a*b"), ("a*", "a"), ("*b", "a*b"), ("a", "a")] {
            assert!(glob(wide).covers(&glob(narrow)), "{wide} {narrow}");
        }
        for (one, other) in [("a*", "*"), ("a*", "b*"), ("a", "a*"), ("a*b", "a*")] {
            assert!(!glob(one).covers(&glob(other)), "{one} {other}");
        }
        for (one, other) in [("a*", "*b"), ("aws*", "aws-*x"), ("a*", "abc"), ("*b*", "*c*")] {
            assert!(glob(one).overlaps(&glob(other)), "{one} {other}");
            assert!(glob(other).overlaps(&glob(one)), "{other} {one}");
        }
        for (one, other) in [("a*", "b*"), ("*a", "*b"), ("a", "b"), ("a*", "ba")] {
            assert!(!glob(one).overlaps(&glob(other)), "{one} {other}");
            assert!(!glob(other).overlaps(&glob(one)), "{other} {one}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for bad in ["", "a b", "a/b", "a?", "[ab]", "a\0", "a\u{202e}", &"a".repeat(129)] {
            assert_eq!(bad.parse::<PackageGlob>(), Err(PackageGlobError), "{bad:?}");
        }
        assert!(!glob("**").narrows());
        assert!(glob("a*").narrows());
    }
}

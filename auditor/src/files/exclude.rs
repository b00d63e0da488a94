use glob::{MatchOptions, Pattern};

use super::RepoPath;

/// Patterns of files and folders that a scan leaves out.
///
/// A pattern is matched against the whole path below the root: `*` stays within one part, `**`
/// crosses parts. What lies in a folder that is left out is left out with it.
#[derive(Debug, Clone, Default)]
pub struct Exclude(Vec<Pattern>);

/// The text is no pattern.
#[derive(Debug, thiserror::Error)]
#[error("`{pattern}` is no pattern: {why}")]
pub struct ExcludeError {
    pattern: String,
    why: &'static str,
}

impl Exclude {
    /// Reads the patterns.
    ///
    /// # Errors
    /// Names the first one that is no pattern.
    pub fn new<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Result<Self, ExcludeError> {
        let parse = |text: &str| {
            let wrong = |error: glob::PatternError| ExcludeError {
                pattern: text.to_owned(),
                why: error.msg,
            };
            Pattern::new(text.trim_end_matches('/')).map_err(wrong)
        };
        patterns.into_iter().map(parse).collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn matches(&self, path: &RepoPath) -> bool {
        const WITHIN_PARTS: MatchOptions = MatchOptions {
            case_sensitive: true,
            require_literal_separator: true,
            require_literal_leading_dot: false,
        };
        self.0.iter().any(|pattern| pattern.matches_with(path.as_str(), WITHIN_PARTS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stays_within_its_part() {
        let exclude = Exclude::new(["*/testdata", "**/fixtures/"]).unwrap();
        let matches = |path: &str| exclude.matches(&RepoPath::root().join(path).unwrap());
        assert!(matches("a/testdata"));
        assert!(!matches("a/b/testdata"));
        assert!(matches("fixtures") && matches("a/b/fixtures"));
        assert!(!matches("a/fixtures2"));
    }

    #[test]
    fn what_is_no_pattern_is_named() {
        let error = Exclude::new(["ok", "a***"]).unwrap_err();
        assert!(error.to_string().contains("`a***`"), "{error}");
    }
}

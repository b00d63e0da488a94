use std::fmt;
use std::str::FromStr;

use super::NoteError;

/// The longest name, in bytes.
const LONGEST: usize = 255;

/// What a log or a key is called: a URL without its scheme, by convention. Without white space,
/// control characters and `+`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogName(Box<str>);

impl LogName {
    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LogName {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let allowed = |c: char| !c.is_whitespace() && !c.is_control() && c != '+';
        if (1..=LONGEST).contains(&text.len()) && text.chars().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(NoteError("a name has 1 to 255 bytes, no white space and no `+`"))
        }
    }
}

impl fmt::Display for LogName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

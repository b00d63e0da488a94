use std::fmt;

/// One departure from the rules of the house.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Path from the top of the tree, with slashes.
    pub(crate) file: String,
    /// Counted from 1.
    pub(crate) line: usize,
    pub(crate) what: String,
    pub(crate) why: String,
    /// What to do about it.
    pub(crate) remedy: String,
    /// A warning is printed and fails nothing.
    pub(crate) warning: bool,
}

impl Problem {
    /// An error.
    pub(crate) fn new(
        file: &str,
        line: usize,
        what: impl Into<String>,
        why: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            file: file.to_owned(),
            line,
            what: what.into(),
            why: why.into(),
            remedy: remedy.into(),
            warning: false,
        }
    }

    /// The same, as a warning.
    pub(crate) fn into_warning(self) -> Self {
        Self { warning: true, ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, what, why, remedy, warning } = self;
        let level = if *warning { "warning: " } else { "" };
        write!(f, "{file}:{line}: {level}{what}; {why}; {remedy}")
    }
}

use std::process::ExitCode;

/// How a command ends: the numbers that scripts and CI jobs rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// It did what it was asked to do, and the answer is a good one.
    Done = 0,
    /// It did, and the answer is a negative one: something was found, or somebody said no.
    Negative = 1,
    /// It could not: wrong usage or configuration, or something failed. Clap ends with the same
    /// number.
    Failed = 2,
    /// `depaudit scan`: something could not be read, and nothing else is wrong.
    Incomplete = 3,
    /// `depaudit scan`: there is nothing to scan.
    NothingFound = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

use depaudit_model::terminal::printable;

use crate::Place;

/// What is wrong with a policy file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct PolicyError {
    place: Place,
    what: String,
}

impl PolicyError {
    /// Quotes of the file are escaped and cut: it may be anything but a policy.
    pub(crate) fn new(place: Place, what: &str) -> Self {
        const LONGEST: usize = 400;
        let mut cut: String = what.chars().take(LONGEST).collect();
        if cut.len() < what.len() {
            cut.push_str(" ...");
        }
        Self { place, what: printable(&cut).to_string() }
    }

    /// Where.
    #[must_use]
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// What, without the place.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }
}

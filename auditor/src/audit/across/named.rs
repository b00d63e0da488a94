use std::fmt;

use super::Across;

/// Names of teams as people read them: `a, b, c and 4 more`.
pub(crate) struct Named<'n> {
    across: &'n Across<'n>,
    teams: &'n [usize],
}

impl<'n> Named<'n> {
    /// So many are named; a message stays one that is read.
    const MOST: usize = 3;

    /// `teams`: their numbers, each once.
    pub(crate) const fn new(across: &'n Across<'n>, teams: &'n [usize]) -> Self {
        Self { across, teams }
    }
}

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One more is as short as `and 1 more`.
        let most = if self.teams.len() == Self::MOST + 1 { Self::MOST + 1 } else { Self::MOST };
        let named = self.teams.iter().take(most).filter_map(|team| self.across.team_name(*team));
        for (nth, name) in named.enumerate() {
            match nth {
                0 => write!(f, "`{name}`")?,
                _ if nth + 1 == self.teams.len() => write!(f, " and `{name}`")?,
                _ => write!(f, ", `{name}`")?,
            }
        }
        match self.teams.len().saturating_sub(most) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

use std::fmt;
use std::str::FromStr;

use depaudit_model::TeamId;
use serde::Serialize;
use utoipa::ToSchema;

use super::StandingOverride;
use crate::report::{OverrideRecord, Place, Report, Repository};

/// Where an override stands, which with its package is what it is known by.
///
/// Written `TEAM REPOSITORY FILE:LINE`: neither a team nor a repository has a space in its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct OverridePlace {
    /// Whose it is.
    #[schema(value_type = String)]
    pub team: TeamId,
    /// The team's repository.
    #[schema(value_type = String)]
    pub repository: Repository,
    /// The file.
    #[schema(value_type = String)]
    pub path: Place,
    /// The line there.
    pub line: u32,
}

/// The text names no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected the place of an override, as in `payments acme/shop Cargo.toml:12`")]
pub struct OverridePlaceError;

impl OverridePlace {
    pub(super) fn of(report: &Report, record: &OverrideRecord) -> Self {
        Self {
            team: report.origin.team.clone(),
            repository: report.origin.repository.clone(),
            path: record.path.clone(),
            line: record.line,
        }
    }

    pub(super) fn is_of(&self, report: &Report, record: &OverrideRecord) -> bool {
        let Self { team, repository, path, line } = self;
        report.origin.team == *team
            && report.origin.repository == *repository
            && record.path == *path
            && record.line == *line
    }
}

impl From<&StandingOverride> for OverridePlace {
    fn from(it: &StandingOverride) -> Self {
        Self {
            team: it.team.clone(),
            repository: it.repository.clone(),
            path: it.path.clone(),
            line: it.line,
        }
    }
}

impl FromStr for OverridePlace {
    type Err = OverridePlaceError;

    fn from_str(text: &str) -> Result<Self, OverridePlaceError> {
        fn read<T: FromStr>(text: &str) -> Result<T, OverridePlaceError> {
            text.parse().map_err(|_| OverridePlaceError)
        }
        let (team, rest) = text.split_once(' ').ok_or(OverridePlaceError)?;
        let (repository, rest) = rest.split_once(' ').ok_or(OverridePlaceError)?;
        let (path, line) = rest.rsplit_once(':').ok_or(OverridePlaceError)?;
        Ok(Self {
            team: read(team)?,
            repository: read(repository)?,
            path: read(path)?,
            line: read(line)?,
        })
    }
}

impl fmt::Display for OverridePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { team, repository, path, line } = self;
        write!(f, "{team} {repository} {path}:{line}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_input_45_a_place_is_read_as_it_is_written_and_nothing_else_is_one() {
        for good in ["payments acme/shop Cargo.toml:12", "a b with space/.cargo/config.toml:1"] {
            assert_eq!(good.parse::<OverridePlace>().unwrap().to_string(), good);
        }
        for bad in
            ["", "a b", "a b c", "a b c:", "a b c:x", "A B/.. c:1", "a b \u{202e}:1", "a b :1"]
        {
            assert_eq!(bad.parse::<OverridePlace>(), Err(OverridePlaceError), "{bad:?}");
        }
    }
}

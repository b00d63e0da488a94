use serde::Serialize;
use utoipa::ToSchema;

use super::SplitCause;
use super::spread::{NameSpread, VersionSpread, versions};
use crate::Portfolio;

/// How the teams differ, in numbers: those of a scan's `cross_team`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Across {
    /// Names that two teams or more lock from somewhere else than a folder.
    pub shared: usize,
    /// Shared names at more than one version, over all teams.
    pub drift: usize,
    /// Shared names on more than one line of compatible versions.
    pub incompatible: usize,
    /// Shared names of which no version is locked by every team that has them.
    pub no_common: usize,
    /// Names that one team takes from git or a folder, and another from the default registry.
    pub split_source: usize,
    /// Numbers about one version of one name.
    pub same_version: SameVersion,
}

/// Pairs of name and version that two teams or more lock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct SameVersion {
    /// All such pairs.
    pub shared: usize,
    /// With more than one checksum from the default registry.
    pub checksum: usize,
    /// With more than one kind of source.
    pub kind: usize,
    /// From git repositories of different URLs.
    pub git_url: usize,
    /// From one git repository at different commits.
    pub git_rev: usize,
    /// From folders of several teams: the same name, probably not the same package.
    pub path_path: usize,
}

/// Compares what the teams' locks hold.
#[must_use]
pub fn across(portfolio: &Portfolio) -> Across {
    let mut across = Across::default();
    for (_, same_name) in portfolio.names() {
        let spread = NameSpread::of(&same_name);
        across.shared += usize::from(spread.is_shared());
        across.drift += usize::from(spread.drifts());
        across.incompatible += usize::from(spread.is_incompatible());
        across.no_common += usize::from(spread.has_no_common());
        across.split_source += usize::from(spread.splits_source());
        for same in versions(&same_name) {
            let spread = VersionSpread::of(same);
            across.same_version.shared += usize::from(spread.is_shared());
            for cause in spread.causes() {
                match cause {
                    SplitCause::Checksum => across.same_version.checksum += 1,
                    SplitCause::Kind => across.same_version.kind += 1,
                    SplitCause::GitUrl => across.same_version.git_url += 1,
                    SplitCause::GitCommit => across.same_version.git_rev += 1,
                    SplitCause::Folders => across.same_version.path_path += 1,
                    // What a lock does not show, a comparison of locks does not count.
                    SplitCause::StandIn => {}
                }
            }
        }
    }
    across
}

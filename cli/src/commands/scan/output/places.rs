use std::collections::BTreeMap;
use std::fmt;
use std::path::{Component, Path, PathBuf};

use depaudit_auditor::report::{ScanReport, TeamName};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but what RFC 3986 calls unreserved, so that no part of a path can pass for a scheme,
/// a query or another part.
const PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The base of the one repository that all teams are in: the name that SARIF's readers know.
const SOURCE_ROOT: &str = "%SRCROOT%";

/// Where the teams' files lie. A scan knows paths below each team's folder; a code host knows paths
/// below the top of the repository, of which a team may have a part.
#[derive(Debug, Clone, Default)]
pub struct Places {
    teams: BTreeMap<TeamName, Home>,
    bases: Vec<Base>,
}

/// A team's folder: in which repository, and where in it.
#[derive(Debug, Clone)]
struct Home {
    base: usize,
    folder: Vec<String>,
}

/// A repository, as reports name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Base {
    pub(super) id: String,
    pub(super) description: String,
    top: PathBuf,
}

impl Places {
    /// Looks for the repository of every team: the nearest folder above it with a `.git`. Without
    /// one it is `current`, the folder in which depaudit runs, or else the team's own folder. Reads
    /// nothing but whether `.git` is there.
    #[must_use]
    pub fn find(report: &ScanReport, current: &Path) -> Self {
        let current = current.canonicalize().unwrap_or_else(|_| current.to_owned());
        let mut places = Self::default();
        for team in &report.teams {
            let root = current.join(&team.folder);
            let root = root.canonicalize().unwrap_or(root);
            let top = root.ancestors().find(|folder| folder.join(".git").exists());
            let top = match top {
                Some(top) => top,
                None if root.starts_with(&current) => &current,
                None => &root,
            };
            let base = places.base(top, &team.team);
            let below = root.strip_prefix(top).unwrap_or(Path::new("")).components();
            let folder = below.filter_map(|part| match part {
                Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
                _ => None,
            });
            places.teams.insert(team.team.clone(), Home { base, folder: folder.collect() });
        }
        if let [only] = &mut *places.bases {
            SOURCE_ROOT.clone_into(&mut only.id);
            "The top of the scanned repository".clone_into(&mut only.description);
        }
        places
    }

    /// A repository is named after the first of its teams: where it lies on this machine is nobody
    /// else's business, and would differ from run to run.
    fn base(&mut self, top: &Path, team: &TeamName) -> usize {
        let known = self.bases.iter().position(|base| base.top == top);
        known.unwrap_or_else(|| {
            let id = team.to_string();
            let description = format!("The top of the repository of {team}");
            self.bases.push(Base { id, description, top: top.to_owned() });
            self.bases.len() - 1
        })
    }

    /// The repositories; never empty when there was a team.
    pub(super) fn bases(&self) -> &[Base] {
        &self.bases
    }

    /// Names a file below a team's folder. An empty path is the folder itself, which no reader can
    /// open: its manifest stands in for it.
    pub(super) fn name<'a>(&'a self, team: Option<&TeamName>, path: &'a str) -> PlaceName<'a> {
        let home = team.and_then(|team| self.teams.get(team));
        let base = self.bases.get(home.map_or(0, |home| home.base));
        let folder = home.map_or(&[][..], |home| &home.folder);
        let path = if path.is_empty() { "Cargo.toml" } else { path };
        PlaceName { base: base.map_or(SOURCE_ROOT, |base| &base.id), folder, path }
    }
}

/// A file in a repository, with `/` between the parts of its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PlaceName<'a> {
    /// The id of its repository.
    pub(super) base: &'a str,
    folder: &'a [String],
    path: &'a str,
}

impl PlaceName<'_> {
    fn parts(&self) -> impl Iterator<Item = &str> {
        self.folder.iter().map(String::as_str).chain(self.path.split('/'))
    }

    /// A relative URI reference, each part percent-encoded.
    pub(super) fn uri(&self) -> String {
        let parts = self.parts().map(|part| utf8_percent_encode(part, PART).to_string());
        parts.collect::<Vec<_>>().join("/")
    }
}

/// The path as it is. It may hold anything that a file name can.
impl fmt::Display for PlaceName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts().enumerate().try_for_each(|(place, part)| {
            f.write_str(if place > 0 { "/" } else { "" })?;
            f.write_str(part)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::testing::{report, team};
    use super::*;

    fn uri(places: &Places, name: &str, path: &str) -> String {
        let name = TeamName::new(name);
        places.name(Some(&name), path).uri()
    }

    #[test]
    fn teams_of_one_repository_get_paths_from_its_top() {
        let top = tempfile::tempdir().unwrap();
        fs::create_dir(top.path().join(".git")).unwrap();
        fs::create_dir_all(top.path().join("services/pay ments")).unwrap();
        let root = |name: &str| top.path().join(name).to_string_lossy().into_owned();
        let report =
            report(vec![team("all", &root(".")), team("payments", &root("services/pay ments"))]);
        let places = Places::find(&report, Path::new("/"));
        assert_eq!(places.bases().len(), 1);
        assert_eq!(places.bases()[0].id, "%SRCROOT%");
        assert_eq!(uri(&places, "all", "a/Cargo.toml"), "a/Cargo.toml");
        assert_eq!(
            uri(&places, "payments", "100%:#?.toml"),
            "services/pay%20ments/100%25%3A%23%3F.toml"
        );
        assert_eq!(uri(&places, "payments", ""), "services/pay%20ments/Cargo.toml");
    }

    #[test]
    fn without_a_repository_the_current_folder_is_the_top() {
        let top = tempfile::tempdir().unwrap();
        fs::create_dir(top.path().join("a")).unwrap();
        let places = Places::find(&report(vec![team("a", "a")]), top.path());
        assert_eq!(uri(&places, "a", "Cargo.lock"), "a/Cargo.lock");
    }

    #[test]
    fn repositories_that_lie_apart_are_told_apart_without_their_paths() {
        let tops = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let teams = ["a", "b"].iter().zip(&tops);
        let teams = teams.map(|(name, top)| team(name, &top.path().to_string_lossy())).collect();
        let elsewhere = tempfile::tempdir().unwrap();
        let places = Places::find(&report(teams), elsewhere.path());
        let ids: Vec<_> = places.bases().iter().map(|base| base.id.as_str()).collect();
        assert_eq!(ids, ["a", "b"]);
        let b = TeamName::new("b");
        let name = places.name(Some(&b), "Cargo.lock");
        assert_eq!((name.base, name.uri().as_str()), ("b", "Cargo.lock"));
    }
}

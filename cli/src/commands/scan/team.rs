use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, ensure};
use depaudit_auditor::TeamRoot;
use depaudit_auditor::report::TeamName;

/// `NAME=DIR`.
#[derive(Debug, Clone)]
pub struct NamedTeam {
    name: TeamName,
    path: PathBuf,
}

/// The text is no `NAME=DIR`.
#[derive(Debug, thiserror::Error)]
#[error("expected a name and a folder, as in payments=../payments")]
pub struct NamedTeamError;

impl NamedTeam {
    /// What the team is called.
    pub const fn name(&self) -> &TeamName {
        &self.name
    }
}

impl FromStr for NamedTeam {
    type Err = NamedTeamError;

    fn from_str(text: &str) -> Result<Self, NamedTeamError> {
        match text.split_once('=') {
            Some((name, path)) if !name.trim().is_empty() && !path.is_empty() => {
                Ok(Self { name: TeamName::new(name.trim()), path: path.into() })
            }
            _ => Err(NamedTeamError),
        }
    }
}

/// The teams of a scan. A folder without a name is called as the file system calls it; where two
/// are called the same, by its whole path.
///
/// # Errors
/// When a folder is not there, or two teams have one name.
pub fn teams(paths: &[PathBuf], named: &[NamedTeam]) -> anyhow::Result<Vec<TeamRoot>> {
    let here = paths.is_empty() && named.is_empty();
    let current = [PathBuf::from(".")];
    let paths = if here { &current } else { paths };
    let (mut names, mut folders) = (BTreeSet::new(), BTreeSet::new());
    let mut teams = Vec::with_capacity(paths.len() + named.len());
    for NamedTeam { name, path } in named {
        ensure!(names.insert(name.clone()), "two teams are called `{name}`");
        teams.push(TeamRoot::new(name.clone(), path));
    }
    for path in paths {
        let whole = path
            .canonicalize()
            .with_context(|| format!("cannot scan the folder {}", path.display()))?;
        let short =
            TeamName::new(&whole.file_name().unwrap_or(whole.as_os_str()).to_string_lossy());
        let name = if names.contains(&short) { full_name(&whole) } else { short };
        ensure!(folders.insert(whole), "the folder {} is given twice", path.display());
        ensure!(names.insert(name.clone()), "two teams are called `{name}`");
        teams.push(TeamRoot::new(name, path));
    }
    Ok(teams)
}

fn full_name(path: &Path) -> TeamName {
    TeamName::new(&path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(teams: &[TeamRoot]) -> Vec<&str> {
        teams.iter().map(|root| root.team.as_str()).collect()
    }

    #[test]
    fn folders_of_one_name_are_told_apart_by_their_paths() {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["a/app", "b/app"].map(|path| folder.path().join(path));
        paths.iter().for_each(|path| std::fs::create_dir_all(path).unwrap());
        let named = vec!["payments=x".parse().unwrap()];
        let found = teams(&paths, &named).unwrap();
        assert_eq!(names(&found)[..2], ["payments", "app"]);
        assert!(names(&found)[2].ends_with("/b/app"), "{found:?}");
        assert!(teams(&[paths[0].clone(), paths[0].clone()], &[]).is_err());
    }

    #[test]
    fn without_anything_the_current_folder_is_scanned() {
        assert_eq!(teams(&[], &[]).unwrap()[0].path, Path::new("."));
        assert!(teams(&[PathBuf::from("/there/is/none")], &[]).is_err());
    }

    #[test]
    fn a_team_has_a_name_and_a_folder() {
        for bad in ["", "a", "=x", "a=", " =x"] {
            assert!(bad.parse::<NamedTeam>().is_err(), "{bad:?}");
        }
        let team: NamedTeam = "a=b=c".parse().unwrap();
        assert_eq!((team.name.as_str(), team.path), ("a", PathBuf::from("b=c")));
    }
}

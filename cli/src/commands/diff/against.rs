use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use depaudit_model::cargo::parse_version;
use semver::Version;
use url::Url;

/// What a release is held against, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Against {
    /// Another release of the same crate.
    Version(Version),
    /// A folder with a package.
    Folder(PathBuf),
    /// The package in a commit of a repository on this machine.
    Commit {
        /// A checkout or a bare repository.
        repository: PathBuf,
        /// What git takes for a commit.
        revision: String,
    },
    /// The package in a commit that Cargo has fetched.
    Fetched {
        /// The repository, as a manifest or lock names it.
        url: Url,
        /// The commit, in full: no shorter name says which bytes are meant.
        commit: String,
    },
}

/// Why a text names nothing to compare with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AgainstError {
    /// It is empty, or a part of it is.
    #[error("expected a folder, a version, or a repository and a commit: `FOLDER#REVISION`")]
    Empty,
    /// A URL without a commit.
    #[error("a repository's address needs the commit, in full, behind it: `{0}#0123…`")]
    NoCommit(String),
    /// What git would take for an option.
    #[error("`{0}` is no revision")]
    Revision(String),
}

impl FromStr for Against {
    type Err = AgainstError;

    /// A folder that is called like a version is named with its place: `./1.0.0`.
    fn from_str(text: &str) -> Result<Self, AgainstError> {
        if text.is_empty() {
            return Err(AgainstError::Empty);
        }
        if let Ok(version) = parse_version(text) {
            return Ok(Self::Version(version));
        }
        if Path::new(text).is_dir() {
            return Ok(Self::Folder(text.into()));
        }
        // As a lock writes it: `git+https://host/name?rev=x#0123…`.
        let plain = text.strip_prefix("git+").unwrap_or(text);
        let url = plain.contains("://").then(|| plain.parse::<Url>().ok()).flatten();
        if let Some(mut url) = url {
            let commit = url.fragment().unwrap_or_default().to_owned();
            url.set_fragment(None);
            url.set_query(None);
            // A password in it is nobody's business.
            let _ = url.set_username("");
            let _ = url.set_password(None);
            if !is_commit(&commit) {
                return Err(AgainstError::NoCommit(url.to_string()));
            }
            return Ok(Self::Fetched { url, commit });
        }
        match plain.rsplit_once('#') {
            None => Ok(Self::Folder(text.into())),
            Some(("", _) | (_, "")) => Err(AgainstError::Empty),
            Some((_, revision)) if revision.starts_with('-') => {
                Err(AgainstError::Revision(revision.to_owned()))
            }
            Some((repository, revision)) => {
                Ok(Self::Commit { repository: repository.into(), revision: revision.to_owned() })
            }
        }
    }
}

fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl fmt::Display for Against {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => write!(f, "{version}"),
            Self::Folder(path) => write!(f, "{}", path.display()),
            Self::Commit { repository, revision } => {
                write!(f, "{}#{revision}", repository.display())
            }
            Self::Fetched { url, commit } => write!(f, "{url}#{commit}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_a_folder_and_two_ways_to_name_a_commit() {
        let read = |text: &str| text.parse::<Against>().unwrap();
        assert_eq!(read("1.2.0-rc.1"), Against::Version("1.2.0-rc.1".parse().unwrap()));
        assert_eq!(read("./1.2.0"), Against::Folder("./1.2.0".into()));
        assert_eq!(read("src"), Against::Folder("src".into()));
        let (repository, revision) = ("../fork".into(), "v1.2.0".to_owned());
        assert_eq!(read("../fork#v1.2.0"), Against::Commit { repository, revision });
        let commit = "0123abcd".repeat(5);
        let locked = read(&format!("git+https://me:secret@git.example/a/b?branch=x#{commit}"));
        assert_eq!(locked.to_string(), format!("https://git.example/a/b#{commit}"));
        assert!(matches!(locked, Against::Fetched { .. }));
    }

    #[test]
    fn a_commit_that_is_none_is_refused() {
        for bad in ["", "fork#", "#main", "fork#--upload-pack=x", "https://git.example/a#main"] {
            assert!(bad.parse::<Against>().is_err(), "{bad}");
        }
        let told = "https://me:secret@git.example/a".parse::<Against>().unwrap_err().to_string();
        assert!(!told.contains("secret"), "{told}");
    }
}

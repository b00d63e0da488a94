use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// A place below a team's root: `/` between its parts, none of them `.` or `..`. The root itself
/// is empty.
///
/// Such a path cannot name anything outside the root, except through a link.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPath(Arc<str>);

/// The path leads out of the scan's root (or is absolute): it is named, and not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the path leads out of the scanned folder")]
pub struct Outside;

impl RepoPath {
    /// The root.
    #[must_use]
    pub fn root() -> Self {
        Self("".into())
    }

    /// The path of something that lies directly in this folder. `name` is one part of a path, as a
    /// directory listing gives it.
    pub(crate) fn child(&self, name: &str) -> Self {
        if self.0.is_empty() { Self(name.into()) } else { Self(format!("{self}/{name}").into()) }
    }

    /// Where `text` leads from this folder, without asking the file system, as Cargo normalises
    /// paths. A backslash parts, too: Windows users write manifests.
    ///
    /// # Errors
    /// When it is absolute, or climbs above the root.
    pub fn join(&self, text: &str) -> Result<Self, Outside> {
        if text.starts_with(['/', '\\']) || text.as_bytes().get(1) == Some(&b':') {
            return Err(Outside);
        }
        let mut parts: Vec<&str> = self.parts().collect();
        for part in text.split(['/', '\\']) {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop().ok_or(Outside)?;
                }
                part => parts.push(part),
            }
        }
        Ok(Self(parts.join("/").into()))
    }

    /// The folder that holds it; `None` for the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        if self.0.is_empty() {
            return None;
        }
        Some(self.0.rsplit_once('/').map_or_else(Self::root, |(parent, _)| Self(parent.into())))
    }

    /// The folder that holds it; the root is its own.
    pub(crate) fn folder(&self) -> Self {
        self.parent().unwrap_or_else(Self::root)
    }

    /// The last part; empty for the root.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit_once('/').map_or(&*self.0, |(_, name)| name)
    }

    /// Its parts, from the root down.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').filter(|part| !part.is_empty())
    }

    /// Whether it is `folder` or lies below it.
    #[must_use]
    pub fn is_within(&self, folder: &Self) -> bool {
        match self.0.strip_prefix(&*folder.0) {
            Some(rest) => folder.0.is_empty() || rest.is_empty() || rest.starts_with('/'),
            None => false,
        }
    }

    /// The path as text; empty for the root.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(if self.0.is_empty() { "." } else { &self.0 })
    }
}

impl fmt::Debug for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Serialize for RepoPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> RepoPath {
        RepoPath::root().join(text).unwrap()
    }

    #[test]
    fn bad_input_43_a_path_never_climbs_above_the_root() {
        assert_eq!(path("a/b").join("../c"), Ok(path("a/c")));
        assert_eq!(path("a/b").join("../.."), Ok(RepoPath::root()));
        assert_eq!(path("a/b").join("../../.."), Err(Outside));
        assert_eq!(path("a").join("/etc"), Err(Outside));
        assert_eq!(path("a").join(r"..\..\x"), Err(Outside));
        assert_eq!(path("a").join(r"C:\x"), Err(Outside));
    }

    #[test]
    fn being_within_goes_by_whole_parts() {
        assert!(path("a/b").is_within(&path("a")));
        assert!(path("a").is_within(&path("a")));
        assert!(path("a").is_within(&RepoPath::root()));
        assert!(!path("ab").is_within(&path("a")));
        assert!(!path("a").is_within(&path("a/b")));
    }

    #[test]
    fn parents_end_at_the_root() {
        assert_eq!(path("a/b").parent(), Some(path("a")));
        assert_eq!(path("a").parent(), Some(RepoPath::root()));
        assert_eq!(RepoPath::root().parent(), None);
        assert_eq!(path("a/Cargo.toml").name(), "Cargo.toml");
    }
}

use std::collections::BTreeMap;
use std::fs::{self, DirEntry};
use std::io;
use std::path::Path;

use super::{Exclude, FileKind, Link, RepoPath, Tree};
use crate::limits::{DEEPEST, MOST_ENTRIES};
use crate::report::{BlindSpot, BlindSpotKind, Gap};

/// Folders that hold no sources: what git keeps for itself, and what Cargo builds.
const SKIPPED: [&str; 2] = [".git", "target"];

/// Looks at every folder below `root` and lists what counts. Links are noted, not entered.
///
/// # Errors
/// When `root` itself is not there, or is no folder.
pub(crate) fn walk(root: &Path, exclude: &Exclude) -> io::Result<Tree> {
    let root = root.canonicalize()?;
    if !root.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    let tree = Tree {
        root,
        files: Vec::new(),
        folders: Vec::new(),
        links: BTreeMap::new(),
        gaps: Vec::new(),
        blind_spots: Vec::new(),
        #[cfg(fuzzing)]
        memory: BTreeMap::new(),
    };
    let mut walk = Walk { tree, exclude, entries: 0 };
    // A list instead of recursion: depth is bounded by DEEPEST, not by the stack.
    let mut pending = vec![(RepoPath::root(), 0)];
    while let Some((folder, depth)) = pending.pop() {
        if depth > DEEPEST {
            walk.gap(&folder, format!("it lies more than {DEEPEST} folders deep"));
            continue;
        }
        walk.folder(&folder, |below| pending.push((below, depth + 1)));
        if walk.entries > MOST_ENTRIES {
            walk.gap(&folder, format!("the scan ends here, after {MOST_ENTRIES} entries"));
            break;
        }
    }
    walk.tree.files.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    walk.tree.folders.sort_unstable();
    Ok(walk.tree)
}

struct Walk<'a> {
    tree: Tree,
    exclude: &'a Exclude,
    entries: usize,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &RepoPath, mut descend: impl FnMut(RepoPath)) {
        let listing = match fs::read_dir(self.tree.on_disk(folder)) {
            Ok(listing) => listing,
            Err(error) => {
                return self.gap(folder, format!("the folder cannot be listed: {}", error.kind()));
            }
        };
        for entry in listing {
            self.entries += 1;
            let entry = entry.and_then(|entry| Ok((entry.file_type()?, entry)));
            let (kind, entry) = match entry {
                Ok(found) => found,
                Err(error) => {
                    let why = format!("the folder cannot be listed to its end: {}", error.kind());
                    self.gap(folder, why);
                    continue;
                }
            };
            let Some(path) = self.path(folder, &entry) else { continue };
            if self.exclude.matches(&path) {
                continue;
            }
            if kind.is_dir() {
                if !SKIPPED.contains(&path.name()) {
                    descend(path);
                }
            } else if kind.is_symlink() {
                self.link(folder, path);
            } else if let Some(file) = FileKind::of(folder, path.name()) {
                if kind.is_file() {
                    self.tree.files.push((path, file));
                } else {
                    self.gap(&path, "it is not a regular file, and was not opened".to_owned());
                }
            }
        }
        self.tree.folders.push(folder.clone());
    }

    /// `None` for a name that is not UTF-8, which no manifest could mention.
    fn path(&mut self, folder: &RepoPath, entry: &DirEntry) -> Option<RepoPath> {
        match entry.file_name().into_string() {
            Ok(name) => Some(folder.child(&name)),
            Err(name) => {
                let shown = folder.child(&name.to_string_lossy());
                let spot = BlindSpot::at(BlindSpotKind::UnreadableName, shown);
                self.tree.blind_spots.push(spot);
                None
            }
        }
    }

    fn link(&mut self, folder: &RepoPath, path: RepoPath) {
        let target = match self.tree.on_disk(&path).canonicalize() {
            Err(_) => Link::Broken,
            Ok(target) => match target.strip_prefix(&self.tree.root) {
                Err(_) => Link::Outside,
                Ok(rest) => rest
                    .to_str()
                    .and_then(|rest| RepoPath::root().join(rest).ok())
                    .map_or(Link::Outside, Link::Inside),
            },
        };
        // A link out of the root is worth a line where it hides a file or folder that may count.
        let counts = FileKind::of(folder, path.name()).is_some();
        match target {
            Link::Outside => {
                let spot = BlindSpot::at(BlindSpotKind::LinkOutside, path.clone());
                self.tree.blind_spots.push(spot);
            }
            Link::Broken if counts => self.gap(&path, "the link leads nowhere".to_owned()),
            Link::Broken | Link::Inside(_) => {}
        }
        self.tree.links.insert(path, target);
    }

    fn gap(&mut self, path: &RepoPath, message: String) {
        self.tree.gaps.push(Gap { path: path.clone(), span: None, message });
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;

    fn paths(tree: &Tree) -> Vec<&str> {
        tree.files.iter().map(|(path, _)| path.as_str()).collect()
    }

    fn write(root: &Path, path: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }

    #[test]
    fn what_cargo_builds_and_git_keeps_is_left_out() {
        let root = tempfile::tempdir().unwrap();
        for path in ["Cargo.toml", "a/Cargo.lock", "a/.cargo/config", "target/x/Cargo.toml"] {
            write(root.path(), path);
        }
        write(root.path(), ".git/Cargo.toml");
        write(root.path(), "a/config.toml");
        let tree = walk(root.path(), &Exclude::default()).unwrap();
        assert_eq!(paths(&tree), ["Cargo.toml", "a/.cargo/config", "a/Cargo.lock"]);
        let tree = walk(root.path(), &Exclude::new(["a/.cargo"]).unwrap()).unwrap();
        assert_eq!(paths(&tree), ["Cargo.toml", "a/Cargo.lock"]);
    }

    #[test]
    fn bad_input_42_links_and_sockets_are_named_and_never_opened() {
        let outside = tempfile::tempdir().unwrap();
        write(outside.path(), "Cargo.toml");
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "real/Cargo.toml");
        symlink(root.path().join("real"), root.path().join("inside")).unwrap();
        symlink(outside.path(), root.path().join("outside")).unwrap();
        symlink("loop", root.path().join("loop")).unwrap();
        symlink(root.path(), root.path().join("real/up")).unwrap();
        fs::create_dir(root.path().join("b")).unwrap();
        let _socket = UnixListener::bind(root.path().join("b/Cargo.toml")).unwrap();

        let tree = walk(root.path(), &Exclude::default()).unwrap();

        assert_eq!(paths(&tree), ["real/Cargo.toml"]);
        let place = |path: &str| RepoPath::root().join(path).unwrap();
        assert_eq!(tree.real(&place("inside/Cargo.toml")), Some(place("real/Cargo.toml")));
        assert_eq!(tree.real(&place("real/up/inside/up/real")), Some(place("real")));
        assert_eq!(tree.real(&place("outside/Cargo.toml")), None);
        assert_eq!(tree.real(&place("loop/x")), None);
        assert_eq!(tree.gaps.len(), 1, "{:?}", tree.gaps);
        assert_eq!(tree.gaps[0].path, place("b/Cargo.toml"));
        assert_eq!(tree.blind_spots.len(), 1, "{:?}", tree.blind_spots);
        assert_eq!(tree.blind_spots[0].path, Some(place("outside")));
    }
}

use std::collections::BTreeMap;

use glob::Pattern;

use crate::files::{Link, RepoPath, Tree};
use crate::limits::MOST_MEMBERS;

/// Expands the patterns of `members` over the folders that a walk found, part by part, as the
/// `glob` crate does it for Cargo.
pub(super) struct Folders<'t> {
    tree: &'t Tree,
    /// The names in each folder. Links to folders inside the root are among them: Cargo's patterns
    /// match them.
    below: BTreeMap<RepoPath, Vec<&'t str>>,
}

/// The pattern names more folders than `limits.rs` allows.
#[derive(Debug)]
pub(super) struct TooMany;

impl<'t> Folders<'t> {
    pub(super) fn new(tree: &'t Tree) -> Self {
        let mut below = BTreeMap::<RepoPath, Vec<&str>>::new();
        let inside = tree.links.iter().filter(|(_, link)| matches!(link, Link::Inside(_)));
        for path in tree.folders.iter().chain(inside.map(|(path, _)| path)) {
            if let Some(parent) = path.parent() {
                below.entry(parent).or_default().push(path.name());
            }
        }
        Self { tree, below }
    }

    /// The folders that `pattern` names from `base`; none when it names nothing that exists, or
    /// leads out of the root.
    pub(super) fn expand(&self, base: &RepoPath, pattern: &str) -> Result<Vec<RepoPath>, TooMany> {
        let mut found = vec![base.clone()];
        for part in pattern.split(['/', '\\']).filter(|part| !matches!(*part, "" | ".")) {
            found = self.step(&found, part);
            if found.len() > MOST_MEMBERS {
                return Err(TooMany);
            }
        }
        found.retain(|folder| self.tree.has_folder(folder));
        Ok(found)
    }

    fn step(&self, from: &[RepoPath], part: &str) -> Vec<RepoPath> {
        if part == ".." {
            return from.iter().filter_map(RepoPath::parent).collect();
        }
        if part == "**" {
            return from.iter().flat_map(|folder| self.all_below(folder)).collect();
        }
        if !part.contains(['*', '?', '[']) {
            return from.iter().map(|folder| folder.child(part)).collect();
        }
        let Ok(pattern) = Pattern::new(part) else { return Vec::new() };
        let children = |folder: &RepoPath| -> Vec<RepoPath> {
            let real = self.tree.real(folder);
            let names = real.and_then(|real| self.below.get(&real)).into_iter().flatten();
            names.filter(|name| pattern.matches(name)).map(|name| folder.child(name)).collect()
        };
        from.iter().flat_map(children).collect()
    }

    /// The folder and everything below it; links are not entered.
    fn all_below(&self, folder: &RepoPath) -> Vec<RepoPath> {
        self.tree.folders_below(folder).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::files::{Exclude, walk};

    #[test]
    fn patterns_match_folders_part_by_part() {
        let root = tempfile::tempdir().unwrap();
        for folder in ["crates/a", "crates/b/deep", "crates/.hidden", "tools"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        fs::write(root.path().join("crates/file"), "").unwrap();
        symlink(root.path().join("tools"), root.path().join("crates/linked")).unwrap();
        let tree = walk(root.path(), &Exclude::default()).unwrap();
        let folders = Folders::new(&tree);
        let expand = |base: &str, pattern: &str| -> Vec<String> {
            let base = RepoPath::root().join(base).unwrap();
            let mut found = folders.expand(&base, pattern).unwrap();
            found.sort_unstable();
            found.iter().map(ToString::to_string).collect()
        };
        let all = ["crates/.hidden", "crates/a", "crates/b", "crates/linked"];
        assert_eq!(expand("", "crates/*"), all);
        assert_eq!(expand("", "./crates/[ab]/"), ["crates/a", "crates/b"]);
        assert_eq!(expand("", "crates/b/**"), ["crates/b", "crates/b/deep"]);
        assert_eq!(expand("crates", "../to?ls"), ["tools"]);
        assert_eq!(expand("", "nothing"), [""; 0]);
        assert_eq!(expand("", "../*"), [""; 0]);
    }
}

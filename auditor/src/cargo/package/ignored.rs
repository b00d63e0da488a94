use std::path::Path;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::files::{RepoPath, read_text};

/// The largest `.gitignore` that is heeded, in bytes. A larger one hides nothing.
const LARGEST: u64 = 64 << 10;

/// The `.gitignore` files of a repository, as far as they were read. What the user or the clone
/// excludes for itself is not looked at: it is not part of the repository.
#[derive(Debug, Default)]
pub(super) struct Ignored(Vec<(RepoPath, Gitignore)>);

impl Ignored {
    /// Reads the file in `folder`, if there is one that can be read.
    pub(super) fn read(&mut self, root: &Path, folder: &RepoPath) {
        let path = root.join(folder.child(".gitignore").as_str());
        let Ok(text) = read_text(&path, LARGEST) else { return };
        let mut builder = GitignoreBuilder::new("");
        for line in text.lines() {
            // A line that is no pattern hides nothing, as in git.
            let _ = builder.add_line(None, line);
        }
        if let Ok(patterns) = builder.build() {
            self.0.push((folder.clone(), patterns));
        }
    }

    /// Whether git would not know of it. The file that lies nearest to it decides.
    pub(super) fn hides(&self, path: &RepoPath, is_folder: bool) -> bool {
        let near_to_far = self.0.iter().rev().filter(|(folder, _)| path.is_within(folder));
        let mut said = near_to_far.filter_map(|(folder, patterns)| {
            let below = path.as_str().get(folder.as_str().len()..)?.trim_start_matches('/');
            match patterns.matched(below, is_folder) {
                Match::None => None,
                Match::Ignore(_) => Some(true),
                Match::Whitelist(_) => Some(false),
            }
        });
        said.next().unwrap_or(false)
    }
}

//! Trees whose texts lie in memory: a fuzzer reads thousands of them a second.

use std::collections::BTreeSet;
use std::path::Path;

use super::{FileKind, RepoPath, Tree};

impl Tree {
    /// A tree of these texts. `root` is where everything else is looked for; it need not be there.
    pub(crate) fn in_memory(root: &Path, texts: &[(RepoPath, &str)]) -> Self {
        let mut files = Vec::new();
        let mut folders = BTreeSet::from([RepoPath::root()]);
        for (path, _) in texts {
            files.extend(FileKind::of(&path.folder(), path.name()).map(|it| (path.clone(), it)));
            folders.extend(std::iter::successors(path.parent(), RepoPath::parent));
        }
        files.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        Self {
            root: root.to_owned(),
            files,
            folders: folders.into_iter().collect(),
            links: Default::default(),
            gaps: Vec::new(),
            blind_spots: Vec::new(),
            memory: texts.iter().map(|(path, text)| (path.clone(), (*text).into())).collect(),
        }
    }
}

use std::cell::LazyCell;
use std::collections::BTreeSet;

use crate::cargo::manifest::{Dependency, Manifest, WorkspaceTable};
use crate::files::RepoPath;
use crate::report::{BlindSpot, BlindSpotKind, Gap, Location, Span};

use super::find_root::is_excluded;
use super::manifests::manifest_in;
use super::pattern::Folders;
use super::{Lookup, Manifests, RootOf, find_root};

/// The members of one workspace, and what was missing on the way to them.
#[derive(Debug, Default)]
pub(super) struct Members {
    /// Their manifests, the root's own among them.
    pub(super) manifests: BTreeSet<RepoPath>,
    pub(super) gaps: Vec<Gap>,
    pub(super) blind_spots: Vec<BlindSpot>,
}

/// Finds the members of the workspace at `root`: what `members` names, and from there every path
/// dependency that lies under the root or says it belongs to it.
pub(super) fn members(
    manifests: &Manifests<'_>,
    folders: &Folders<'_>,
    root: &Manifest,
    table: &WorkspaceTable,
) -> Members {
    let mut search = Search { manifests, root, table, found: Members::default(), open: Vec::new() };
    search.open.push(Candidate::listed(root.path.clone(), Span::START));
    for (member, span) in &table.members {
        search.expand(folders, member, *span);
    }
    while let Some(candidate) = search.open.pop() {
        search.visit(candidate);
    }
    search.found
}

/// A manifest that may be a member's.
struct Candidate {
    manifest: RepoPath,
    /// Through a path dependency, which makes a member only of what belongs to the root.
    is_dependency: bool,
    /// What names it.
    named_in: RepoPath,
    named_at: Span,
}

impl Candidate {
    fn listed(manifest: RepoPath, named_at: Span) -> Self {
        let named_in = RepoPath::root();
        Self { manifest, is_dependency: false, named_in, named_at }
    }
}

struct Search<'a> {
    manifests: &'a Manifests<'a>,
    root: &'a Manifest,
    table: &'a WorkspaceTable,
    found: Members,
    open: Vec<Candidate>,
}

impl<'a> Search<'a> {
    fn expand(&mut self, folders: &Folders<'_>, member: &str, span: Span) {
        let folder = self.root.folder();
        if folder.join(member).is_err() {
            self.outside(&self.root.path.clone(), span, member);
            return;
        }
        match folders.expand(&folder, member) {
            Err(_) => self.gap(
                &self.root.path.clone(),
                span,
                format!("`{member}` names too many folders"),
            ),
            Ok(named) if named.is_empty() => self.missing(member, &folder, span),
            Ok(named) => {
                let listed = |folder: &RepoPath| Candidate {
                    named_in: self.root.path.clone(),
                    ..Candidate::listed(manifest_in(folder), span)
                };
                let listed: Vec<_> = named.iter().map(listed).collect();
                self.open.extend(listed);
            }
        }
    }

    fn visit(&mut self, candidate: Candidate) {
        let Candidate { manifest: path, is_dependency, named_in, named_at } = candidate;
        if self.found.manifests.contains(&path) {
            return;
        }
        let below_root = path.folder().is_within(&self.root.folder());
        let found = self.manifests.at(&path);
        if is_dependency && !below_root {
            let is_ours = find_root(self.manifests, &path) == RootOf::At(self.root.path.clone());
            if matches!(found, Lookup::Missing) || !is_ours {
                return;
            }
        }
        if is_excluded(self.table, &self.root.folder(), &path) {
            return;
        }
        if let Lookup::Missing = found {
            let folder = path.folder();
            if !self.manifests.tree.lies_on_disk(&path) {
                let message = format!("the member `{folder}` has no Cargo.toml");
                self.gap(&named_in, named_at, message);
            }
            return;
        }
        self.found.manifests.insert(path.clone());
        if let Lookup::Read(manifest) = found
            && manifest.package.is_some()
        {
            self.follow_paths(manifest, &path);
        }
    }

    fn follow_paths(&mut self, manifest: &'a Manifest, path: &RepoPath) {
        let manifests = self.manifests;
        // Asked for once: a member of a large workspace inherits dozens of entries.
        let root = LazyCell::new(|| find_root(manifests, path));
        for dependency in manifest.own_dependencies() {
            let entry = written_at(manifests, path, &root, dependency);
            let Some((named_in, entry)) = entry else { continue };
            let Some(text) = &entry.spec.path else { continue };
            match named_in.folder().join(text) {
                Err(_) => self.outside(&named_in, entry.span, text),
                Ok(folder) => self.open.push(Candidate {
                    manifest: manifest_in(&folder),
                    is_dependency: true,
                    named_at: entry.span,
                    named_in,
                }),
            }
        }
    }

    fn missing(&mut self, member: &str, folder: &RepoPath, span: Span) {
        // A folder that the scan was told to leave out is not missing.
        let left_out =
            folder.join(member).is_ok_and(|path| self.manifests.tree.lies_on_disk(&path));
        if !left_out {
            let message = format!("no folder matches the member `{member}`");
            self.gap(&self.root.path.clone(), span, message);
        }
    }

    fn outside(&mut self, named_in: &RepoPath, span: Span, text: &str) {
        let location = Location::new(named_in, span);
        let spot = BlindSpot::named(BlindSpotKind::PathOutside, text, &location);
        self.found.blind_spots.push(spot);
    }

    fn gap(&mut self, path: &RepoPath, span: Span, message: String) {
        self.found.gaps.push(Gap { path: path.clone(), span: Some(span), message });
    }
}

/// The entry that a dependency stands for, and the file it stands in: its own, or for an
/// inherited one that of the root, which is looked for only then.
fn written_at<'d, F: FnOnce() -> RootOf>(
    manifests: &'d Manifests<'_>,
    path: &RepoPath,
    root: &LazyCell<RootOf, F>,
    dependency: &'d Dependency,
) -> Option<(RepoPath, &'d Dependency)> {
    if dependency.spec.path.is_some() {
        return Some((path.clone(), dependency));
    }
    if !dependency.spec.inherited {
        return None;
    }
    let RootOf::At(root) = &**root else { return None };
    let entry = manifests.get(root)?.workspace_dependency(&dependency.key)?;
    Some((root.clone(), entry))
}

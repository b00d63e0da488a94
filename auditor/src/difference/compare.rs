use std::collections::{BTreeMap, BTreeSet};

use depaudit_model::Checksum;
use depaudit_model::cargo::{Content, PackageFiles, PackagePath, PackagedFile};
use sha2::{Digest, Sha256};

use super::lines::{Lines, Work};
use super::marks::marks;
use super::report::{ChangeKind, ChangedFile, Detail, Difference, FileKind, Side, Totals};

/// The manifest.
pub(super) const MANIFEST: &str = "Cargo.toml";

/// The manifest as its author wrote it: packaging leaves it beside one in Cargo's own form.
const ORIGINAL: &str = "Cargo.toml.orig";

/// What packaging, unpacking and vendoring write by themselves, at the top of a package. Nothing is
/// built from it as a dependency.
const WRITTEN_BY_CARGO: [&str; 5] =
    [".cargo_vcs_info.json", "Cargo.lock", ORIGINAL, ".cargo-ok", ".cargo-checksum.json"];

/// One file on both sides; one of them may lack it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair<'a> {
    pub(super) path: &'a PackagePath,
    pub(super) release: Option<&'a PackagedFile>,
    pub(super) other: Option<&'a PackagedFile>,
}

impl Pair<'_> {
    /// What was not read is equal to nothing.
    fn is_same(&self) -> bool {
        match (self.release, self.other) {
            (Some(release), Some(other)) => {
                release.digest.is_some() && release.digest == other.digest
            }
            _ => false,
        }
    }
}

/// Compares the files of a release with others: a folder's, as Cargo would package them, or those of
/// another release.
///
/// What Cargo itself adds to a crate file is left out. A folder's manifest is compared with the one
/// that the author of the release wrote, unless it has the bytes of the one that Cargo made of it.
///
/// Parses manifests: call it where the stack has room, see [`super::with_room`].
#[must_use]
pub fn compare(release: &PackageFiles, other: &PackageFiles, detail: Detail) -> Difference {
    let pairs = pairs(release, other);
    let differing: Vec<_> = pairs.iter().filter(|pair| !pair.is_same()).copied().collect();
    let mut work = Work::new();
    let files: Vec<_> = differing.iter().map(|pair| file(pair, detail, &mut work)).collect();
    let mut totals = Totals::default();
    for file in &files {
        let count = match file.change {
            ChangeKind::Added => &mut totals.added,
            ChangeKind::Removed => &mut totals.removed,
            ChangeKind::Changed => &mut totals.changed,
        };
        *count += 1;
        totals.lines_added += file.lines_added;
        totals.lines_removed += file.lines_removed;
    }
    Difference {
        release: side(&pairs, |pair| pair.release),
        other: side(&pairs, |pair| pair.other),
        totals,
        marks: marks(release, other, &differing),
        files,
    }
}

fn pairs<'a>(release: &'a PackageFiles, other: &'a PackageFiles) -> Vec<Pair<'a>> {
    let counts = |path: &&PackagePath| !WRITTEN_BY_CARGO.contains(&path.as_str());
    let paths: BTreeSet<_> = [release, other]
        .into_iter()
        .flat_map(|files| files.iter().map(|(path, _)| path))
        .filter(counts)
        .collect();
    let both = |path: &'a PackagePath| {
        let text = path.as_str();
        let (ours, theirs) = (release.get(text), other.get(text));
        if text == MANIFEST {
            return Pair { path, release: written_manifest(release, other), other: theirs };
        }
        Pair { path, release: ours, other: theirs }
    };
    paths.into_iter().map(both).collect()
}

/// The release's manifest in the form in which the other side has its own.
fn written_manifest<'a>(
    release: &'a PackageFiles,
    other: &PackageFiles,
) -> Option<&'a PackagedFile> {
    let made = release.get(MANIFEST);
    let digest = |file: Option<&PackagedFile>| file.and_then(|file| file.digest);
    let unpacked = other.get(ORIGINAL).is_some();
    if unpacked || digest(made) == digest(other.get(MANIFEST)) {
        return made;
    }
    release.get(ORIGINAL).or(made)
}

fn file(pair: &Pair<'_>, detail: Detail, work: &mut Work) -> ChangedFile {
    let change = match (pair.release, pair.other) {
        (None, _) => ChangeKind::Added,
        (_, None) => ChangeKind::Removed,
        _ => ChangeKind::Changed,
    };
    let kind = kind(pair);
    let lines = match kind {
        FileKind::Text => {
            let text = |file: Option<&'_ PackagedFile>| {
                file.and_then(PackagedFile::text).unwrap_or_default().to_owned()
            };
            Lines::compare(&text(pair.release), &text(pair.other), detail, work)
        }
        _ => Lines::default(),
    };
    ChangedFile {
        path: pair.path.clone(),
        change,
        kind,
        lines_added: lines.added,
        lines_removed: lines.removed,
        text: lines.text,
    }
}

fn kind(pair: &Pair<'_>) -> FileKind {
    let contents = [pair.other, pair.release];
    let mut contents = contents.into_iter().flatten().map(|file| &file.content);
    contents
        .clone()
        .find_map(|content| match content {
            Content::Unread(why) => Some(FileKind::Unread(*why)),
            _ => None,
        })
        .or_else(|| contents.clone().any(|it| *it == Content::Binary).then_some(FileKind::Binary))
        .or_else(|| contents.any(|it| *it == Content::Large).then_some(FileKind::Large))
        .unwrap_or(FileKind::Text)
}

fn side<'a>(pairs: &[Pair<'a>], of: impl Fn(&Pair<'a>) -> Option<&'a PackagedFile>) -> Side {
    let files: BTreeMap<_, _> =
        pairs.iter().filter_map(|pair| Some((pair.path, of(pair)?))).collect();
    let mut hasher = Sha256::new();
    for (path, file) in &files {
        // A path has no NUL, and a digest has one length.
        hasher.update(path.as_str());
        hasher.update([0, u8::from(file.digest.is_some())]);
        hasher.update(file.digest.as_ref().map_or(&[0; 32], Checksum::as_bytes));
    }
    Side {
        sha256: Checksum::from_bytes(hasher.finalize().into()),
        files: files.len(),
        bytes: files.values().map(|file| file.size).sum(),
    }
}

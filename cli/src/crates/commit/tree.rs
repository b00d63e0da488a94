use std::collections::BTreeMap;
use std::io::Read;

use anyhow::{Context, bail, ensure};
use depaudit_auditor::{Packaging, RepoPath};
use depaudit_model::cargo::{Intake, PackageFiles, PackagePath, PackagedFile, Unread};

use crate::git::Repository;

/// The largest manifest, and the most that is read of them, in bytes.
const LARGEST_MANIFEST: u64 = 4 << 20;
const MOST_MANIFESTS: u64 = 64 << 20;

/// The longest path that a link may hold, in bytes; Linux knows no longer ones.
const LONGEST_LINK: u64 = 4_096;

/// The largest file that is read at all, and the most that is read of one package, in bytes.
const LARGEST_FILE: u64 = 512 << 20;
const MOST_BYTES: u64 = 2 << 30;

/// The files of a commit.
#[derive(Debug)]
pub(super) struct Tree(BTreeMap<RepoPath, Entry>);

/// One file of a commit.
#[derive(Debug, Clone)]
struct Entry {
    kind: Kind,
    id: String,
    size: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Link,
    Submodule,
}

impl Tree {
    /// Reads what `ls-tree -r -z -l` prints: `<mode> <type> <id> <size>\t<path>\0`.
    pub(super) fn read(list: &[u8]) -> anyhow::Result<Self> {
        const NONSENSE: &str = "git lists nonsense";
        let mut files = BTreeMap::new();
        for line in list.split(|byte| *byte == 0).filter(|line| !line.is_empty()) {
            // A name that is no text is in no crate.
            let Ok(line) = std::str::from_utf8(line) else { continue };
            let (about, path) = line.split_once('\t').context(NONSENSE)?;
            let mut words = about.split_ascii_whitespace();
            let kind = match words.next().context(NONSENSE)? {
                "120000" => Kind::Link,
                "160000" => Kind::Submodule,
                _ => Kind::File,
            };
            let id = words.nth(1).context(NONSENSE)?.to_owned();
            let size = words.next().and_then(|size| size.parse().ok()).unwrap_or_default();
            // Whoever wrote a `..` into a tree by hand means no file of a package.
            let Ok(path) = RepoPath::root().join(path) else { continue };
            files.insert(path, Entry { kind, id, size });
        }
        Ok(Self(files))
    }

    /// The texts of its manifests, by their folders.
    pub(super) fn manifests(
        &self,
        repository: &Repository,
    ) -> anyhow::Result<BTreeMap<RepoPath, String>> {
        let manifests = self.0.iter().filter(|(path, entry)| {
            path.name() == "Cargo.toml"
                && entry.kind == Kind::File
                && entry.size <= LARGEST_MANIFEST
        });
        let (folders, ids): (Vec<_>, Vec<_>) = manifests
            .map(|(path, entry)| (path.parent().unwrap_or_else(RepoPath::root), entry.id.clone()))
            .unzip();
        let mut texts = BTreeMap::new();
        let mut left = MOST_MANIFESTS;
        repository.blobs(&ids, |place, blob| {
            let mut bytes = Vec::new();
            blob.take(left).read_to_end(&mut bytes)?;
            left = left.saturating_sub(bytes.len() as u64);
            // What is no text is no manifest.
            let text = String::from_utf8(bytes).ok();
            texts.extend(folders.get(place).cloned().zip(text));
            Ok(())
        })?;
        Ok(texts)
    }

    /// Puts the files of the commit to which links below `folder` lead in the links' places, as Cargo
    /// reads them. Other links stay, and are not read.
    pub(super) fn follow_links(
        &mut self,
        repository: &Repository,
        folder: &RepoPath,
    ) -> anyhow::Result<()> {
        let links = self.0.iter().filter(|(path, entry)| {
            entry.kind == Kind::Link && entry.size <= LONGEST_LINK && path.is_within(folder)
        });
        let (paths, ids): (Vec<_>, Vec<_>) =
            links.map(|(path, entry)| (path.clone(), entry.id.clone())).unzip();
        let mut found = Vec::new();
        repository.blobs(&ids, |place, blob| {
            let mut target = String::new();
            blob.take(LONGEST_LINK).read_to_string(&mut target)?;
            let Some(link) = paths.get(place) else { return Ok(()) };
            let from = link.parent().unwrap_or_else(RepoPath::root);
            let target = from.join(&target).ok().and_then(|target| self.0.get(&target));
            let target = target.filter(|entry| entry.kind == Kind::File);
            found.extend(target.map(|entry| (link.clone(), entry.clone())));
            Ok(())
        })?;
        self.0.extend(found);
        Ok(())
    }

    /// Reads the files that Cargo would package of the package in `folder`.
    pub(super) fn package(
        &self,
        repository: &Repository,
        folder: &RepoPath,
        workspace: Option<&RepoPath>,
        packaging: &Packaging,
    ) -> anyhow::Result<PackageFiles> {
        let mut files = PackageFiles::default();
        let mut wanted = BTreeMap::<PackagePath, &Entry>::new();
        for (path, entry) in self.0.iter().filter(|(path, _)| path.is_within(folder)) {
            let below = path.as_str().get(folder.as_str().len()..).unwrap_or_default();
            let below = below.trim_start_matches('/');
            let is_built = below.starts_with("target/");
            if !is_built && !self.is_nested(folder, path) && packaging.takes(below) {
                wanted.extend(below.parse().ok().map(|path| (path, entry)));
            }
        }
        for (path, from_workspace) in packaging.brought_in() {
            let from = if from_workspace { workspace.unwrap_or(folder) } else { folder };
            let Ok(target) = from.join(path) else {
                let place = path.rsplit('/').next().and_then(|name| name.parse().ok());
                place.into_iter().for_each(|place| {
                    files.insert(place, PackagedFile::unread(Unread::Outside));
                });
                continue;
            };
            let outside = self.0.get(&target).filter(|_| !target.is_within(folder));
            if let (Some(entry), Ok(place)) = (outside, target.name().parse()) {
                wanted.entry(place).or_insert(entry);
            }
        }
        fill(repository, wanted, &mut files)?;
        Ok(files)
    }

    /// Whether another package lies between the folder and the file.
    fn is_nested(&self, folder: &RepoPath, path: &RepoPath) -> bool {
        let mut above = path.parent();
        while let Some(here) = above.filter(|here| here != folder && here.is_within(folder)) {
            if here.join("Cargo.toml").is_ok_and(|manifest| self.0.contains_key(&manifest)) {
                return true;
            }
            above = here.parent();
        }
        false
    }
}

fn fill(
    repository: &Repository,
    wanted: BTreeMap<PackagePath, &Entry>,
    files: &mut PackageFiles,
) -> anyhow::Result<()> {
    let count = wanted.len();
    ensure!(count <= PackageFiles::MOST_FILES, "it is no package: it has {count} files");
    let bytes = wanted.values().fold(0_u64, |sum, entry| sum.saturating_add(entry.size));
    ensure!(bytes <= MOST_BYTES, "it is no package: it has {bytes} bytes");
    let (mut paths, mut ids) = (Vec::new(), Vec::new());
    for (path, entry) in wanted {
        let unread = match entry.kind {
            Kind::Link => Unread::Link,
            Kind::Submodule => Unread::Special,
            Kind::File if entry.size > LARGEST_FILE => Unread::TooLarge,
            Kind::File => {
                paths.push(path);
                ids.push(entry.id.clone());
                continue;
            }
        };
        files.insert(path, PackagedFile::unread(unread));
    }
    repository.blobs(&ids, |place, blob| {
        let Some(path) = paths.get(place) else { bail!("git sends more than it was asked for") };
        let mut intake = Intake::new();
        let mut buffer = vec![0; 64 << 10];
        loop {
            match blob.read(&mut buffer)? {
                0 => break,
                count => intake.push(buffer.get(..count).unwrap_or_default()),
            }
        }
        files.insert(path.clone(), intake.finish());
        Ok(())
    })
}

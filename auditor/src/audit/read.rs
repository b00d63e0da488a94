use std::collections::BTreeMap;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::cargo::config::ConfigFile;
use crate::cargo::lock::Lock;
use crate::cargo::manifest::Manifest;
use crate::cargo::toml::SyntaxError;
use crate::cargo::toolchain;
use crate::ci::CiFile;
use crate::files::{FileKind, RepoPath, Tree};
use crate::limits::{LARGEST_FILE, LARGEST_LOCK};
use crate::report::{BlindSpot, Gap};

/// What the files of one team say.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// By path; `None` for those that could not be read.
    pub(super) manifests: BTreeMap<RepoPath, Option<Manifest>>,
    pub(super) locks: BTreeMap<RepoPath, Lock>,
    /// In the order of their paths.
    pub(super) configs: Vec<ConfigFile>,
    pub(super) ci: Vec<CiFile>,
    pub(super) gaps: Vec<Gap>,
    pub(super) blind_spots: Vec<BlindSpot>,
}

/// One file, read.
enum File {
    Manifest(Box<Manifest>),
    Lock(Lock),
    Config(Box<ConfigFile>),
    Ci(CiFile),
    Toolchain(Option<BlindSpot>),
}

/// Reads and parses every file of a tree, each once, in parallel.
pub(super) fn read(tree: &Tree) -> Files {
    let read: Vec<_> = tree.files.par_iter().map(|(path, kind)| file(tree, path, *kind)).collect();
    let mut files = Files::default();
    for ((path, kind), outcome) in tree.files.iter().zip(read) {
        match outcome {
            Ok(File::Manifest(manifest)) => {
                files.manifests.insert(path.clone(), Some(*manifest));
            }
            Ok(File::Lock(lock)) => {
                files.locks.insert(path.clone(), lock);
            }
            Ok(File::Config(config)) => files.configs.push(*config),
            Ok(File::Ci(ci)) => files.ci.push(ci),
            Ok(File::Toolchain(spot)) => files.blind_spots.extend(spot),
            Err(gap) => {
                files.gaps.push(gap);
                if *kind == FileKind::Manifest {
                    files.manifests.insert(path.clone(), None);
                }
            }
        }
    }
    files
}

fn file(tree: &Tree, path: &RepoPath, kind: FileKind) -> Result<File, Gap> {
    let limit = if kind == FileKind::Lock { LARGEST_LOCK } else { LARGEST_FILE };
    let unreadable = |message| Gap { path: path.clone(), span: None, message };
    let text = tree.read(path, limit).map_err(|error| unreadable(error.to_string()))?;
    let unparsable = |error: SyntaxError| Gap {
        path: path.clone(),
        span: Some(error.span),
        message: error.message,
    };
    match kind {
        FileKind::Manifest => Manifest::parse(path, &text)
            .map(|manifest| File::Manifest(Box::new(manifest)))
            .map_err(unparsable),
        FileKind::Lock => Lock::parse(path, &text).map(File::Lock).map_err(unparsable),
        FileKind::CargoConfig => ConfigFile::parse(path, &text)
            .map(|config| File::Config(Box::new(config)))
            .map_err(unparsable),
        FileKind::Toolchain => {
            toolchain::blind_spot(path, &text).map(File::Toolchain).map_err(unparsable)
        }
        FileKind::Ci(kind) => CiFile::parse(path, kind, &text).map(File::Ci).map_err(unparsable),
    }
}

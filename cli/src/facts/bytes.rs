use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use anyhow::Context;
use depaudit_auditor::{Facts, PublishedRelease, Withdrawal};
use depaudit_model::cargo::{CrateName, PackageFiles, Release};
use depaudit_model::{LockedCrate, OnRecord};

use super::Source;
use crate::backend;
use crate::crates::{InCargo, commit, data_folder, in_cargo};

/// The facts of a source, and the bytes behind them: crates from a data folder, from the source, or
/// from Cargo's own cache, and commits from what Cargo has fetched. Where nobody is to be asked, only
/// the data folder is.
#[derive(Debug)]
pub struct Bytes<'s> {
    source: &'s Source,
    data: Option<PathBuf>,
    /// Why the data folder did not give a crate that it should have: the first reason.
    why: OnceLock<String>,
}

impl<'s> Bytes<'s> {
    /// Adds the bytes.
    ///
    /// # Errors
    /// When `data` is no data folder of a server.
    pub fn new(source: &'s Source, data: Option<&Path>) -> anyhow::Result<Self> {
        if let Some(data) = data {
            let meta = backend::open_meta(data)?;
            meta.with_context(|| format!("{} is no data folder of a server", data.display()))?;
        }
        Ok(Self { source, data: data.map(Path::to_owned), why: OnceLock::new() })
    }

    /// What went wrong, for the person who scans.
    pub fn warning(&self) -> Option<String> {
        let why = self.why.get()?;
        Some(format!("not every override could be compared: {why}"))
    }

    fn files_in_data(&self, release: &Release) -> Option<Arc<PackageFiles>> {
        let found = data_folder::find(self.data.as_deref()?, release);
        let files = found.transpose()?.and_then(|found| found.files(release));
        self.told(files)
    }

    fn files_in_cargo(&self, release: &Release) -> Option<Arc<PackageFiles>> {
        match in_cargo(release) {
            Ok(InCargo::Found(found)) => self.told(found.files(release)),
            Ok(InCargo::NoCrate | InCargo::NoChecksum) => None,
            Err(error) => self.told(Err(error)),
        }
    }

    fn told(&self, files: anyhow::Result<PackageFiles>) -> Option<Arc<PackageFiles>> {
        match files {
            Ok(files) => Some(Arc::new(files)),
            Err(error) => {
                let _ = self.why.set(format!("{error:#}"));
                None
            }
        }
    }
}

impl Facts for Bytes<'_> {
    fn releases(&self, name: &CrateName) -> Option<Arc<[PublishedRelease]>> {
        self.source.facts().releases(name)
    }

    fn expect(&self, names: &[CrateName]) {
        self.source.facts().expect(names);
    }

    fn withdrawal(&self, release: &Release) -> Withdrawal {
        self.source.facts().withdrawal(release)
    }

    fn has_record(&self) -> bool {
        self.source.facts().has_record()
    }

    fn on_record(&self, locked: &LockedCrate) -> Option<OnRecord> {
        self.source.facts().on_record(locked)
    }

    fn expect_on_record(&self, locked: &[LockedCrate]) {
        self.source.facts().expect_on_record(locked);
    }

    fn release_files(&self, release: &Release) -> Option<Arc<PackageFiles>> {
        let known = || match self.source {
            Source::Nowhere(_) | Source::Stored { .. } => None,
            Source::CargoCache(_) => self.files_in_cargo(release),
            Source::Server(server) => {
                server.release_files(release).or_else(|| self.files_in_cargo(release))
            }
        };
        self.files_in_data(release).or_else(known)
    }

    fn commit_files(
        &self,
        url: &str,
        commit: &str,
        carried: &Release,
    ) -> Option<Arc<PackageFiles>> {
        if matches!(self.source, Source::Nowhere(_) | Source::Stored { .. }) {
            return None;
        }
        // What Cargo has not fetched is not at hand; that is no fault.
        let repository = commit::fetched(&url.parse().ok()?, commit).ok()?;
        self.told(commit::package(&repository, commit, carried))
    }
}

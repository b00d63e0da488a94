use std::sync::Arc;

use depaudit_auditor::{Facts, PublishedRelease};
use depaudit_model::Timestamp;
use depaudit_model::cargo::{CrateName, PackageFiles, Release};
use depaudit_proxy::cargo::archive::{self, ArchiveLimits};

use super::shelf::Edition;

/// What the demo's registry had by a moment: what a scan with `--server` learns.
#[derive(Debug)]
pub(super) struct Known<'e> {
    pub(super) editions: &'e [Edition],
    pub(super) now: Timestamp,
}

impl Known<'_> {
    fn of<'s>(&'s self, name: &CrateName) -> impl Iterator<Item = &'s Edition> {
        self.editions.iter().filter(move |it| it.name == *name && it.published <= self.now)
    }
}

impl Facts for Known<'_> {
    fn releases(&self, name: &CrateName) -> Option<Arc<[PublishedRelease]>> {
        let release = |edition: &Edition| PublishedRelease {
            version: edition.version.clone(),
            yanked: Some(false),
            published: Some(edition.published),
        };
        Some(self.of(name).map(release).collect())
    }

    fn release_files(&self, release: &Release) -> Option<Arc<PackageFiles>> {
        let edition = self.of(&release.name).find(|it| it.version == release.version)?;
        archive::read(&*edition.archive, release, &ArchiveLimits::DEFAULT).ok().map(Arc::new)
    }
}

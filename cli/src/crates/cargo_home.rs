//! The crate files that Cargo keeps.

use std::fs::{self, File};
use std::io::Read;

use depaudit_model::Checksum;
use depaudit_model::cargo::Release;
use tame_index::utils::cargo_home;

use super::{CrateFile, LARGEST_CRATE};

/// How many registries' folders are looked into.
const MOST_REGISTRIES: usize = 64;

/// Finds the crate file of a release in Cargo's home, under any registry or mirror: only the checksum
/// counts. What has another one is another registry's.
///
/// # Errors
/// When a file that is there cannot be read.
pub fn find(release: &Release, expected: &Checksum) -> anyhow::Result<Option<CrateFile>> {
    let Ok(home) = cargo_home() else { return Ok(None) };
    let folder = home.into_std_path_buf().join("registry").join("cache");
    let Ok(registries) = fs::read_dir(folder) else { return Ok(None) };
    let name = format!("{}-{}.crate", release.name, release.version);
    for registry in registries.flatten().take(MOST_REGISTRIES) {
        let Ok(file) = File::open(registry.path().join(&name)) else { continue };
        let mut bytes = Vec::new();
        file.take(LARGEST_CRATE + 1).read_to_end(&mut bytes)?;
        if let Ok(found) = CrateFile::proven(bytes, expected, "Cargo's cache".to_owned()) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

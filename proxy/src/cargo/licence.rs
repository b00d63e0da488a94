//! The licence that a crate file's own manifest names.

use std::io::{self, Read};
use std::path::Path;

use depaudit_model::cargo::Release;
use flate2::read::GzDecoder;
use serde::Deserialize;

/// The largest manifest that is read, in bytes. Cargo's normalised ones are far smaller.
const LARGEST: u64 = 4 << 20;

/// After so many unpacked bytes the manifest is not looked for any further. The archive was
/// inspected before it was stored, so this bounds work, and decides nothing about safety.
const FARTHEST: u64 = 512 << 20;

#[derive(Deserialize)]
struct Manifest {
    package: Package,
}

#[derive(Deserialize)]
struct Package {
    license: Option<String>,
}

/// The SPDX expression under `package.license`; `None` where there is none, or no manifest that can
/// be read: a licence file alone names no licence.
///
/// Blocks on `crate_file`.
///
/// # Errors
/// When the bytes cannot be read.
pub(crate) fn licence(crate_file: impl Read, release: &Release) -> io::Result<Option<String>> {
    let mut tar = tar::Archive::new(GzDecoder::new(crate_file).take(FARTHEST));
    let folder = format!("{}-{}", release.name, release.version);
    let wanted = Path::new(&folder).join("Cargo.toml");
    for entry in tar.entries()? {
        let entry = entry?;
        if entry.path()? != wanted {
            continue;
        }
        let mut text = String::new();
        entry.take(LARGEST).read_to_string(&mut text)?;
        let manifest: Option<Manifest> = toml::from_str(&text).ok();
        let licence = manifest.and_then(|manifest| manifest.package.license);
        return Ok(licence.filter(|text| !text.trim().is_empty()));
    }
    Ok(None)
}

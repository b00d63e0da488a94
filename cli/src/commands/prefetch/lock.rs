//! What a lock names, from registries.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, bail};
use depaudit_model::Checksum;
use depaudit_model::cargo::{CrateName, Release, parse_version};
use depaudit_model::terminal::printable;
use serde::Deserialize;

/// The newest version of Cargo.lock that is stable.
const NEWEST_LOCK: u32 = 4;

/// The largest lock that is read, in bytes.
const LARGEST_LOCK: u64 = 256 << 20;

/// A package that a lock names, from a registry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::commands) struct Wanted {
    pub(in crate::commands) release: Release,
    pub(in crate::commands) source: String,
    pub(in crate::commands) checksum: Option<Checksum>,
}

#[derive(Deserialize)]
struct Lock {
    version: Option<u32>,
    #[serde(default)]
    package: Vec<Package>,
    #[serde(default)]
    metadata: std::collections::BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    source: Option<String>,
    checksum: Option<String>,
}

/// Packages that come from no registry.
#[derive(Debug, Default)]
pub(in crate::commands) struct Elsewhere {
    /// From git.
    pub(in crate::commands) git: Vec<String>,
    /// From a folder: the workspace's own members among them.
    pub(in crate::commands) folder: Vec<String>,
}

/// Reads a lock of versions 1 to 4, and gives the packages that come from no registry.
pub(in crate::commands) fn read_lock(
    path: &Path,
    wanted: &mut BTreeSet<Wanted>,
) -> anyhow::Result<Elsewhere> {
    let shown = path.display();
    let size = std::fs::metadata(path).with_context(|| format!("cannot read {shown}"))?.len();
    if size > LARGEST_LOCK {
        bail!("{shown} has {size} bytes; at most {LARGEST_LOCK} are read");
    }
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
    let lock: Lock = toml::from_str(&text)
        .map_err(|error| anyhow::anyhow!("{}", error.message()))
        .with_context(|| format!("{shown} is no Cargo.lock"))?;
    if let Some(version) = lock.version.filter(|version| *version > NEWEST_LOCK) {
        bail!("{shown} is a lock of version {version}; versions 1 to {NEWEST_LOCK} are understood");
    }
    if lock.package.is_empty() {
        bail!("{shown} names no package");
    }
    let mut elsewhere = Elsewhere::default();
    for package in lock.package {
        let Package { name, version, source, checksum } = package;
        let Some(source) = source else {
            elsewhere.folder.push(format!("{name}@{version}"));
            continue;
        };
        if source.starts_with("git+") {
            elsewhere.git.push(format!("{name}@{version} from {source}"));
            continue;
        }
        // Version 1 of the format keeps checksums apart.
        let old = lock.metadata.get(&format!("checksum {name} {version} ({source})"));
        let checksum = checksum.as_ref().or(old).map(|text| text.parse()).transpose();
        let entry = || format!("{shown}, package {} {}", printable(&name), printable(&version));
        let checksum = checksum.with_context(entry)?;
        let release = Release {
            name: name.parse::<CrateName>().with_context(entry)?,
            version: parse_version(&version).with_context(entry)?,
        };
        wanted.insert(Wanted { release, source, checksum });
    }
    Ok(elsewhere)
}

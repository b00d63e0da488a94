//! `--baseline` and `--write-baseline`.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, ensure};
use depaudit_policy::Baseline;

use super::output::write_file;

/// Where a baseline is written when no file is named.
pub(super) const FILE_NAME: &str = "depaudit-baseline.json";

/// Reads a baseline.
///
/// # Errors
/// When it cannot be read, or is none.
pub(super) fn read(path: &Path) -> anyhow::Result<Baseline> {
    let cannot = || format!("cannot read the baseline {}", path.display());
    let limit = u64::try_from(Baseline::LARGEST)? + 1;
    let mut text = String::new();
    let metadata = path.metadata().with_context(cannot)?;
    ensure!(metadata.is_file(), "{}: it is not a regular file", cannot());
    let file = File::open(path).with_context(cannot)?;
    file.take(limit).read_to_string(&mut text).with_context(cannot)?;
    Baseline::parse(&text).with_context(cannot)
}

/// Writes a baseline: whole, or not at all.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn write(path: &Path, baseline: &Baseline) -> anyhow::Result<()> {
    write_file(path, |out| Ok(out.write_all(baseline.to_text().as_bytes())?))
        .with_context(|| format!("cannot write the baseline {}", path.display()))
}

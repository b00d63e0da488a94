//! A look through a crate file, without unpacking it.
//!
//! A `.crate` is a gzip-compressed tar of one folder, `{name}-{version}/`. It is looked through once,
//! before it is first stored, because whoever unpacks it later may read it with other eyes than Cargo:
//! what two readers would understand differently, and what no crate needs, is refused here.
//!
//! Refused: links, devices, FIFOs and sparse files; names outside the folder, absolute, with `..` or
//! not UTF-8; one name with two contents; two spellings of `Cargo.toml`; a size that the extended
//! header contradicts; more than Cargo would unpack.
//!
//! Accepted, since Cargo and the public registry accept it: GNU long names, extended headers, folder
//! entries, any permission bits (nothing is unpacked here), the same file twice with the same
//! content (crates of 2015 have it), `cargo.toml` as the only spelling, and bytes after the end of the
//! tar, which no build ever reads.

mod bounded;
mod fault;
mod inspection;
mod name;
mod pax;
#[cfg(test)]
mod tests;

use std::io::{self, Read};

use depaudit_model::cargo::{PackageFiles, Release};

use bounded::BoundedGzip;
pub use fault::{ArchiveFault, NameProblem, Quoted};
use inspection::Inspection;

/// How much an archive may cost to look through.
#[derive(Debug, Clone, Copy)]
pub struct ArchiveLimits {
    /// Decompressed bytes that are always allowed.
    pub unpacked: u64,
    /// Decompressed bytes allowed for each compressed byte, where that is more than
    /// [`Self::unpacked`].
    pub ratio: u64,
    /// Headers, extended ones included. Each file costs some 100 bytes of memory.
    pub entries: u64,
}

impl ArchiveLimits {
    /// Cargo's own bounds for sizes (512 MiB or 20 to 1), so that nothing is refused for its size that
    /// Cargo would unpack; for the number of entries Cargo has none.
    pub const DEFAULT: Self = Self { unpacked: 512 << 20, ratio: 20, entries: 100_000 };
}

/// What an accepted archive holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArchiveSummary {
    /// Files, each name counted once.
    pub files: u64,
    /// Bytes of their contents.
    pub content_bytes: u64,
}

/// Why an inspection gave no summary.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// The archive must not be stored.
    #[error(transparent)]
    Refused(#[from] ArchiveFault),
    /// The compressed bytes could not be read. That says nothing about the archive, so it must not go
    /// on record as its fault.
    #[error("the crate file could not be read")]
    Source(#[source] io::Error),
}

/// Looks through the crate file of `release`, start to end, with a fixed amount of memory for contents.
///
/// Blocks on `crate_file` and uses the processor for as long as decompression takes: not for an async
/// worker thread.
///
/// # Errors
/// [`InspectError::Refused`] with the first rule that the archive breaks; [`InspectError::Source`] when
/// `crate_file` itself failed.
pub fn inspect(
    crate_file: impl Read,
    release: &Release,
    limits: &ArchiveLimits,
) -> Result<ArchiveSummary, InspectError> {
    let inspection = Inspection::new(release, limits);
    look_through(crate_file, limits, |bytes| inspection.run(bytes))
}

/// Reads the files of the crate file of `release` into memory, start to end: as [`inspect`], and with
/// the bounds of [`PackageFiles`] for what is held.
///
/// # Errors
/// As [`inspect`].
pub fn read(
    crate_file: impl Read,
    release: &Release,
    limits: &ArchiveLimits,
) -> Result<PackageFiles, InspectError> {
    let mut files = PackageFiles::default();
    let inspection = Inspection::keeping(release, limits, &mut files);
    look_through(crate_file, limits, |bytes| inspection.run(bytes))?;
    Ok(files)
}

fn look_through<R: Read, T>(
    crate_file: R,
    limits: &ArchiveLimits,
    look: impl FnOnce(&mut BoundedGzip<R>) -> Result<T, ArchiveFault>,
) -> Result<T, InspectError> {
    let mut bytes = BoundedGzip::new(crate_file, limits);
    let outcome = look(&mut bytes);
    // The tar reader only echoes what went wrong below it.
    if let Some(error) = bytes.source_error() {
        return Err(InspectError::Source(error));
    }
    if bytes.exceeded() {
        return Err(
            ArchiveFault::TooLarge { unpacked: limits.unpacked, ratio: limits.ratio }.into()
        );
    }
    Ok(outcome?)
}

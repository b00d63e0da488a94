use std::path::Path;

use anyhow::{Context, ensure};
use depaudit_model::RegistryName;
use depaudit_model::cargo::Release;

use super::{CrateFile, LARGEST_CRATE};
use crate::backend;
use crate::commands::block_on;

/// How much is read at a time, in bytes.
const PIECE: usize = 1 << 20;

/// Finds the crate file of a release in a server's data folder, by the checksum that is pinned there.
///
/// # Errors
/// When there is no such folder, it cannot be read, or the file in it is damaged.
pub fn find(data: &Path, release: &Release) -> anyhow::Result<Option<CrateFile>> {
    let shown = data.display();
    let meta = backend::open_meta(data)?;
    let meta = meta.with_context(|| format!("{shown} is no data folder of a server"))?;
    block_on(async {
        let pins = meta.pins(&RegistryName::crates_io(), &release.name).await?;
        let Some(pin) = pins.into_iter().find(|pin| pin.version == release.version) else {
            return Ok(None);
        };
        let blobs = backend::open_blobs(data)?;
        let Some(blob) = blobs.open(&pin.checksum).await? else { return Ok(None) };
        ensure!(blob.size <= LARGEST_CRATE, "{release} has {} bytes, which is too much", blob.size);
        let mut bytes = Vec::new();
        loop {
            let piece = blob.source.read_at(bytes.len() as u64, PIECE).await?;
            if piece.is_empty() {
                break;
            }
            bytes.extend_from_slice(&piece);
        }
        CrateFile::proven(bytes, &pin.checksum, format!("the data folder {shown}")).map(Some)
    })
}

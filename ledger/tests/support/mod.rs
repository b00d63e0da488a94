//! A log in memory, which a test can tamper with.
#![expect(clippy::expect_used, reason = "a test that cannot set up has to stop")]

use std::collections::BTreeMap;

use depaudit_ledger::{Checkpoint, Edge, SourceError, TileAt, TileSource, TreeHash};

/// Entries, and every tile that was made of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct MemoryLog {
    pub(crate) entries: Vec<Vec<u8>>,
    pub(crate) tiles: BTreeMap<(u8, u64), Vec<TreeHash>>,
}

impl MemoryLog {
    pub(crate) fn of(size: u64) -> Self {
        let mut log = Self::default();
        let mut edge = Edge::empty();
        for number in 0..size {
            let entry = entry(number);
            edge.append(TreeHash::of_leaf(&entry), |at, hashes| {
                log.tiles.insert((at.level, at.index), hashes.to_vec());
            });
            log.entries.push(entry);
        }
        for (at, hashes) in edge.tiles() {
            log.tiles.insert((at.level, at.index), hashes.to_vec());
        }
        log
    }

    /// What was signed for when the log had its first `size` entries.
    pub(crate) fn checkpoint(&self, size: usize) -> Checkpoint {
        let mut edge = Edge::empty();
        for entry in &self.entries[..size] {
            edge.append(TreeHash::of_leaf(entry), |_, _| {});
        }
        let origin = "example.com/log".parse().expect("a name");
        Checkpoint { origin, size: size as u64, root: edge.root() }
    }
}

pub(crate) fn entry(number: u64) -> Vec<u8> {
    format!("entry {number}").into_bytes()
}

impl TileSource for MemoryLog {
    fn tile(&self, at: TileAt) -> Result<Vec<TreeHash>, SourceError> {
        let tile = self.tiles.get(&(at.level, at.index));
        let tile = tile.and_then(|tile| tile.get(..usize::from(at.width)));
        tile.map(<[_]>::to_vec).ok_or_else(|| SourceError::Missing(at.to_string()))
    }

    fn entries(&self, at: TileAt) -> Result<Vec<Vec<u8>>, SourceError> {
        let first = (at.index * 256) as usize;
        let end = (first + usize::from(at.width)).min(self.entries.len());
        Ok(self.entries.get(first..end).unwrap_or_default().to_vec())
    }
}

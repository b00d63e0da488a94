use std::collections::HashMap;
use std::sync::Arc;

use crate::tile::TILE_WIDTH;
use crate::{Checkpoint, Edge, Fault, TileAt, TileSource, TreeHash};

/// How many tiles are remembered: the way up from a few leaves, and not the whole log.
const REMEMBERED: usize = 64;

/// The hashes of a log, of which none is believed before it is verified: the partial tiles against
/// the checkpoint's root, each full tile against its hash in the tile above.
#[derive(Debug)]
pub struct Authentic<'s, S: ?Sized> {
    source: &'s S,
    size: u64,
    edge: HashMap<(u8, u64), Arc<[TreeHash]>>,
    full: HashMap<(u8, u64), Arc<[TreeHash]>>,
}

impl<'s, S: TileSource + ?Sized> Authentic<'s, S> {
    /// Reads the partial tiles and compares them with the checkpoint, which the caller trusts.
    ///
    /// # Errors
    /// [`Fault::RootDiffers`] when they are not those of the checkpoint, and when they cannot be
    /// read.
    pub fn new(source: &'s S, checkpoint: &Checkpoint) -> Result<Self, Fault> {
        let edge = Edge::restore(source, checkpoint.size)?;
        if edge.root() != checkpoint.root {
            return Err(Fault::RootDiffers { size: checkpoint.size });
        }
        let edge = edge.tiles().map(|(at, hashes)| ((at.level, at.index), hashes.into())).collect();
        Ok(Self { source, size: checkpoint.size, edge, full: HashMap::new() })
    }

    /// How many entries the checkpoint has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The hashes of a tile.
    ///
    /// # Errors
    /// [`Fault::TileForged`] when it is not the one that the checkpoint stands for, and when it
    /// cannot be read.
    pub fn tile(&mut self, level: u8, index: u64) -> Result<Arc<[TreeHash]>, Fault> {
        let at = TileAt::of(level, index, self.size);
        let at = at.ok_or(Fault::BeyondTheEnd { size: self.size })?;
        if let Some(tile) =
            self.edge.get(&(level, index)).or_else(|| self.full.get(&(level, index)))
        {
            return Ok(Arc::clone(tile));
        }
        let (above, place, slot) = at.parent();
        let parent = self.tile(above, place)?;
        let tile = self.source.tile(at)?;
        if parent.get(slot) != Some(&TreeHash::over(&tile)) {
            return Err(Fault::TileForged { at });
        }
        if self.full.len() >= REMEMBERED {
            // Reading goes from left to right or straight up: what was met long ago is not needed.
            self.full.retain(|(kept, _), _| *kept > level);
        }
        let tile: Arc<[TreeHash]> = tile.into();
        self.full.insert((level, index), Arc::clone(&tile));
        Ok(tile)
    }

    /// The root over the entries from `start` to before `end`, as RFC 6962 splits them.
    ///
    /// # Errors
    /// As [`Authentic::tile`].
    pub(crate) fn range(&mut self, start: u64, end: u64) -> Result<TreeHash, Fault> {
        let length = end.saturating_sub(start);
        if length == 0 {
            return Ok(TreeHash::of_nothing());
        }
        if length.is_power_of_two() && start.is_multiple_of(length) {
            return self.node(start, length.ilog2());
        }
        let split = start + (1 << (length - 1).ilog2());
        let left = self.range(start, split)?;
        Ok(TreeHash::of_node(&left, &self.range(split, end)?))
    }

    /// The root of the perfect tree of 2^`height` leaves from `start` on.
    fn node(&mut self, start: u64, height: u32) -> Result<TreeHash, Fault> {
        // At most 7: a tree of 63 levels has no tile above level 7.
        let level = (height / 8) as u8;
        let first = start >> (8 * u32::from(level));
        let width = TILE_WIDTH as u64;
        let tile = self.tile(level, first / width)?;
        let from = (first % width) as usize;
        let hashes = tile.get(from..from + (1 << (height % 8)));
        hashes.map(TreeHash::over).ok_or(Fault::BeyondTheEnd { size: self.size })
    }

    /// The root that the log had when it had `size` entries.
    ///
    /// # Errors
    /// As [`Authentic::tile`], and when it never was that small.
    pub fn root_at(&mut self, size: u64) -> Result<TreeHash, Fault> {
        if size > self.size {
            return Err(Fault::BeyondTheEnd { size: self.size });
        }
        self.range(0, size)
    }
}

use crate::tile::{TILE_WIDTH, TileAt};
use crate::{SourceError, TileSource, TreeHash};

/// The growing side of a log: the hashes of its partial tiles, of each level.
///
/// That is all that appending and the root need: at most 255 hashes a level, 8 levels at most.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edge {
    size: u64,
    /// By level. Each has fewer than 256 hashes; the highest of a log that is not empty may have
    /// none, when the log has just filled it.
    levels: Vec<Vec<TreeHash>>,
}

impl Edge {
    /// Of a log without entries.
    #[must_use]
    pub const fn empty() -> Self {
        Self { size: 0, levels: Vec::new() }
    }

    /// Of a log of `size` entries, from its tiles. Nothing is verified: whoever cannot trust the
    /// source compares [`Edge::root`] with a checkpoint.
    ///
    /// # Errors
    /// When a tile cannot be read or has another width than it must have.
    pub fn restore<S: TileSource + ?Sized>(source: &S, size: u64) -> Result<Self, SourceError> {
        let mut levels = Vec::new();
        for at in TileAt::edge(size) {
            levels.resize(usize::from(at.level), Vec::new());
            levels.push(source.tile(at)?);
        }
        Ok(Self { size, levels })
    }

    /// Of a log of `size` entries, from the hashes of its partial tiles, lowest level first.
    #[must_use]
    pub const fn from_levels(size: u64, levels: Vec<Vec<TreeHash>>) -> Self {
        Self { size, levels }
    }

    /// How many entries there are.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends an entry's hash. Each tile that it fills goes to `full`, lower levels first.
    pub fn append(&mut self, leaf: TreeHash, mut full: impl FnMut(TileAt, &[TreeHash])) {
        self.size += 1;
        let mut hash = leaf;
        for level in 0_u8.. {
            if self.levels.len() == usize::from(level) {
                self.levels.push(Vec::with_capacity(TILE_WIDTH));
            }
            let Some(hashes) = self.levels.get_mut(usize::from(level)) else { return };
            hashes.push(hash);
            if hashes.len() < TILE_WIDTH {
                return;
            }
            // How many tiles of this level are full now tells which one this is.
            let index = (self.size >> (8 * (u32::from(level) + 1))) - 1;
            full(TileAt::full(level, index), hashes);
            hash = TreeHash::over(hashes);
            hashes.clear();
        }
    }

    /// The root of the log.
    #[must_use]
    pub fn root(&self) -> TreeHash {
        // The lower a level, the further to the right its hashes stand.
        let over = |hashes: &Vec<TreeHash>| peaks(hashes);
        let mut peaks = self.levels.iter().rev().flat_map(over).rev();
        let Some(last) = peaks.next() else { return TreeHash::of_nothing() };
        peaks.fold(last, |right, left| TreeHash::of_node(&left, &right))
    }

    /// The partial tiles, lowest level first, without those that are empty.
    pub fn tiles(&self) -> impl Iterator<Item = (TileAt, &[TreeHash])> {
        TileAt::edge(self.size).filter_map(|at| {
            let hashes = self.levels.get(usize::from(at.level))?;
            Some((at, hashes.as_slice()))
        })
    }
}

/// The roots of the perfect trees that a run of hashes splits into, from left to right.
fn peaks(hashes: &[TreeHash]) -> Vec<TreeHash> {
    let mut rest = hashes;
    let mut peaks = Vec::new();
    while !rest.is_empty() {
        let (tree, behind) = rest.split_at(1 << rest.len().ilog2());
        peaks.push(TreeHash::over(tree));
        rest = behind;
    }
    peaks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_that_of_all_leaves_at_every_size() {
        let mut edge = Edge::empty();
        let mut leaves = Vec::new();
        for number in 0_u32..2_000 {
            assert_eq!(edge.root(), TreeHash::over(&leaves), "{number} leaves");
            let leaf = TreeHash::of_leaf(&number.to_be_bytes());
            leaves.push(leaf);
            edge.append(leaf, |_, _| {});
        }
    }

    #[test]
    fn a_full_tile_is_told_once_and_its_root_goes_up() {
        let mut edge = Edge::empty();
        let mut told = Vec::new();
        for number in 0_u32..70_000 {
            let leaf = TreeHash::of_leaf(&number.to_be_bytes());
            edge.append(leaf, |at, hashes| told.push((at, hashes.len())));
        }
        // The example of C2SP tlog-tiles.
        let count = |level| told.iter().filter(|(at, _)| at.level == level).count();
        assert_eq!((count(0), count(1), count(2)), (273, 1, 0));
        assert!(told.iter().all(|(_, width)| *width == TILE_WIDTH));
        let partial: Vec<_> = edge.tiles().map(|(at, hashes)| (at.level, hashes.len())).collect();
        assert_eq!(partial, [(0, 112), (1, 17), (2, 1)]);
    }
}

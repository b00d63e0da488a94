use crate::{Authentic, Fault, TileSource, TreeHash};

/// The hashes that lead from an entry, or from an older root, to a root (RFC 6962, sections 2.1.1
/// and 2.1.2).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proof(Vec<TreeHash>);

/// The proof proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// It has fewer or more hashes than one for these sizes has.
    #[error("the proof has not as many hashes as one for these sizes")]
    Length,
    /// It leads to another root.
    #[error("the proof leads to another root")]
    Root,
    /// The entry lies beyond the log's end, or the older log is the larger one.
    #[error("the sizes contradict each other")]
    Sizes,
}

impl Proof {
    /// The longest there is: a tree has at most 64 levels, and a consistency proof one hash more.
    pub const LONGEST: usize = 65;

    /// Takes hashes that were written down, the lowest first.
    ///
    /// # Errors
    /// [`ProofError::Length`] when there are more than any proof has.
    pub fn new(hashes: Vec<TreeHash>) -> Result<Self, ProofError> {
        if hashes.len() > Self::LONGEST { Err(ProofError::Length) } else { Ok(Self(hashes)) }
    }

    /// The hashes, the lowest first.
    #[must_use]
    pub fn hashes(&self) -> &[TreeHash] {
        &self.0
    }

    /// That the entry at `index` is in the log.
    ///
    /// # Errors
    /// When there is no such entry, and when a tile on the way cannot be read or is forged.
    pub fn of_inclusion<S: TileSource + ?Sized>(
        log: &mut Authentic<'_, S>,
        index: u64,
    ) -> Result<Self, Fault> {
        if index >= log.size() {
            return Err(Fault::BeyondTheEnd { size: log.size() });
        }
        let (mut start, mut end) = (0, log.size());
        let mut hashes = Vec::new();
        while end - start > 1 {
            let split = start + (1 << (end - start - 1).ilog2());
            if index < split {
                hashes.push(log.range(split, end)?);
                end = split;
            } else {
                hashes.push(log.range(start, split)?);
                start = split;
            }
        }
        hashes.reverse();
        Ok(Self(hashes))
    }

    /// That the log of `old` entries is the beginning of this one. Empty where nothing is to be
    /// proven: for an old log without entries, or of the same size.
    ///
    /// # Errors
    /// When the log was never that small, and as [`Proof::of_inclusion`].
    pub fn of_consistency<S: TileSource + ?Sized>(
        log: &mut Authentic<'_, S>,
        old: u64,
    ) -> Result<Self, Fault> {
        if old > log.size() {
            return Err(Fault::BeyondTheEnd { size: log.size() });
        }
        if old == 0 || old == log.size() {
            return Ok(Self::default());
        }
        let (mut start, mut end) = (0, log.size());
        let mut hashes = Vec::new();
        // Down to the tree of which the old log is the whole.
        while old != end {
            let split = start + (1 << (end - start - 1).ilog2());
            if old <= split {
                hashes.push(log.range(split, end)?);
                end = split;
            } else {
                hashes.push(log.range(start, split)?);
                start = split;
            }
        }
        // Where that is the old log itself, its root is known to whoever verifies.
        if start > 0 {
            hashes.push(log.range(start, end)?);
        }
        hashes.reverse();
        Ok(Self(hashes))
    }

    /// Whether it proves that `leaf` stands at `index` of the log of `size` entries with `root`
    /// (the algorithm of RFC 9162, section 2.1.3.2).
    ///
    /// # Errors
    /// When it does not.
    pub fn verify_inclusion(
        &self,
        leaf: TreeHash,
        index: u64,
        size: u64,
        root: TreeHash,
    ) -> Result<(), ProofError> {
        if index >= size {
            return Err(ProofError::Sizes);
        }
        let (mut place, mut last) = (index, size - 1);
        let mut hash = leaf;
        for sibling in &self.0 {
            if last == 0 {
                return Err(ProofError::Length);
            }
            if place % 2 == 1 || place == last {
                hash = TreeHash::of_node(sibling, &hash);
                // A right edge that stands alone goes up without a sibling.
                while place % 2 == 0 && place != 0 {
                    place >>= 1;
                    last >>= 1;
                }
            } else {
                hash = TreeHash::of_node(&hash, sibling);
            }
            place >>= 1;
            last >>= 1;
        }
        match (last, hash == root) {
            (0, true) => Ok(()),
            (0, false) => Err(ProofError::Root),
            _ => Err(ProofError::Length),
        }
    }

    /// Whether it proves that the log of `old` entries with `old_root` is the beginning of the one
    /// of `new` entries with `new_root` (RFC 9162, section 2.1.4.2).
    ///
    /// # Errors
    /// When it does not.
    pub fn verify_consistency(
        &self,
        (old, old_root): (u64, TreeHash),
        (new, new_root): (u64, TreeHash),
    ) -> Result<(), ProofError> {
        if old > new {
            return Err(ProofError::Sizes);
        }
        if old == new || old == 0 {
            let same =
                if old == 0 { old_root == TreeHash::of_nothing() } else { old_root == new_root };
            return match (self.0.is_empty(), same) {
                (false, _) => Err(ProofError::Length),
                (true, false) => Err(ProofError::Root),
                (true, true) => Ok(()),
            };
        }
        let (mut place, mut last) = (old - 1, new - 1);
        while place % 2 == 1 {
            place >>= 1;
            last >>= 1;
        }
        let mut hashes = self.0.iter();
        // Where the old log is a whole tree, its root is the first hash, and left out.
        let first = if old.is_power_of_two() { Some(&old_root) } else { hashes.next() };
        let first = *first.ok_or(ProofError::Length)?;
        let (mut before, mut after) = (first, first);
        for sibling in hashes {
            if last == 0 {
                return Err(ProofError::Length);
            }
            if place % 2 == 1 || place == last {
                before = TreeHash::of_node(sibling, &before);
                after = TreeHash::of_node(sibling, &after);
                while place % 2 == 0 && place != 0 {
                    place >>= 1;
                    last >>= 1;
                }
            } else {
                after = TreeHash::of_node(&after, sibling);
            }
            place >>= 1;
            last >>= 1;
        }
        match (last, before == old_root && after == new_root) {
            (0, true) => Ok(()),
            (0, false) => Err(ProofError::Root),
            _ => Err(ProofError::Length),
        }
    }
}

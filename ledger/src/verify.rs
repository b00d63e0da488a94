use crate::{Authentic, Checkpoint, Edge, SourceError, TILE_WIDTH, TileAt, TileSource, TreeHash};

/// What is wrong with a log. Where one entry can be named, it is the first bad one.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// An entry was changed after it was signed for.
    #[error("entry {index} was changed: it does not hash to what the signed tree has there")]
    LeafChanged {
        /// Its index.
        index: u64,
    },
    /// An entry is gone.
    #[error("entry {index} is missing, and the signed tree has it")]
    EntryMissing {
        /// Its index.
        index: u64,
    },
    /// A tile is not the one that the tree above it was made of.
    #[error(
        "{at} is forged: it covers the entries from {} on, and does not hash to what the signed tree \
         has for it",
        first(at)
    )]
    TileForged {
        /// Which.
        at: TileAt,
    },
    /// The log has fewer entries than a checkpoint that was signed before.
    #[error("the log was rolled back: it has {found} entries, and {known} were signed for before")]
    RolledBack {
        /// What an older checkpoint says.
        known: u64,
        /// What is there.
        found: u64,
    },
    /// Two checkpoints of the log contradict each other.
    #[error(
        "the log was forked: a checkpoint that was signed for {size} entries has another root \
             than these entries have"
    )]
    Forked {
        /// The size at which they do.
        size: u64,
    },
    /// The tiles, and the entries with them, are not those that were signed for.
    #[error("the log is not the one that was signed for: its {size} entries have another root")]
    RootDiffers {
        /// The size that was signed for.
        size: u64,
    },
    /// Something beyond the end was asked for.
    #[error("the log has {size} entries")]
    BeyondTheEnd {
        /// How many there are.
        size: u64,
    },
    /// A tile or bundle is missing or malformed, or could not be read at all.
    #[error(transparent)]
    Source(#[from] SourceError),
}

const fn first(at: &TileAt) -> u64 {
    at.index << (8 * (at.level as u32 + 1))
}

/// What was found to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The entries, each verified against the checkpoint.
    pub size: u64,
    /// How many older checkpoints were found to be beginnings of it.
    pub older: usize,
}

/// What verification tells while it runs.
pub trait Verifying {
    /// So many entries are verified.
    fn so_far(&mut self, entries: u64);

    /// Looks at an entry that is verified: whoever keeps more about it can compare that.
    ///
    /// # Errors
    /// When what is kept beside the log contradicts the entry.
    fn entry(&mut self, _index: u64, _entry: &[u8]) -> Result<(), Fault> {
        Ok(())
    }
}

impl Verifying for () {
    fn so_far(&mut self, _: u64) {}
}

/// Verifies a whole log against a checkpoint that was opened with its keys: every tile against the
/// one above, every entry against its tile, and each older checkpoint against the log.
///
/// # Errors
/// The first fault that there is.
pub fn verify<S: TileSource + ?Sized>(
    source: &S,
    checkpoint: &Checkpoint,
    older: &[Checkpoint],
    watch: &mut dyn Verifying,
) -> Result<Verified, Fault> {
    let size = checkpoint.size;
    let found = source.length()?.unwrap_or(size).min(size);
    if let Some(known) = older.iter().map(|it| it.size).chain([size]).find(|it| *it > found) {
        return Err(Fault::RolledBack { known, found });
    }
    let mut log = match Authentic::new(source, checkpoint) {
        Ok(log) => log,
        Err(Fault::RootDiffers { .. }) => return Err(culprit(source, checkpoint)),
        Err(fault) => return Err(fault),
    };
    for old in older {
        if log.root_at(old.size)? != old.root {
            return Err(Fault::Forked { size: old.size });
        }
    }
    for at in bundles(size) {
        let tile = log.tile(0, at.index)?;
        let entries = source.entries(at)?;
        let first = first(&at);
        compare(first, &tile, &entries)?;
        for (index, entry) in (first..).zip(&entries) {
            watch.entry(index, entry)?;
        }
        watch.so_far(first + u64::from(at.width));
    }
    Ok(Verified { size, older: older.len() })
}

/// The tiles of level 0, from left to right.
fn bundles(size: u64) -> impl Iterator<Item = TileAt> {
    (0..size.div_ceil(TILE_WIDTH as u64)).filter_map(move |index| TileAt::of(0, index, size))
}

/// Whether the entries hash to a tile's hashes.
fn compare(first: u64, tile: &[TreeHash], entries: &[Vec<u8>]) -> Result<(), Fault> {
    for (place, (index, expected)) in (first..).zip(tile).enumerate() {
        let Some(entry) = entries.get(place) else { return Err(Fault::EntryMissing { index }) };
        let hash = TreeHash::of_leaf(entry);
        if hash == *expected {
            continue;
        }
        // What follows has moved up: a row was taken out.
        let moved_up = entries.len() < tile.len() && tile.get(place + 1) == Some(&hash);
        return Err(match moved_up {
            true => Fault::EntryMissing { index },
            false => Fault::LeafChanged { index },
        });
    }
    Ok(())
}

/// The partial tiles do not have the checkpoint's root: which of what is there was changed?
///
/// Entries and tiles are asked separately what root they make. The one that makes the checkpoint's
/// is innocent; where both make another one, they are compared with each other.
fn culprit<S: TileSource + ?Sized>(source: &S, checkpoint: &Checkpoint) -> Fault {
    match search(source, checkpoint) {
        Ok(fault) => fault,
        Err(error) => error,
    }
}

fn search<S: TileSource + ?Sized>(source: &S, checkpoint: &Checkpoint) -> Result<Fault, Fault> {
    let size = checkpoint.size;
    let (mut of_entries, mut of_tiles) = (Edge::empty(), Edge::empty());
    // The first contradiction between entries and their tiles, entries and any tile, tiles and
    // those above them.
    let (mut entry, mut beside, mut above) = (None, None, None);
    for at in bundles(size) {
        let tile = source.tile(at)?;
        let entries = source.entries(at)?;
        entry = entry.or_else(|| compare(first(&at), &tile, &entries).err());
        let hashes: Vec<_> = entries.iter().map(|entry| TreeHash::of_leaf(entry)).collect();
        beside = beside.or(differing(source, &mut of_entries, &hashes)?);
        above = above.or(differing(source, &mut of_tiles, &tile)?);
    }
    beside = beside.or(differing_edge(source, &of_entries)?);
    above = above.or(differing_edge(source, &of_tiles)?);
    let forged = |at: Option<TileAt>| at.map(|at| Fault::TileForged { at });
    let fault = if of_entries.root() == checkpoint.root {
        forged(beside)
    } else if of_tiles.root() == checkpoint.root {
        forged(above).or(entry)
    } else {
        entry.or_else(|| forged(above))
    };
    Ok(fault.unwrap_or(Fault::RootDiffers { size }))
}

/// Appends hashes; gives the first tile that they fill and that the source has otherwise.
fn differing<S: TileSource + ?Sized>(
    source: &S,
    edge: &mut Edge,
    hashes: &[TreeHash],
) -> Result<Option<TileAt>, Fault> {
    let mut filled = Vec::new();
    for hash in hashes {
        edge.append(*hash, |at, hashes| filled.push((at, hashes.to_vec())));
    }
    for (at, hashes) in filled {
        if source.tile(at)? != hashes {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// The same for the tiles that are not full.
fn differing_edge<S: TileSource + ?Sized>(
    source: &S,
    edge: &Edge,
) -> Result<Option<TileAt>, Fault> {
    for (at, hashes) in edge.tiles() {
        if source.tile(at)? != hashes {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

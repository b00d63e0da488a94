//! The Merkle tree beside the events.

use depaudit_ledger::{Edge, TileAt, TreeHash};
use rusqlite::{Connection, OptionalExtension, params};

use super::append::length;

/// Blobs of hashes are whole: the table's own checks say so.
fn hashes(bytes: &[u8]) -> Vec<TreeHash> {
    bytes.as_chunks().0.iter().copied().map(TreeHash::from_bytes).collect()
}

fn bytes(hashes: &[TreeHash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

/// The hashes of the events that a batch appends, as whoever encoded them made them: on their
/// threads, and not on the one that writes.
#[derive(Debug, Default)]
pub(super) struct Hashes {
    begin: u64,
    known: Vec<TreeHash>,
}

impl Hashes {
    /// Those of the events from `first` on.
    pub(super) fn push(&mut self, first: u64, hashes: impl Iterator<Item = TreeHash>) {
        if self.begin + self.known.len() as u64 != first {
            *self = Self { begin: first, known: Vec::new() };
        }
        self.known.extend(hashes);
    }

    /// The first event that the batch appends, when it appends any.
    pub(super) fn first(&self) -> Option<u64> {
        (!self.known.is_empty()).then_some(self.begin)
    }

    /// How long the log is behind the batch, when it appends any events: with no other's among them.
    pub(super) fn end(&self) -> Option<u64> {
        (!self.known.is_empty()).then_some(self.begin + self.known.len() as u64)
    }

    /// Takes the hashes of the events from `first` to the last, when it has all of them.
    fn take(&mut self, first: u64, length: u64) -> Option<Vec<TreeHash>> {
        let Self { begin, known } = std::mem::take(self);
        (begin == first && begin + known.len() as u64 == length).then_some(known)
    }
}

/// The tree's state as the file has it.
pub(super) fn edge(connection: &Connection) -> rusqlite::Result<Edge> {
    let mut levels = Vec::new();
    let mut statement =
        connection.prepare_cached("SELECT level, hashes FROM edge ORDER BY level")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let level: u8 = row.get(0)?;
        levels.resize(usize::from(level), Vec::new());
        levels.push(hashes(row.get_ref(1)?.as_blob()?));
    }
    Ok(Edge::from_levels(size(connection)?, levels))
}

/// How many events the tree has.
pub(super) fn size(connection: &Connection) -> rusqlite::Result<u64> {
    let mut sizes = connection.prepare_cached("SELECT level, length(hashes) / 32 FROM edge")?;
    let mut rows = sizes.query([])?;
    let mut size = 0;
    while let Some(row) = rows.next()? {
        let (level, width): (u32, u32) = (row.get(0)?, row.get(1)?);
        size += u64::from(width) << (8 * level);
    }
    Ok(size)
}

/// The tree's state: as the caller remembers it, or read again where another process has gone on
/// meanwhile.
pub(super) fn known(connection: &Connection, known: Option<&Edge>) -> rusqlite::Result<Edge> {
    let size = size(connection)?;
    match known {
        Some(known) if known.size() == size => Ok(known.clone()),
        _ => edge(connection),
    }
}

/// Takes the events into the tree that it does not have, `most` at a time. `known` is the state
/// that the caller remembers; it is read again where another process has gone on meanwhile.
///
/// Gives the new state, which holds once the transaction is committed.
pub(super) fn grow(
    batch: &Connection,
    known: Option<&Edge>,
    hashes: &mut Hashes,
    most: u64,
) -> rusqlite::Result<Edge> {
    let mut grown = self::known(batch, known)?;
    let size = grown.size();
    let mut filled = Vec::new();
    let mut append = |leaf| grown.append(leaf, |at, hashes| filled.push((at, bytes(hashes))));
    if let Some(hashes) = hashes.take(size, length(batch)?) {
        hashes.into_iter().for_each(append);
    } else {
        read_leaves(batch, size, most, &mut append)?;
    }
    if grown.size() == size {
        return Ok(grown);
    }
    let mut insert =
        batch.prepare_cached("INSERT INTO tile (level, idx, hashes) VALUES (?1, ?2, ?3)")?;
    // A level is touched when the one below has filled a tile.
    let touched = filled.iter().map(|(at, _)| at.level + 1).max().unwrap_or(0);
    for (at, hashes) in filled {
        insert.execute(params![at.level, at.index.cast_signed(), hashes])?;
    }
    write_edge(batch, &grown, touched)?;
    Ok(grown)
}

fn read_leaves(
    batch: &Connection,
    first: u64,
    most: u64,
    append: &mut impl FnMut(TreeHash),
) -> rusqlite::Result<()> {
    let mut leaves =
        batch.prepare_cached("SELECT leaf FROM event WHERE idx >= ?1 ORDER BY idx LIMIT ?2")?;
    let mut rows = leaves.query(params![first.cast_signed(), most.cast_signed()])?;
    while let Some(row) = rows.next()? {
        append(TreeHash::of_leaf(row.get_ref(0)?.as_blob()?));
    }
    Ok(())
}

/// Writes the levels up to `touched`, and removes those that have no partial tile now.
fn write_edge(batch: &Connection, grown: &Edge, touched: u8) -> rusqlite::Result<()> {
    let mut keep =
        batch.prepare_cached("INSERT OR REPLACE INTO edge (level, hashes) VALUES (?1, ?2)")?;
    let mut drop = batch.prepare_cached("DELETE FROM edge WHERE level = ?1")?;
    for level in 0..=touched {
        match grown.tiles().find(|(at, _)| at.level == level) {
            Some((_, hashes)) => keep.execute(params![level, bytes(hashes)])?,
            None => drop.execute([level])?,
        };
    }
    Ok(())
}

/// The hashes of a tile, as many as it asks for; nothing where there are fewer.
pub(super) fn tile(connection: &Connection, at: TileAt) -> rusqlite::Result<Option<Vec<TreeHash>>> {
    let full = connection
        .prepare_cached("SELECT hashes FROM tile WHERE level = ?1 AND idx = ?2")?
        .query_row(params![at.level, at.index.cast_signed()], |row| row.get(0))
        .optional()?;
    let found: Option<Vec<u8>> = match full {
        Some(full) => Some(full),
        // Which tile of its level the partial one is, the size tells.
        None if at.index == size(connection)? >> (8 * (u32::from(at.level) + 1)).min(63) => {
            connection
                .prepare_cached("SELECT hashes FROM edge WHERE level = ?1")?
                .query_row([at.level], |row| row.get(0))
                .optional()?
        }
        None => None,
    };
    let found = found.map(|found| hashes(&found));
    Ok(found.and_then(|mut found| {
        let width = usize::from(at.width);
        (found.len() >= width).then(|| {
            found.truncate(width);
            found
        })
    }))
}

/// The encodings of the events from `first` on, `most` at a time, with their indices.
pub(super) fn leaves(
    connection: &Connection,
    first: u64,
    most: usize,
) -> rusqlite::Result<Vec<(u64, Vec<u8>)>> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut statement = connection
        .prepare_cached("SELECT idx, leaf FROM event WHERE idx >= ?1 ORDER BY idx LIMIT ?2")?;
    let rows = statement.query_map(params![first.cast_signed(), most], |row| {
        let index: i64 = row.get(0)?;
        Ok((index.cast_unsigned(), row.get(1)?))
    })?;
    rows.collect()
}

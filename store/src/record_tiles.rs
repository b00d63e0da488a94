use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;

use depaudit_ledger::{SourceError, TileAt, TileSource, TreeHash};
use tokio::runtime::Handle;

use crate::{AuditLog, StoreError};

/// How many entries are read at once: a bundle alone would cost a question each.
const READ_AHEAD: usize = 16 * 256;

/// The tiles of a record, for a thread of its own.
#[derive(Debug)]
pub struct RecordTiles {
    log: Arc<dyn AuditLog>,
    runtime: Handle,
    read: RefCell<VecDeque<(u64, Vec<u8>)>>,
}

impl RecordTiles {
    /// `runtime` is the one on which the record's questions run; the tiles are asked for on another
    /// thread.
    #[must_use]
    pub fn new(log: Arc<dyn AuditLog>, runtime: Handle) -> Self {
        Self { log, runtime, read: RefCell::default() }
    }
}

fn unreadable(at: TileAt, error: StoreError) -> SourceError {
    SourceError::Unreadable { what: at.to_string(), cause: Box::new(error) }
}

impl TileSource for RecordTiles {
    fn tile(&self, at: TileAt) -> Result<Vec<TreeHash>, SourceError> {
        let tile = self.runtime.block_on(self.log.tile(at));
        let tile = tile.map_err(|error| unreadable(at, error))?;
        tile.ok_or_else(|| SourceError::Missing(at.to_string()))
    }

    fn entries(&self, at: TileAt) -> Result<Vec<Vec<u8>>, SourceError> {
        let first = at.index * 256;
        let end = first + u64::from(at.width);
        let mut read = self.read.borrow_mut();
        // What was read ahead and is not what comes next is of no use.
        if read.front().is_none_or(|(index, _)| *index != first)
            || read.back().is_none_or(|(index, _)| *index + 1 < end)
        {
            let leaves = self.runtime.block_on(self.log.leaves(first, READ_AHEAD));
            *read = leaves.map_err(|error| unreadable(at, error))?.into();
        }
        let mut entries = Vec::with_capacity(usize::from(at.width));
        // Where an index is left out, what follows does not move up: the gap is the fault.
        while let Some((index, _)) = read.front()
            && *index == first + entries.len() as u64
            && *index < end
            && let Some((_, leaf)) = read.pop_front()
        {
            entries.push(leaf);
        }
        Ok(entries)
    }

    fn length(&self) -> Result<Option<u64>, SourceError> {
        let length = self.runtime.block_on(self.log.length());
        length.map(Some).map_err(|error| SourceError::Unreadable {
            what: "the number of events".to_owned(),
            cause: Box::new(error),
        })
    }
}

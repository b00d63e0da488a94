use std::collections::{HashMap, HashSet};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::content::Content;
use super::{CutBefore, DatabaseFile};

/// Why the disk refuses an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// There is no power.
    Dark,
    /// There is no room.
    Full,
    /// A sync failed.
    Sync,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Sync,
    /// A write to a database itself.
    Page,
    Other,
}

/// A file, whatever it is called: a name may get another file, and both are there then.
pub(super) type FileNumber = usize;

/// All files of a disk, and what will go wrong.
#[derive(Debug, Default)]
pub(super) struct State {
    files: Vec<Content>,
    /// Those of `files` that are databases and were written to.
    main_files: HashSet<FileNumber>,
    names: HashMap<String, Name>,
    pub(super) cut_before: Option<CutBefore>,
    dark: bool,
    pub(super) full: bool,
    pub(super) failing_sync: Option<DatabaseFile>,
    pub(super) log_syncs_put_off: bool,
}

/// Which file has a name.
#[derive(Debug, Default)]
struct Name {
    durable: Option<FileNumber>,
    /// What has become of it since its folder was synced, oldest first; `None` means removed.
    unsynced: Vec<Option<FileNumber>>,
}

impl Name {
    fn now(&self) -> Option<FileNumber> {
        self.unsynced.last().copied().unwrap_or(self.durable)
    }

    fn sync(&mut self) {
        self.durable = self.now();
        self.unsynced.clear();
    }
}

impl State {
    /// A disk with these files, all of them durable.
    pub(super) fn holding(files: Vec<(String, Vec<u8>)>) -> Self {
        let mut state = Self::default();
        for (name, bytes) in files {
            let durable = Some(state.add(Content::durable(bytes)));
            state.names.insert(name, Name { durable, unsynced: Vec::new() });
        }
        state
    }

    fn add(&mut self, content: Content) -> FileNumber {
        self.files.push(content);
        self.files.len() - 1
    }

    pub(super) const fn is_dark(&self) -> bool {
        self.dark
    }

    pub(super) fn has_unsynced_pages(&self) -> bool {
        self.main_files.iter().any(|file| self.files[*file].is_unsynced())
    }

    /// Notes an operation, or refuses it: the power goes before the one that it was to go before.
    fn operate(&mut self, kind: Operation) -> Result<(), Refusal> {
        let left = match &mut self.cut_before {
            Some(CutBefore::Operation(left)) => Some(left),
            Some(CutBefore::Sync(left)) if kind == Operation::Sync => Some(left),
            Some(CutBefore::Page(left)) if kind == Operation::Page => Some(left),
            _ => None,
        };
        if let Some(left) = left {
            self.dark |= *left == 0;
            *left = left.saturating_sub(1);
        }
        if self.dark { Err(Refusal::Dark) } else { Ok(()) }
    }

    /// Whether a file of this name is there, or was.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    /// A file is opened that somebody may have made behind this disk's back, durably: then `found`
    /// is what it holds.
    pub(super) fn open(
        &mut self,
        name: &str,
        found: Option<Vec<u8>>,
    ) -> Result<FileNumber, Refusal> {
        if self.dark {
            return Err(Refusal::Dark);
        }
        if let Some(number) = self.names.get(name).and_then(Name::now) {
            return Ok(number);
        }
        let made_elsewhere = found.is_some();
        let number = self.add(found.map_or_else(Content::default, Content::durable));
        let entry = self.names.entry(name.to_owned()).or_default();
        entry.unsynced.push(Some(number));
        if made_elsewhere {
            entry.sync();
        }
        Ok(number)
    }

    pub(super) fn delete(&mut self, name: &str, sync_folder: bool) -> Result<(), Refusal> {
        self.operate(Operation::Other)?;
        if let Some(entry) = self.names.get_mut(name) {
            entry.unsynced.push(None);
        }
        if sync_folder {
            self.names.values_mut().for_each(Name::sync);
        }
        Ok(())
    }

    /// `grows` where the write ends behind the file's end.
    pub(super) fn write(
        &mut self,
        (file, which): (FileNumber, DatabaseFile),
        at: usize,
        bytes: &[u8],
        grows: bool,
    ) -> Result<(), Refusal> {
        let page = which == DatabaseFile::Main;
        self.operate(if page { Operation::Page } else { Operation::Other })?;
        if self.full && grows {
            return Err(Refusal::Full);
        }
        if page {
            self.main_files.insert(file);
            // A checkpoint has begun, so the syncs of the log before it are no longer put off.
            self.files.iter_mut().for_each(Content::pay);
        }
        self.files[file].write(at, bytes);
        Ok(())
    }

    pub(super) fn set_length(&mut self, file: FileNumber, length: usize) -> Result<(), Refusal> {
        self.operate(Operation::Other)?;
        self.files[file].set_length(length);
        Ok(())
    }

    pub(super) fn sync(
        &mut self,
        (file, which): (FileNumber, DatabaseFile),
        sync_folder: bool,
    ) -> Result<(), Refusal> {
        self.operate(Operation::Sync)?;
        if self.failing_sync == Some(which) {
            self.failing_sync = None;
            self.files[file].fail_sync();
            return Err(Refusal::Sync);
        }
        if self.log_syncs_put_off && which == DatabaseFile::Log {
            self.files[file].put_off_sync();
        } else {
            self.files[file].sync();
        }
        if sync_folder {
            self.names.values_mut().for_each(Name::sync);
        }
        Ok(())
    }

    /// The files that a power cut at this moment leaves, or has left.
    pub(super) fn survive(&self, seed: u64) -> Vec<(String, Vec<u8>)> {
        let mut chance = StdRng::seed_from_u64(seed);
        let mut names: Vec<_> = self.names.iter().collect();
        names.sort_unstable_by_key(|(name, _)| *name);
        let mut left = Vec::new();
        for (name, entry) in names {
            // What becomes of one name reaches the disk in order.
            let reached = chance.random_range(0..=entry.unsynced.len());
            let now = match reached.checked_sub(1) {
                Some(last) => entry.unsynced[last],
                None => entry.durable,
            };
            if let Some(file) = now {
                left.push((name.clone(), self.files[file].survive(&mut chance)));
            }
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const LOG: DatabaseFile = DatabaseFile::Log;

    fn survivors(state: &State) -> BTreeSet<Vec<(String, Vec<u8>)>> {
        (0..500).map(|seed| state.survive(seed)).collect()
    }

    fn file(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
        vec![("log".to_owned(), bytes.to_vec())]
    }

    #[test]
    fn a_new_name_is_durable_once_its_folder_is_synced() {
        let mut state = State::default();
        let log = state.open("log", None).unwrap();
        state.write((log, LOG), 0, b"a", true).unwrap();
        let either = [vec![], file(b""), file(b"a")];
        assert!(survivors(&state).into_iter().eq(either));
        state.sync((log, LOG), true).unwrap();
        assert!(survivors(&state).into_iter().eq([file(b"a")]));
    }

    #[test]
    fn a_removed_file_may_come_back_until_its_folder_is_synced() {
        let mut state = State::holding(file(b"old"));
        state.delete("log", false).unwrap();
        assert!(survivors(&state).into_iter().eq([vec![], file(b"old")]));
        let new = state.open("log", None).unwrap();
        assert!(survivors(&state).into_iter().eq([vec![], file(b""), file(b"old")]));
        state.sync((new, LOG), true).unwrap();
        assert!(survivors(&state).into_iter().eq([file(b"")]));
    }

    #[test]
    fn after_the_cut_nothing_happens_any_more() {
        let mut state = State::holding(file(b"old"));
        let log = state.open("log", None).unwrap();
        state.cut_before = Some(CutBefore::Sync(0));
        state.write((log, LOG), 0, b"new", false).unwrap();
        assert!(!state.is_dark());
        assert_eq!(state.sync((log, LOG), true), Err(Refusal::Dark));
        assert_eq!(state.delete("log", true), Err(Refusal::Dark));
        assert_eq!(state.open("other", None), Err(Refusal::Dark));
        assert!(state.is_dark());
        assert!(survivors(&state).into_iter().eq([file(b"new"), file(b"old")]));
    }
}

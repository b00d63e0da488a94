use std::collections::BTreeMap;

use crate::report::{Location, Override, State};

/// Records by place and package. What several contexts say of one entry becomes one record.
#[derive(Debug, Default)]
pub(super) struct Merged(BTreeMap<(Location, Option<String>), Override>);

impl Merged {
    /// Adds what one context says: an entry that acts somewhere acts.
    pub(super) fn add(&mut self, record: Override) {
        let key = (record.location.clone(), record.package.clone());
        let Some(known) = self.0.get_mut(&key) else {
            self.0.insert(key, record);
            return;
        };
        if known.workspace != record.workspace && record.state != State::Ignored {
            // It counts for several workspaces: none in particular.
            known.workspace = None;
        }
        if strength(record.state) > strength(known.state) {
            known.state = record.state;
            known.target = record.target;
            known.reach = record.reach;
            known.folder = record.folder;
        }
        known.locked.extend(record.locked);
        known.locked.sort_unstable();
        known.locked.dedup();
    }

    /// Whether some context has said something of this entry.
    pub(super) fn knows(&self, location: &Location) -> bool {
        let from = (location.clone(), None);
        self.0.range(from..).next().is_some_and(|((found, _), _)| found == location)
    }

    pub(super) fn into_records(self) -> impl Iterator<Item = Override> {
        self.0.into_values()
    }
}

const fn strength(state: State) -> u8 {
    match state {
        State::Ignored => 0,
        State::Unused => 1,
        State::NoLock => 2,
        State::Pending => 3,
        State::Used => 4,
    }
}

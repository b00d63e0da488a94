use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, RngExt};

/// What a disk writes at once: no part of a sector is ever written alone.
const SECTOR: usize = 512;

/// The bytes of a file: those that a power cut cannot take, and what was done to them since.
#[derive(Debug, Clone, Default)]
pub(super) struct Content {
    durable: Vec<u8>,
    unsynced: Vec<Change>,
    /// How many of `unsynced` a sync was asked for that the disk owes.
    owed: usize,
}

#[derive(Debug, Clone)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    SetLength(usize),
}

impl Content {
    pub(super) const fn durable(bytes: Vec<u8>) -> Self {
        Self { durable: bytes, unsynced: Vec::new(), owed: 0 }
    }

    pub(super) const fn is_unsynced(&self) -> bool {
        !self.unsynced.is_empty()
    }

    pub(super) fn write(&mut self, at: usize, bytes: &[u8]) {
        self.unsynced.push(Change::Write { at, bytes: bytes.to_vec() });
    }

    pub(super) fn set_length(&mut self, length: usize) {
        self.unsynced.push(Change::SetLength(length));
    }

    pub(super) fn sync(&mut self) {
        self.owed = self.unsynced.len();
        self.pay();
    }

    /// Says that it was synced, and does it later, or never.
    pub(super) const fn put_off_sync(&mut self) {
        self.owed = self.unsynced.len();
    }

    /// Does what was put off.
    pub(super) fn pay(&mut self) {
        for change in self.unsynced.drain(..self.owed) {
            change.apply(&mut self.durable);
        }
        self.owed = 0;
    }

    /// A sync failed. As on Linux, what it was about counts as written from now on: it is read, no
    /// later sync writes it, and a power cut takes it.
    pub(super) fn fail_sync(&mut self) {
        self.unsynced.clear();
        self.owed = 0;
    }

    /// What is left after a power cut. Of what was not synced each change is kept, dropped or torn,
    /// in any order.
    pub(super) fn survive(&self, chance: &mut StdRng) -> Vec<u8> {
        let mut changes: Vec<Change> = self.unsynced.clone();
        if chance.random_bool(0.5) {
            changes.shuffle(chance);
        }
        // Sometimes nearly all of it got through, sometimes next to nothing: the cases that are
        // hard for a log lie at both ends.
        let kept = *pick(chance, &[0.0, 0.05, 0.5, 0.95, 1.0]);
        let torn = *pick(chance, &[0.0, 0.1, 0.5]);
        let mut bytes = self.durable.clone();
        for change in changes {
            if chance.random_bool(torn) {
                change.tear().filter(|_| chance.random()).for_each(|part| part.apply(&mut bytes));
            } else if chance.random_bool(kept) {
                change.apply(&mut bytes);
            }
        }
        bytes
    }
}

impl Change {
    fn apply(&self, file: &mut Vec<u8>) {
        match self {
            Self::Write { at, bytes } => {
                let end = at + bytes.len();
                if file.len() < end {
                    file.resize(end, 0);
                }
                file[*at..end].copy_from_slice(bytes);
            }
            Self::SetLength(length) => file.resize(*length, 0),
        }
    }

    /// The parts of a change that fall into different sectors.
    fn tear(&self) -> impl Iterator<Item = Self> {
        let (mut at, mut rest, length) = match self {
            Self::Write { at, bytes } => (*at, bytes.as_slice(), None),
            Self::SetLength(length) => (0, &[][..], Some(Self::SetLength(*length))),
        };
        let parts = std::iter::from_fn(move || {
            let (part, behind) = rest.split_at(rest.len().min(SECTOR - at % SECTOR));
            let write = Self::Write { at, bytes: part.to_vec() };
            (at, rest) = (at + part.len(), behind);
            (!part.is_empty()).then_some(write)
        });
        parts.chain(length)
    }
}

/// One of these, each as likely as the others.
pub(super) fn pick<'t, T>(chance: &mut impl Rng, these: &'t [T]) -> &'t T {
    &these[chance.random_range(0..these.len())]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand::SeedableRng;

    use super::*;

    fn survivors(content: &Content) -> BTreeSet<Vec<u8>> {
        (0..2_000).map(|seed| content.survive(&mut StdRng::seed_from_u64(seed))).collect()
    }

    #[test]
    fn what_was_synced_survives_and_the_rest_may_be_kept_dropped_or_reordered() {
        let mut content = Content::default();
        content.write(0, b"aa");
        content.sync();
        content.write(0, b"b");
        content.write(0, b"c");
        content.write(1, b"d");
        let expected = [b"aa", b"ad", b"ba", b"bd", b"ca", b"cd"];
        assert!(survivors(&content).into_iter().eq(expected.map(Vec::from)));
        content.sync();
        assert!(survivors(&content).into_iter().eq([b"cd".to_vec()]));
    }

    #[test]
    fn a_write_is_torn_between_sectors_only() {
        let mut content = Content::durable(vec![0; 3 * SECTOR]);
        content.write(SECTOR / 2, &[1; 2 * SECTOR]);
        let expected: BTreeSet<_> = (0..8)
            .map(|kept: u8| {
                let mut bytes = vec![0; 3 * SECTOR];
                let parts =
                    [SECTOR / 2..SECTOR, SECTOR..2 * SECTOR, 2 * SECTOR..2 * SECTOR + SECTOR / 2];
                for (number, part) in parts.into_iter().enumerate() {
                    bytes[part].fill(kept >> number & 1);
                }
                bytes
            })
            .collect();
        assert_eq!(survivors(&content), expected);
    }

    #[test]
    fn what_a_failed_sync_was_about_is_gone_though_the_next_one_succeeds() {
        let mut content = Content::default();
        content.write(0, b"a");
        content.fail_sync();
        content.write(1, b"b");
        content.sync();
        assert!(survivors(&content).into_iter().eq([b"\0b".to_vec()]));
    }
}

//! Counts of millions of things, in little memory.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};

use depaudit_model::Timestamp;

use super::counts::Key;
use crate::Counts;

/// So many things are held in memory, 33 MB; beyond that they go to files.
const HELD: usize = 200_000;
/// So many files share them, each of which is small enough to be read whole.
const FILES: usize = 128;

/// What is kept of a thing, and what was found of it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Both {
    pub(super) kept: Option<Counts>,
    pub(super) found: Option<Counts>,
}

/// The files have no names, so nothing is left of them whatever happens.
#[derive(Debug, Default)]
pub(super) struct Pile {
    held: HashMap<Key, Both>,
    files: Vec<BufWriter<File>>,
    most: usize,
}

/// One side of a thing, in a file.
const LINE: usize = 16 + 1 + 6 * 8;

impl Pile {
    pub(super) fn new() -> Self {
        Self { most: HELD, ..Self::default() }
    }

    /// Adds what is kept of a thing, or what was found of it.
    ///
    /// # Errors
    /// When there is no room for temporary files.
    pub(super) fn add(&mut self, key: Key, both: Both) -> io::Result<()> {
        merge(&mut self.held, key, both);
        if self.held.len() >= self.most { self.spill() } else { Ok(()) }
    }

    fn spill(&mut self) -> io::Result<()> {
        if self.files.is_empty() {
            let made = (0..FILES).map(|_| tempfile::tempfile().map(BufWriter::new));
            self.files = made.collect::<io::Result<_>>()?;
        }
        let count = self.files.len();
        for (key, both) in self.held.drain() {
            let Some(file) = self.files.get_mut(usize::from(key[0]) % count) else { continue };
            for (side, counts) in [both.kept, both.found].into_iter().enumerate() {
                if let Some(counts) = counts {
                    file.write_all(&line(key, side != 0, counts))?;
                }
            }
        }
        Ok(())
    }

    /// Everything whose two sides are not the same, in no order; at most `most`.
    ///
    /// # Errors
    /// When the temporary files cannot be read.
    pub(super) fn differing(mut self, most: usize) -> io::Result<Vec<(Key, Both)>> {
        if self.files.is_empty() {
            return Ok(differing(self.held).take(most).collect());
        }
        self.spill()?;
        let mut all = Vec::new();
        for file in self.files {
            let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.rewind()?;
            let (mut file, mut held) = (BufReader::new(file), HashMap::new());
            let mut read = [0; LINE];
            while whole(&mut file, &mut read)? {
                let (key, both) = parse(&read);
                merge(&mut held, key, both);
            }
            all.extend(differing(held).take(most - all.len()));
        }
        Ok(all)
    }
}

fn merge(held: &mut HashMap<Key, Both>, key: Key, both: Both) {
    let there = held.entry(key).or_default();
    let and = |one: Option<Counts>, other: Option<Counts>| match (one, other) {
        (Some(one), Some(other)) => Some(one.and(other)),
        (one, other) => one.or(other),
    };
    there.kept = and(there.kept, both.kept);
    there.found = and(there.found, both.found);
}

fn differing(held: HashMap<Key, Both>) -> impl Iterator<Item = (Key, Both)> {
    held.into_iter().filter(|(_, both)| {
        // One row counts all events of its kind.
        let found = both.found.map(|found| Counts { rows: 1, ..found });
        both.kept != found
    })
}

fn line(key: Key, found: bool, counts: Counts) -> [u8; LINE] {
    let Counts { rows, count, times: (first, last), events: (from, to) } = counts;
    let numbers = [rows, count, millis(first), millis(last), from, to];
    let mut line = [0; LINE];
    let bytes = key.into_iter().chain([u8::from(found)]);
    let bytes = bytes.chain(numbers.into_iter().flat_map(u64::to_be_bytes));
    line.iter_mut().zip(bytes).for_each(|(place, byte)| *place = byte);
    line
}

fn millis(time: Timestamp) -> u64 {
    time.as_millis().cast_unsigned()
}

fn parse(line: &[u8; LINE]) -> (Key, Both) {
    let (mut key, mut numbers) = (Key::default(), [0; 6]);
    let (head, tail) = line.split_at(key.len() + 1);
    key.iter_mut().zip(head).for_each(|(place, byte)| *place = *byte);
    let read = tail.as_chunks().0.iter().map(|number| u64::from_be_bytes(*number));
    numbers.iter_mut().zip(read).for_each(|(place, number)| *place = number);
    let [rows, count, first, last, from, to] = numbers;
    let time = |millis: u64| Timestamp::from_millis(millis.cast_signed());
    let counts = Counts { rows, count, times: (time(first), time(last)), events: (from, to) };
    let both = match head.last() {
        Some(0) => Both { kept: Some(counts), found: None },
        _ => Both { kept: None, found: Some(counts) },
    };
    (key, both)
}

/// Fills `line`; false at the end.
fn whole(file: &mut impl Read, line: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(line) {
        Ok(()) => Ok(true),
        // These files are written whole.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(number: u64) -> Counts {
        let time = Timestamp::from_millis(number.cast_signed());
        Counts { rows: 1, count: 1, times: (time, time), events: (number, number) }
    }

    fn key(number: u64) -> Key {
        super::super::counts::key([&number.to_be_bytes()[..]].into_iter())
    }

    #[test]
    fn what_went_to_files_is_compared_as_what_is_held() {
        for most in [usize::MAX, 7] {
            let mut pile = Pile { most, ..Pile::default() };
            for number in 0..300 {
                // Things from 100 on are met three times.
                let thing = key(100 + number % 100);
                let found = Both { found: Some(counts(number)), kept: None };
                pile.add(thing, found).unwrap();
            }
            for thing in 0..100 {
                let rows = [0, 100, 200].map(|turn| counts(thing + turn));
                let mut kept = rows.into_iter().reduce(Counts::and).unwrap();
                kept.rows = 1;
                // One is counted too often, one twice, one not at all.
                kept.count += u64::from(thing == 5);
                let both = Both { kept: Some(kept), found: None };
                let times = match thing {
                    6 => 0,
                    7 => 2,
                    _ => 1,
                };
                (0..times).for_each(|_| pile.add(key(100 + thing), both).unwrap());
            }
            let mut differing = pile.differing(10).unwrap();
            differing.sort_by_key(|(_, both)| both.found.map(|found| found.events.0));
            let [often, never, twice] = <[_; 3]>::try_from(differing).unwrap();
            assert_eq!(often.0, key(105));
            assert_eq!(often.1.kept.unwrap().count, 4);
            assert_eq!(often.1.found.unwrap().events, (5, 205));
            assert!(never.1.kept.is_none());
            assert_eq!(twice.1.kept.unwrap().rows, 2);
        }
    }
}

//! Reading an upstream's index entry: which lines may be served, and which contradict what is pinned.
//!
//! A pure function from bytes to bytes. Lines pass through verbatim; an unusable line is left out,
//! and a line whose checksum differs from the pinned one is replaced by the line that was served
//! before, or left out where there is none. Everything left out or replaced is reported, so that it
//! goes on record.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use bytes::Bytes;
use depaudit_model::cargo::{CrateName, parse_version};
use depaudit_model::{Checksum, Timestamp};
use depaudit_store::Pin;
use semver::Version;
use serde::Deserialize;

/// The longest line, in bytes. The longest on crates.io have some 100 KB (generated feature lists).
const LONGEST_LINE: usize = 1 << 20;

/// After so many unusable lines the rest is not read: what comes is no index entry.
const MOST_DROPPED: usize = 1_000;

/// A version that may be served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The crate's name as this line spells it.
    pub name: CrateName,
    /// Its version.
    pub version: Version,
    /// Its checksum.
    pub checksum: Checksum,
    /// Whether its author withdrew it.
    pub yanked: bool,
    /// When it was published, where the line says so in a form that can be read.
    pub published: Option<Timestamp>,
    /// Where it stands in the body, its newline included.
    pub range: Range<usize>,
}

/// What came of an upstream's index entry.
#[derive(Debug, Clone)]
pub struct Merged {
    /// What to serve: the upstream's bytes, less what was left out.
    pub body: Bytes,
    /// Its lines, in order.
    pub lines: Vec<Line>,
    /// Checksums that were not pinned before.
    pub new_pins: Vec<Pin>,
    /// Lines that were left out.
    pub dropped: Vec<Dropped>,
    /// Versions whose checksum differs from the pinned one.
    pub conflicts: Vec<Conflict>,
    /// Whether the body ended with a line's end and no line was left out. What is not intact may be a
    /// body that was cut on its way, and is not to be confirmed by its validators.
    pub intact: bool,
}

/// A line that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// Its number, from 1.
    pub number: usize,
    /// Why.
    pub reason: LineFault,
}

/// A version that changed its checksum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The version.
    pub version: Version,
    /// What is pinned, and goes on being served.
    pub pinned: Checksum,
    /// What the upstream names now.
    pub offered: Checksum,
}

/// Why a line cannot be served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineFault {
    /// Over a megabyte.
    #[error("the line is too long")]
    TooLong,
    /// No JSON object with the fields of an index line.
    #[error("the line is no index entry")]
    NotAnEntry,
    /// Its name is another crate's.
    #[error("the line names another crate")]
    OtherCrate,
    /// Its version is none.
    #[error("the line has no valid version")]
    Version,
    /// Its checksum is missing, empty or no SHA-256.
    #[error("the line has no valid checksum")]
    Checksum,
    /// An earlier line has the same version, build metadata aside.
    #[error("an earlier line has the same version")]
    Duplicate,
    /// The checksum differs from the pinned one.
    #[error("the checksum differs from the pinned one")]
    Conflict,
}

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    vers: Cow<'a, str>,
    #[serde(borrow, default)]
    cksum: Option<Cow<'a, str>>,
    #[serde(default)]
    yanked: Option<bool>,
    #[serde(borrow, default)]
    pubtime: Option<Cow<'a, str>>,
}

/// Reads a body that was merged before, as it comes from the store.
#[must_use]
pub fn stored_lines(name: &CrateName, body: &Bytes) -> Vec<Line> {
    lines(body).filter_map(|(_, range)| read_line(name, body, range).ok()).collect()
}

/// Reads `upstream`, which is the entry of the crate filed under `name`, given what was served before.
#[must_use]
pub fn merge(name: &CrateName, upstream: &Bytes, previous: &Bytes, pins: &[Pin]) -> Merged {
    // A spelling that clients have in their locks is not given up because of one line before it.
    let known = lines(previous).find_map(|(_, range)| read_line(name, previous, range).ok());
    let known = known.map(|line| line.name);
    let merged = merge_spelled(name, known.clone(), upstream, previous, pins);
    if known.is_some() && merged.lines.is_empty() {
        return merge_spelled(name, None, upstream, previous, pins);
    }
    merged
}

/// [`merge`], with every line in this spelling of the name, or in that of the first usable line.
fn merge_spelled(
    name: &CrateName,
    mut spelling: Option<CrateName>,
    upstream: &Bytes,
    previous: &Bytes,
    pins: &[Pin],
) -> Merged {
    // A pinned version holds its place: another build of it is no other version to a resolver, and
    // must not come in its stead.
    let held: HashMap<Version, &Version> =
        pins.iter().map(|pin| (without_build(&pin.version), &pin.version)).collect();
    let pins: HashMap<&Version, Checksum> =
        pins.iter().map(|pin| (&pin.version, pin.checksum)).collect();
    let mut merging = Merging { out: Vec::new(), kept: Vec::new(), verbatim: true };
    let mut merged = Merged {
        body: Bytes::new(),
        lines: Vec::new(),
        new_pins: Vec::new(),
        dropped: Vec::new(),
        conflicts: Vec::new(),
        intact: false,
    };
    // Versions that differ in build metadata alone are one version to a resolver.
    let mut seen: BTreeMap<Version, ()> = BTreeMap::new();
    let mut old_lines: Option<Vec<Line>> = None;
    for (number, range) in lines(upstream) {
        if merged.dropped.len() == MOST_DROPPED {
            merging.verbatim = false;
            break;
        }
        let mut drop = |reason| merged.dropped.push(Dropped { number, reason });
        let line = match read_line(name, upstream, range.clone()) {
            Ok(line) => line,
            Err(reason) => {
                drop(reason);
                merging.verbatim = false;
                continue;
            }
        };
        let bare = without_build(&line.version);
        let displaces = held.get(&bare).is_some_and(|pinned| **pinned != line.version);
        let reason = if *spelling.get_or_insert_with(|| line.name.clone()) != line.name {
            Some(LineFault::OtherCrate)
        } else if displaces || seen.insert(bare, ()).is_some() {
            Some(LineFault::Duplicate)
        } else {
            None
        };
        if let Some(reason) = reason {
            drop(reason);
            merging.verbatim = false;
            continue;
        }
        match pins.get(&line.version) {
            Some(pinned) if *pinned != line.checksum => {
                merged.conflicts.push(Conflict {
                    version: line.version.clone(),
                    pinned: *pinned,
                    offered: line.checksum,
                });
                merging.verbatim = false;
                let old_lines = old_lines.get_or_insert_with(|| stored_lines(name, previous));
                match old_lines.iter().find(|old| old.version == line.version) {
                    Some(old) if old.checksum == *pinned => {
                        merging.keep(old.clone(), previous);
                    }
                    _ => drop(LineFault::Conflict),
                }
            }
            pinned => {
                if pinned.is_none() {
                    merged
                        .new_pins
                        .push(Pin { version: line.version.clone(), checksum: line.checksum });
                }
                merging.keep(line, upstream);
            }
        }
    }
    merged.intact = merged.dropped.is_empty() && upstream.last() == Some(&b'\n');
    merged.body = if merging.verbatim { upstream.clone() } else { merging.out.into() };
    if merging.verbatim {
        merged.lines = merging.kept.into_iter().map(|(line, _)| line).collect();
    } else {
        merged.lines =
            merging.kept.into_iter().map(|(line, range)| Line { range, ..line }).collect();
    }
    merged
}

fn without_build(version: &Version) -> Version {
    Version { build: semver::BuildMetadata::EMPTY, ..version.clone() }
}

/// The body under construction; it is thrown away when the upstream's own bytes can be served.
struct Merging {
    out: Vec<u8>,
    kept: Vec<(Line, Range<usize>)>,
    verbatim: bool,
}

impl Merging {
    fn keep(&mut self, line: Line, from: &Bytes) {
        let begin = self.out.len();
        // The range was made from this very body.
        self.out.extend_from_slice(from.get(line.range.clone()).unwrap_or_default());
        if self.out.last() != Some(&b'\n') {
            self.out.push(b'\n');
        }
        self.kept.push((line, begin..self.out.len()));
    }
}

/// The lines of a body that are not blank, with their numbers from 1 and their places.
fn lines(body: &Bytes) -> impl Iterator<Item = (usize, Range<usize>)> {
    let mut begin = 0;
    body.split_inclusive(|byte| *byte == b'\n')
        .enumerate()
        .map(move |(place, line)| {
            let range = begin..begin + line.len();
            begin = range.end;
            (place + 1, range, line.trim_ascii().is_empty())
        })
        .filter(|(_, _, blank)| !blank)
        .map(|(number, range, _)| (number, range))
}

fn read_line(name: &CrateName, body: &Bytes, range: Range<usize>) -> Result<Line, LineFault> {
    let text = body.get(range.clone()).unwrap_or_default().trim_ascii();
    if text.len() > LONGEST_LINE {
        return Err(LineFault::TooLong);
    }
    let fields: Fields<'_> = serde_json::from_slice(text).map_err(|_| LineFault::NotAnEntry)?;
    let spelled: CrateName = fields.name.parse().map_err(|_| LineFault::OtherCrate)?;
    if !spelled.as_str().eq_ignore_ascii_case(name.as_str()) {
        return Err(LineFault::OtherCrate);
    }
    let version = parse_version(&fields.vers).map_err(|_| LineFault::Version)?;
    let checksum = fields.cksum.unwrap_or_default().parse().map_err(|_| LineFault::Checksum)?;
    let published = fields.pubtime.and_then(|time| time.parse().ok());
    let yanked = fields.yanked.unwrap_or(false);
    Ok(Line { name: spelled, version, checksum, yanked, published, range })
}

#[cfg(test)]
mod tests;

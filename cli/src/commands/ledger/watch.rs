use depaudit_ledger::{Fault, Verifying};
use indicatif::ProgressBar;

use super::beside::Heard;
use super::evidence::Evidence;
use super::rotation::{Rotation, misuse};

/// What is seen of the entries while they are verified.
pub(super) struct Watch {
    bar: ProgressBar,
    last: u64,
    unreadable: u64,
    rotations: Vec<(u64, Rotation)>,
    /// What they say of what stands beside them, where that is at hand.
    heard: Option<Heard>,
}

impl Watch {
    pub(super) fn new(bar: ProgressBar, heard: Option<Heard>) -> Self {
        Self { bar, last: 0, unreadable: 0, rotations: Vec::new(), heard }
    }

    /// What was heard.
    pub(super) fn heard(&mut self) -> Option<Heard> {
        self.heard.take()
    }

    /// Whether the entries are events, and their keys kept to their parts.
    ///
    /// # Errors
    /// What is wrong.
    pub(super) fn agrees(&self, evidence: &Evidence) -> Result<(), String> {
        if self.unreadable > 0 {
            return Err(format!(
                "{} entries are no events that this depaudit reads, although they are signed for",
                self.unreadable
            ));
        }
        misuse(&self.rotations, &evidence.notes, &evidence.keys).map_or(Ok(()), Err)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Verifying for Watch {
    fn so_far(&mut self, entries: u64) {
        // Others may count with the same bar.
        self.bar.inc(entries - self.last);
        self.last = entries;
    }

    fn entry(&mut self, index: u64, entry: &[u8]) -> Result<(), Fault> {
        // Only its shape: decoding ten million would take longer than verifying them.
        self.unreadable += u64::from(!(entry.starts_with(b"{") && entry.ends_with(b"}")));
        if let Some(heard) = &mut self.heard {
            heard.entry(index, entry);
        }
        self.rotations.extend(Rotation::read(entry).map(|rotation| (index, rotation)));
        Ok(())
    }
}

//! A key that gave way to another: as an event, and what it may have signed.

use depaudit_ledger::{Checkpoint, SignedNote, VerifierKey};
use depaudit_model::Timestamp;
use depaudit_model::event::{Event, EventKind};

const BEGINNING: &str = "the ledger's key was rotated: ";
const BETWEEN: &str = " gave way to ";

/// An event that says that one key gave way to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rotation {
    pub(super) before: VerifierKey,
    pub(super) after: VerifierKey,
}

impl Rotation {
    /// What goes on record of it.
    pub(super) fn event(&self, now: Timestamp) -> Event {
        let Self { before, after } = self;
        let detail = format!("{BEGINNING}{before}{BETWEEN}{after}");
        Event::new(EventKind::Administration, now).with_detail(&detail)
    }

    /// The rotation that an entry tells of, if it does.
    pub(super) fn read(entry: &[u8]) -> Option<Self> {
        // Nearly no entry does, and decoding all of them would take longer than verifying them.
        entry.strip_prefix(br#"{"detail":""#)?.strip_prefix(BEGINNING.as_bytes())?;
        let event: Event = serde_json::from_slice(entry).ok()?;
        if event.kind != EventKind::Administration {
            return None;
        }
        let detail = event.detail?;
        let (before, after) = detail.strip_prefix(BEGINNING)?.split_once(BETWEEN)?;
        Some(Self { before: before.parse().ok()?, after: after.parse().ok()? })
    }
}

/// What is wrong where a key signed after it had given way: its holder may be anybody by then.
///
/// The rotation was done when the next key had signed; both sign once more then, so that a server that
/// was just signing with the key that gave way has not done wrong. Where no checkpoint of the next key is
/// there, it counts only for whoever holds that key to be the log's.
pub(super) fn misuse(
    rotations: &[(u64, Rotation)],
    notes: &[String],
    keys: &[VerifierKey],
) -> Option<String> {
    rotations.iter().find_map(|(index, Rotation { before, after })| {
        let by = |note: &&String, key: &VerifierKey| signed(note, key);
        let sizes = |notes: &mut dyn Iterator<Item = &String>| {
            notes.filter_map(|note| Checkpoint::claimed(note).ok()).map(|it| it.size).max()
        };
        let after_signed = sizes(&mut notes.iter().filter(|note| by(note, after)));
        let both = sizes(&mut notes.iter().filter(|note| by(note, before) && by(note, after)));
        // The rotation was begun, and never came to its end.
        if after_signed.is_none() && !keys.contains(after) {
            return None;
        }
        let limit = both.unwrap_or(0).max(index + 1);
        let alone = sizes(&mut notes.iter().filter(|note| by(note, before) && !by(note, after)))?;
        (alone > limit).then(|| {
            format!(
                "the checkpoint of {alone} entries is signed by the key {:08x} alone, which gave way to \
                 {:08x} at entry {index} and signed last for {limit} entries: whoever signed it holds a \
                 key that is no longer the log's",
                before.id(),
                after.id()
            )
        })
    })
}

fn signed(note: &str, key: &VerifierKey) -> bool {
    note.parse::<SignedNote>().is_ok_and(|note| matches!(key.verify(&note), Ok(Some(_))))
}

#[cfg(test)]
mod tests {
    use depaudit_ledger::{SigningKey, TreeHash};
    use depaudit_model::canonical;

    use super::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed("example.com/log".parse().unwrap(), [seed; 32])
    }

    fn note(size: u64, keys: &[&SigningKey]) -> String {
        let origin = "example.com/log".parse().unwrap();
        Checkpoint { origin, size, root: TreeHash::of_leaf(b"x") }.sign(keys).to_string()
    }

    #[test]
    fn a_rotation_is_read_from_its_event_and_from_nothing_else() {
        let rotation = Rotation { before: key(1).verifier(), after: key(2).verifier() };
        let mut event = rotation.event(Timestamp::EPOCH);
        let entry = canonical::encode(&event).unwrap();
        assert_eq!(Rotation::read(&entry), Some(rotation));
        event.kind = EventKind::WaiverProposed;
        assert_eq!(Rotation::read(&canonical::encode(&event).unwrap()), None);
        event.kind = EventKind::Administration;
        let event = event.with_detail("purged: the ledger's key was rotated: a gave way to b");
        assert_eq!(Rotation::read(&canonical::encode(&event).unwrap()), None);
    }

    #[test]
    fn bad_input_52_what_a_key_signs_after_it_gave_way_is_named() {
        let (old, new) = (key(1), key(2));
        let keys = [new.verifier(), old.verifier()];
        let rotation = Rotation { before: old.verifier(), after: new.verifier() };
        let rotations = [(99, rotation)];
        let honest = vec![
            note(300, &[&new]),
            note(120, &[&old, &new]),
            note(118, &[&old]),
            note(110, &[&old, &new]),
            note(80, &[&old]),
        ];
        assert_eq!(misuse(&rotations, &honest, &keys), None);
        let mut forged = honest.clone();
        forged.insert(0, note(301, &[&old]));
        let told = misuse(&rotations, &forged, &keys).unwrap();
        assert!(told.starts_with("the checkpoint of 301 entries"), "{told}");
        assert!(told.contains("at entry 99 and signed last for 120 entries"), "{told}");
        forged[0] = note(121, &[&old]);
        assert!(misuse(&rotations, &forged, &keys[1..]).is_some(), "the old key alone is enough");
        // Every checkpoint of the new key was removed.
        let removed = [note(150, &[&old])];
        assert!(misuse(&rotations, &removed, &keys).is_some());
        // A rotation that was begun only.
        assert_eq!(misuse(&rotations, &removed, &keys[1..]), None);
    }
}

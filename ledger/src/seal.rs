//! A keyed digest of a log's right edge: whoever holds the key has put these entries there.
//!
//! It is for the time between two checkpoints. A checkpoint is a promise to everybody, so none may be made
//! of a tree that is not durable yet; a seal says nothing to anybody but the key's holder, and is written
//! together with the entries.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::{Edge, LogName};

/// What seals. It follows from the key that signs, and shows itself to nobody.
#[derive(Clone)]
pub struct SealKey([u8; 32]);

/// A log's state, sealed.
#[derive(Debug, Clone, Copy)]
pub struct Seal([u8; 32]);

impl Seal {
    /// As it was kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// As it is kept.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl SealKey {
    /// Of the key that 32 random bytes make, for a log of this name.
    pub(crate) fn of(name: &LogName, seed: &[u8; 32]) -> Self {
        Self(hmac(seed, |message| {
            message.update(b"depaudit ledger seal/1\n");
            message.update(name.as_str().as_bytes());
        }))
    }

    /// Seals a log as it stands.
    ///
    /// The hashes of the partial tiles stand for all entries, as the root does, and cost less than it.
    #[must_use]
    pub fn seal(&self, log: &Edge) -> Seal {
        Seal(hmac(&self.0, |message| {
            message.update(&log.size().to_be_bytes());
            for (at, hashes) in log.tiles() {
                message.update(&[at.level]);
                message.update(&(hashes.len() as u64).to_be_bytes());
                hashes.iter().for_each(|hash| message.update(hash.as_bytes()));
            }
        }))
    }

    /// Whether the seal is this key's, of this log as it stands.
    #[must_use]
    pub fn has_made(&self, seal: &Seal, log: &Edge) -> bool {
        self.seal(log).0.ct_eq(&seal.0).into()
    }
}

/// Two keys are the same, told in constant time.
impl PartialEq for SealKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for SealKey {}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(***)")
    }
}

/// HMAC-SHA256 (RFC 2104).
fn hmac(key: &[u8; 32], message: impl FnOnce(&mut Hmac<Sha256>)) -> [u8; 32] {
    // As the RFC does it with a key shorter than a block.
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    message(&mut mac);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SigningKey, TreeHash};

    #[test]
    fn the_digest_is_that_of_rfc_4231() {
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        let hex = |bytes: [u8; 32]| bytes.map(|byte| format!("{byte:02x}")).concat();
        assert_eq!(
            hex(hmac(&key, |message| message.update(b"Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
        key.fill(0);
        key[..4].copy_from_slice(b"Jefe");
        assert_eq!(
            hex(hmac(&key, |message| message.update(b"what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn a_seal_is_of_one_key_and_of_one_state() {
        let key = |name: &str, seed| SigningKey::from_seed(name.parse().unwrap(), [seed; 32]);
        let keys = [key("a/log", 1), key("a/log", 2), key("b/log", 1)].map(|key| key.seal_key());
        let mut log = Edge::empty();
        let mut seals = Vec::new();
        // Across the first full tile, whose level has no partial one then.
        for number in 0_u32..600 {
            seals.push(keys[0].seal(&log));
            log.append(TreeHash::of_leaf(&number.to_be_bytes()), |_, _| {});
        }
        let mut again = Edge::empty();
        for (number, seal) in seals.iter().enumerate() {
            assert!(keys[0].has_made(seal, &again), "{number}");
            assert!(!keys[1].has_made(seal, &again) && !keys[2].has_made(seal, &again), "{number}");
            let mut other = again.clone();
            other.append(TreeHash::of_leaf(b"slipped in"), |_, _| {});
            again.append(TreeHash::of_leaf(&(number as u32).to_be_bytes()), |_, _| {});
            assert!(!keys[0].has_made(seal, &again), "{number}");
            assert!(seals.get(number + 1).is_none_or(|next| !keys[0].has_made(next, &other)));
        }
    }

    #[test]
    fn a_seal_key_shows_itself_to_nobody() {
        let key = SigningKey::from_seed("a/log".parse().unwrap(), [1; 32]);
        assert_eq!(format!("{:?}", key.seal_key()), "SealKey(***)");
    }
}

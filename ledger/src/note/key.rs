use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::Signer as _;
use sha2::{Digest, Sha256};

use super::{LogName, Signature, SignedNote};
use crate::SealKey;

/// The type bytes of C2SP signed-note.
const ED25519: u8 = 1;
const COSIGNATURE: u8 = 4;

/// What a key's signatures say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// That the text is the key holder's.
    Note,
    /// That its holder saw the checkpoint at a time, and nothing that contradicts it.
    Cosignature,
}

impl Kind {
    const fn byte(self) -> u8 {
        match self {
            Self::Note => ED25519,
            Self::Cosignature => COSIGNATURE,
        }
    }
}

/// A key that verifies: of the log or of a witness. Written as `name+id+key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: LogName,
    kind: Kind,
    key: ed25519_dalek::VerifyingKey,
}

/// A key that signs. It shows itself to nobody: what a key file holds is made by
/// [`SigningKey::reveal`] alone.
pub struct SigningKey {
    name: LogName,
    kind: Kind,
    key: ed25519_dalek::SigningKey,
}

/// A witness saw the checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosigned {
    /// Who.
    pub witness: LogName,
    /// When, in seconds since 1970, by the witness's clock.
    pub seconds: u64,
}

/// The text is no key, or the key did not make the signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is no key of the kind that was asked for.
    #[error("this is no {0} key as `depaudit ledger key` writes it")]
    Malformed(&'static str),
    /// The id in the text is not the key's: a letter of it was changed.
    #[error("the key's id does not fit the key: it was changed or cut")]
    Id,
    /// The signature is not the key's over this text.
    #[error("the signature by `{0}` is not valid")]
    Signature(LogName),
}

fn id(name: &LogName, kind: Kind, key: &ed25519_dalek::VerifyingKey) -> u32 {
    let hash = Sha256::new()
        .chain_update(name.as_str())
        .chain_update([b'\n', kind.byte()])
        .chain_update(key.as_bytes())
        .finalize();
    let hash: [u8; 32] = hash.into();
    let [a, b, c, d, ..] = hash;
    u32::from_be_bytes([a, b, c, d])
}

impl VerifierKey {
    /// What the key is called.
    #[must_use]
    pub const fn name(&self) -> &LogName {
        &self.name
    }

    /// The id that stands in signatures.
    #[must_use]
    pub fn id(&self) -> u32 {
        id(&self.name, self.kind, &self.key)
    }

    /// Whether it is a witness's.
    #[must_use]
    pub fn is_witness(&self) -> bool {
        self.kind == Kind::Cosignature
    }

    /// The key's signature of the note, where it has one: for a witness, when it was made.
    ///
    /// # Errors
    /// [`KeyError::Signature`] when there is one that is not the key's.
    pub fn verify(&self, note: &SignedNote) -> Result<Option<u64>, KeyError> {
        let mine = |it: &&Signature| it.name == self.name && it.id == self.id();
        let Some(signature) = note.signatures().iter().find(mine) else { return Ok(None) };
        let wrong = || KeyError::Signature(self.name.clone());
        let (seconds, bytes, message) = match self.kind {
            Kind::Note => (0, signature.bytes.as_slice(), note.text().to_owned()),
            Kind::Cosignature => {
                let (seconds, bytes) = signature.bytes.split_first_chunk().ok_or_else(wrong)?;
                let seconds = u64::from_be_bytes(*seconds);
                (seconds, bytes, cosigned(note.text(), seconds))
            }
        };
        let made = ed25519_dalek::Signature::from_slice(bytes).map_err(|_| wrong())?;
        // Strict: no signature has a second spelling, no key is weak.
        self.key.verify_strict(message.as_bytes(), &made).map_err(|_| wrong())?;
        Ok(Some(seconds))
    }
}

/// What a witness signs (C2SP tlog-cosignature, Ed25519).
fn cosigned(text: &str, seconds: u64) -> String {
    format!("cosignature/v1\ntime {seconds}\n{text}")
}

impl SigningKey {
    /// The key that 32 random bytes make, for a log of this name.
    #[must_use]
    pub fn from_seed(name: LogName, seed: [u8; 32]) -> Self {
        Self { name, kind: Kind::Note, key: ed25519_dalek::SigningKey::from_bytes(&seed) }
    }

    /// The same for a witness.
    #[must_use]
    pub fn witness(name: LogName, seed: [u8; 32]) -> Self {
        Self { kind: Kind::Cosignature, ..Self::from_seed(name, seed) }
    }

    /// What verifies its signatures.
    #[must_use]
    pub fn verifier(&self) -> VerifierKey {
        let (name, kind) = (self.name.clone(), self.kind);
        VerifierKey { name, kind, key: self.key.verifying_key() }
    }

    /// What the key is called.
    #[must_use]
    pub const fn name(&self) -> &LogName {
        &self.name
    }

    /// What seals the log between two checkpoints.
    #[must_use]
    pub fn seal_key(&self) -> SealKey {
        SealKey::of(&self.name, self.key.as_bytes())
    }

    /// Signs the note; `seconds` since 1970 are for a witness's.
    pub fn sign(&self, note: &mut SignedNote, seconds: u64) {
        let bytes = match self.kind {
            Kind::Note => self.key.sign(note.text().as_bytes()).to_bytes().to_vec(),
            Kind::Cosignature => {
                let message = cosigned(note.text(), seconds);
                let mut bytes = seconds.to_be_bytes().to_vec();
                bytes.extend_from_slice(&self.key.sign(message.as_bytes()).to_bytes());
                bytes
            }
        };
        note.add(Signature { name: self.name.clone(), id: self.verifier().id(), bytes });
    }

    /// The text for a key file, which nobody else may read.
    #[must_use]
    pub fn reveal(&self) -> String {
        let mut bytes = vec![self.kind.byte()];
        bytes.extend_from_slice(self.key.as_bytes());
        let id = self.verifier().id();
        format!("PRIVATE+KEY+{}+{id:08x}+{}", self.name, STANDARD.encode(bytes))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({} ***)", self.name)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = vec![self.kind.byte()];
        bytes.extend_from_slice(self.key.as_bytes());
        write!(f, "{}+{:08x}+{}", self.name, self.id(), STANDARD.encode(bytes))
    }
}

/// The parts that both kinds of keys are written in.
fn parts(text: &str, what: &'static str) -> Result<(LogName, u32, Kind, [u8; 32]), KeyError> {
    let malformed = KeyError::Malformed(what);
    // Base64 may have a `+` of its own, names and ids have none.
    let mut parts = text.splitn(3, '+');
    let mut next = || parts.next().ok_or(malformed.clone());
    let (name, id, key) = (next()?, next()?, next()?);
    let name = name.parse().map_err(|_| malformed.clone())?;
    let digits = id.len() == 8 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let id = u32::from_str_radix(id, 16).ok().filter(|_| digits).ok_or(malformed.clone())?;
    let bytes = STANDARD.decode(key).map_err(|_| malformed.clone())?;
    let (kind, key) = bytes.split_first().ok_or(malformed.clone())?;
    let kind = match *kind {
        ED25519 => Kind::Note,
        COSIGNATURE => Kind::Cosignature,
        _ => return Err(malformed),
    };
    let key = key.try_into().map_err(|_| malformed)?;
    Ok((name, id, kind, key))
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        const WHAT: &str = "verifier";
        let (name, said, kind, key) = parts(text, WHAT)?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(&key);
        let key = key.map_err(|_| KeyError::Malformed(WHAT))?;
        let read = Self { name, kind, key };
        if read.id() == said { Ok(read) } else { Err(KeyError::Id) }
    }
}

impl FromStr for SigningKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        const WHAT: &str = "signing";
        let rest = text.strip_prefix("PRIVATE+KEY+").ok_or(KeyError::Malformed(WHAT))?;
        let (name, said, kind, seed) = parts(rest, WHAT)?;
        let read = Self { kind, ..Self::from_seed(name, seed) };
        if read.verifier().id() == said { Ok(read) } else { Err(KeyError::Id) }
    }
}

//! Signed notes (C2SP signed-note): a text, and signatures of it by name.
//!
//! The published `signed_note` 0.2 is built on ed25519-dalek 2 and sha2 0.10, which would put a
//! second generation of both into the binary, and it leaves cosignatures out; the format is small.

mod key;
mod name;

pub use key::{Cosigned, KeyError, SigningKey, VerifierKey};
pub use name::LogName;

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The longest note that is read, in bytes, and the most signatures: verifiers have to set a bound,
/// and accept 16 signatures at least.
const LONGEST: usize = 64 << 10;
const MOST_SIGNATURES: usize = 64;

/// A text with its signatures. None of them is believed because it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<Signature>,
}

/// A signature line, unverified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The key's name.
    pub name: LogName,
    /// The key's id.
    pub id: u32,
    /// What the key made of the text.
    pub bytes: Vec<u8>,
}

/// The text is no signed note.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is no signed note: {0}")]
pub struct NoteError(pub(crate) &'static str);

impl SignedNote {
    /// A note without signatures yet. `text` ends with a newline.
    ///
    /// # Errors
    /// When the text has control characters, or does not end with a newline.
    pub(crate) fn unsigned(text: String) -> Result<Self, NoteError> {
        let allowed = |c: char| c == '\n' || !c.is_ascii_control();
        if !text.ends_with('\n') {
            return Err(NoteError("its text does not end with a newline"));
        }
        if text.chars().all(allowed) {
            Ok(Self { text, signatures: Vec::new() })
        } else {
            Err(NoteError("it has control characters"))
        }
    }

    /// What is signed, with its last newline.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Who claims to have signed it.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Adds a signature; one of the same key is replaced.
    pub fn add(&mut self, signature: Signature) {
        self.signatures.retain(|it| (&it.name, it.id) != (&signature.name, signature.id));
        self.signatures.push(signature);
    }

    /// Reads the signature lines that a witness answers with.
    ///
    /// # Errors
    /// When a line is none.
    pub fn signature_lines(text: &str) -> Result<Vec<Signature>, NoteError> {
        let lines = text.strip_suffix('\n').ok_or(NoteError("its last line does not end"))?;
        let signatures = lines.split('\n').map(Signature::read).take(MOST_SIGNATURES + 1);
        let signatures = signatures.collect::<Result<Vec<_>, _>>()?;
        if signatures.len() > MOST_SIGNATURES {
            return Err(NoteError("it has too many signatures"));
        }
        Ok(signatures)
    }
}

impl Signature {
    fn read(line: &str) -> Result<Self, NoteError> {
        let malformed = NoteError("a signature line is malformed");
        let rest = line.strip_prefix("\u{2014} ").ok_or(malformed.clone())?;
        let (name, encoded) = rest.split_once(' ').ok_or(malformed.clone())?;
        let bytes = STANDARD.decode(encoded).map_err(|_| malformed.clone())?;
        let (id, bytes) = bytes.split_first_chunk::<4>().ok_or(malformed.clone())?;
        let name = name.parse().map_err(|_| malformed)?;
        Ok(Self { name, id: u32::from_be_bytes(*id), bytes: bytes.to_vec() })
    }
}

impl FromStr for SignedNote {
    type Err = NoteError;

    fn from_str(note: &str) -> Result<Self, NoteError> {
        if note.len() > LONGEST {
            return Err(NoteError("it is too long"));
        }
        // The last empty line: the text may have some of its own.
        let (text, lines) = note.rsplit_once("\n\n").ok_or(NoteError("it has no signatures"))?;
        let mut read = Self::unsigned(format!("{text}\n"))?;
        read.signatures = Self::signature_lines(lines)?;
        Ok(read)
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.id.to_be_bytes().to_vec();
        bytes.extend_from_slice(&self.bytes);
        write!(f, "\u{2014} {} {}", self.name, STANDARD.encode(bytes))
    }
}

#[cfg(test)]
mod tests;

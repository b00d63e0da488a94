use std::fmt::Write as _;

use crate::TreeHash;
use crate::note::{Cosigned, KeyError, LogName, NoteError, SignedNote, SigningKey, VerifierKey};

/// The state of a log at one size (C2SP tlog-checkpoint). Believed only when it was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: LogName,
    /// How many entries it has.
    pub size: u64,
    /// The root over them.
    pub root: TreeHash,
}

/// A checkpoint whose signatures were verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// What was signed.
    pub checkpoint: Checkpoint,
    /// The ids of the log's keys that signed it: one at least.
    pub signed_by: Vec<u32>,
    /// The witnesses that cosigned it, among those that were asked about.
    pub cosigned: Vec<Cosigned>,
}

/// The text is no checkpoint that could be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It is no signed note.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The note is no checkpoint.
    #[error("the signed text is no checkpoint: {0}")]
    Malformed(&'static str),
    /// A known key's signature is wrong.
    #[error(transparent)]
    Signature(#[from] KeyError),
    /// No key of the log that is known has signed it.
    #[error("no known key of `{0}` has signed the checkpoint")]
    Unsigned(LogName),
}

impl Checkpoint {
    /// Signs it with the log's keys.
    #[must_use]
    pub fn sign(&self, keys: &[&SigningKey]) -> SignedNote {
        // A name has no control characters, and the text ends with a newline.
        #[expect(clippy::expect_used, reason = "see above")]
        let mut note =
            SignedNote::unsigned(self.text()).expect("a text without control characters");
        for key in keys {
            key.sign(&mut note, 0);
        }
        note
    }

    /// The text that is signed.
    fn text(&self) -> String {
        let Self { origin, size, root } = self;
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = write!(text, "{origin}\n{size}\n{root}\n");
        text
    }

    /// Reads a checkpoint and verifies it: `keys` are those of the log, and of witnesses that are
    /// trusted. One of the log's keys has to have signed it; signatures of unknown keys are ignored.
    ///
    /// # Errors
    /// When it is malformed, unsigned, or signed wrongly by any of the keys.
    pub fn open(note: &str, keys: &[VerifierKey]) -> Result<Opened, CheckpointError> {
        let note: SignedNote = note.parse()?;
        let checkpoint = Self::read(note.text())?;
        let (mut signed_by, mut cosigned) = (Vec::new(), Vec::new());
        for key in keys {
            match key.verify(&note)? {
                Some(seconds) if key.is_witness() => {
                    cosigned.push(Cosigned { witness: key.name().clone(), seconds });
                }
                Some(_) if *key.name() == checkpoint.origin => signed_by.push(key.id()),
                _ => {}
            }
        }
        if signed_by.is_empty() {
            return Err(CheckpointError::Unsigned(checkpoint.origin));
        }
        Ok(Opened { checkpoint, signed_by, cosigned })
    }

    /// What a signed checkpoint claims, whoever signed it: for those who made it, or to say what was
    /// not believed.
    ///
    /// # Errors
    /// When it is no checkpoint.
    pub fn claimed(note: &str) -> Result<Self, CheckpointError> {
        let (text, _) =
            note.split_once("\n\n").ok_or(CheckpointError::Malformed("it has no signatures"))?;
        Self::read(&format!("{text}\n"))
    }

    /// Reads what a checkpoint claims, without believing it.
    ///
    /// # Errors
    /// When it is no checkpoint.
    pub fn read(text: &str) -> Result<Self, CheckpointError> {
        use CheckpointError::Malformed;
        let lines = text.strip_suffix('\n').ok_or(Malformed("its last line does not end"))?;
        let mut lines = lines.split('\n');
        let mut next = || lines.next().filter(|line| !line.is_empty());
        let mut line = || next().ok_or(Malformed("a line is missing"));
        let (origin, size, root) = (line()?, line()?, line()?);
        let origin = origin.parse().map_err(|_| Malformed("its origin is no name"))?;
        let number = size.parse().ok().filter(|number: &u64| number.to_string() == size);
        // The index of an event is a signed number in databases.
        let number = number.filter(|number| i64::try_from(*number).is_ok());
        let size = number.ok_or(Malformed("its size is no number"))?;
        let root = root.parse().map_err(|_| Malformed("its root is no hash"))?;
        // Lines behind these are allowed, mean nothing here, and must not be empty.
        if lines.any(str::is_empty) {
            return Err(Malformed("an extension line is empty"));
        }
        Ok(Self { origin, size, root })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str, seed: u8) -> SigningKey {
        SigningKey::from_seed(name.parse().unwrap(), [seed; 32])
    }

    fn checkpoint() -> Checkpoint {
        let origin = "example.com/log".parse().unwrap();
        Checkpoint { origin, size: 20_852_163, root: TreeHash::of_leaf(b"x") }
    }

    #[test]
    fn during_a_rotation_both_keys_open_it() {
        let (old, new) = (key("example.com/log", 1), key("example.com/log", 2));
        let note = checkpoint().sign(&[&old, &new]).to_string();
        for key in [&old, &new] {
            let opened = Checkpoint::open(&note, &[key.verifier()]).unwrap();
            assert_eq!(opened.checkpoint, checkpoint());
            assert_eq!(opened.signed_by, [key.verifier().id()]);
        }
    }

    #[test]
    fn only_the_log_itself_can_sign_for_it() {
        let stranger = key("example.com/other", 3);
        let note = checkpoint().sign(&[&stranger]).to_string();
        let refused = Checkpoint::open(&note, &[stranger.verifier()]);
        assert_eq!(refused, Err(CheckpointError::Unsigned(checkpoint().origin)));
        let witness = SigningKey::witness("example.com/log".parse().unwrap(), [4; 32]);
        let mut note = checkpoint().sign(&[]);
        witness.sign(&mut note, 12);
        assert!(Checkpoint::open(&note.to_string(), &[witness.verifier()]).is_err());
    }

    #[test]
    fn a_cosignature_counts_beside_the_logs_own_signature() {
        let (log, witness) = (key("example.com/log", 1), "w.example/1".parse().unwrap());
        let witness = SigningKey::witness(witness, [4; 32]);
        let mut note = checkpoint().sign(&[&log]);
        witness.sign(&mut note, 12);
        let keys = [log.verifier(), witness.verifier()];
        let opened = Checkpoint::open(&note.to_string(), &keys).unwrap();
        let expected = Cosigned { witness: witness.name().clone(), seconds: 12 };
        assert_eq!(opened.cosigned, [expected]);
    }

    #[test]
    fn a_changed_checkpoint_opens_for_nobody() {
        let key = key("example.com/log", 1);
        let note = checkpoint().sign(&[&key]).to_string();
        let changed = note.replace("20852163", "20852164");
        let opened = Checkpoint::open(&changed, &[key.verifier()]);
        assert!(matches!(opened, Err(CheckpointError::Signature(_))));
    }

    #[test]
    fn what_is_no_checkpoint_is_refused() {
        let root = TreeHash::of_nothing();
        for wrong in [
            String::new(),
            "a\n1\n".into(),
            format!("a\n01\n{root}\n"),
            format!("a\n-1\n{root}\n"),
            format!("a\n18446744073709551615\n{root}\n"),
            format!("a\n1\n{root}"),
            format!("a\n1\n{root}x\n"),
            format!("\n1\n{root}\n"),
            format!("a\n1\n{root}\n\nb\n"),
        ] {
            assert!(Checkpoint::read(&wrong).is_err(), "{wrong:?}");
        }
        assert!(Checkpoint::read(&format!("a\n0\n{root}\nextension\n")).is_ok());
    }
}

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::note::VerifierKey;
use crate::{Checkpoint, CheckpointError, Opened, Proof, ProofError, TreeHash};

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// That an entry is in a log, in one text that verifies offline (C2SP tlog-proof).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    /// What came along; nothing vouches for it but the reader, who hashes it.
    pub extra: Option<Vec<u8>>,
    /// Where the entry stands.
    pub index: u64,
    /// From its hash to the checkpoint's root.
    pub proof: Proof,
    /// The signed checkpoint, verbatim.
    pub checkpoint: String,
}

/// The proof is none, or proves something else.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlogProofError {
    /// The text is no proof.
    #[error("this is no tlog-proof: {0}")]
    Malformed(&'static str),
    /// Its checkpoint cannot be believed.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The entry is not in the log of that checkpoint, or not there.
    #[error("the entry is not proven")]
    Proof(#[from] ProofError),
}

impl TlogProof {
    /// Verifies that `entry` is in the log, with keys that the caller trusts.
    ///
    /// # Errors
    /// When the checkpoint was signed by none of them, or the proof leads elsewhere.
    pub fn verify(&self, entry: &[u8], keys: &[VerifierKey]) -> Result<Opened, TlogProofError> {
        let opened = Checkpoint::open(&self.checkpoint, keys)?;
        let Checkpoint { size, root, .. } = opened.checkpoint;
        self.proof.verify_inclusion(TreeHash::of_leaf(entry), self.index, size, root)?;
        Ok(opened)
    }
}

impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", STANDARD.encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        for hash in self.proof.hashes() {
            writeln!(f, "{hash}")?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

impl FromStr for TlogProof {
    type Err = TlogProofError;

    fn from_str(text: &str) -> Result<Self, TlogProofError> {
        use TlogProofError::Malformed;
        let (head, checkpoint) = text.split_once("\n\n").ok_or(Malformed("no checkpoint"))?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(HEADER) {
            return Err(Malformed("its first line is another one"));
        }
        let extra = lines.peek().and_then(|line| line.strip_prefix("extra "));
        let extra = extra.map(|extra| STANDARD.decode(extra)).transpose();
        let extra = extra.map_err(|_| Malformed("its extra data is not base64"))?;
        if extra.is_some() {
            lines.next();
        }
        let index = lines.next().and_then(|line| line.strip_prefix("index "));
        let index = index.ok_or(Malformed("no index"))?;
        let number = index.parse().ok().filter(|number: &u64| number.to_string() == index);
        let index = number.ok_or(Malformed("its index is no number"))?;
        let hashes = lines.take(Proof::LONGEST + 1).map(str::parse).collect::<Result<_, _>>();
        let proof = Proof::new(hashes.map_err(|_| Malformed("a hash is none"))?)?;
        Ok(Self { extra, index, proof, checkpoint: checkpoint.to_owned() })
    }
}

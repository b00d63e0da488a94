//! A tamper-evident log, as other people's tools read it: RFC 6962 hashing, C2SP tlog-tiles,
//! signed-note checkpoints, inclusion and consistency proofs.
//!
//! Nothing here stores or asks anything: tiles and entries come in through [`TileSource`], and what
//! comes in is not believed before it is verified against a checkpoint.
//!
//! ```
//! use depaudit_ledger::{Checkpoint, Edge, LogName, SigningKey, TreeHash};
//!
//! let mut log = Edge::empty();
//! for entry in [b"first", b"other"] {
//!     log.append(TreeHash::of_leaf(entry), |_, _| {});
//! }
//! let name: LogName = "example.com/log".parse()?;
//! let key = SigningKey::from_seed(name.clone(), [7; 32]);
//! let checkpoint = Checkpoint { origin: name, size: log.size(), root: log.root() };
//! let note = checkpoint.sign(&[&key]);
//! assert_eq!(Checkpoint::open(&note.to_string(), &[key.verifier()])?.checkpoint, checkpoint);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod authentic;
mod bundle;
mod checkpoint;
mod edge;
mod hash;
mod list;
mod note;
mod proof;
mod seal;
mod source;
mod tile;
mod tlog_proof;
mod verify;

pub use authentic::Authentic;
pub use bundle::{Bundle, BundleError, LONGEST_ENTRY};
pub use checkpoint::{Checkpoint, CheckpointError, Opened};
pub use edge::Edge;
pub use hash::TreeHash;
pub use list::{read_list, write_list};
pub use note::{
    Cosigned, KeyError, LogName, NoteError, Signature, SignedNote, SigningKey, VerifierKey,
};
pub use proof::{Proof, ProofError};
pub use seal::{Seal, SealKey};
pub use source::{SourceError, TileSource};
pub use tile::{TILE_WIDTH, TileAt, TilePathError};
pub use tlog_proof::{TlogProof, TlogProofError};
pub use verify::{Fault, Verified, Verifying, verify};

//! The ledger as the binary has it: where keys are, where tiles come from, who signs.

mod continuity;
mod files;
mod folder;
mod key_file;
mod places;
mod seals;
mod server;
mod sign;
mod standing;
mod witness;
mod witnessed;

pub use continuity::same_past;
pub use folder::FolderTiles;
pub use key_file::{KeyFile, KeyPlace};
pub use places::{LedgerPlaces, Push, Witness};
pub(crate) use seals::KeySeals;
pub use server::{CHECKPOINT, KEPT, ServerTiles, VERIFIERS};
pub use sign::{Signer, Trouble, sign_now, sign_rest};
pub use standing::{Keyless, UNSIGNED, accept, span, stray, take_up};

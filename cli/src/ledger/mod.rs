//! The ledger as the binary has it: where keys are, where tiles come from, who signs.

mod continuity;
mod files;
mod folder;
mod key_file;
mod places;
mod server;
mod sign;
mod witness;
mod witnessed;

pub use continuity::same_past;
pub use folder::FolderTiles;
pub use key_file::{KeyFile, KeyPlace};
pub use places::{LedgerPlaces, Push, Witness};
pub use server::{CHECKPOINT, KEPT, ServerTiles, VERIFIERS};
pub use sign::{Signer, Trouble, sign_now, sign_rest};

//! The shared words of depaudit: one type for each thing, parsed once at the border.
//!
//! Nothing here does I/O. What is Cargo's alone lives under [`cargo`], so that another ecosystem
//! can stand beside it.

pub mod canonical;
pub mod cargo;
mod checksum;
mod clock;
pub mod event;
mod identity;
mod principal;
mod randomness;
mod request_id;
mod secret;
pub mod sheet;
mod since;
mod standing;
pub mod terminal;
mod timestamp;
mod token;
mod waiver;
mod words;

pub use checksum::{Checksum, ChecksumError};
pub use clock::Clock;
pub use identity::Identity;
pub use principal::{PrincipalError, TokenId, TokenName, TokenScope};
pub use randomness::Randomness;
pub use request_id::RequestId;
pub use secret::Secret;
pub use since::{Since, SinceError, length_of_time};
pub use standing::{LockedCrate, OnRecord, Standing};
pub use timestamp::{Timestamp, TimestampError};
pub use token::{AccessToken, AccessTokenError};
pub use waiver::{WaiverId, WaiverIdError};
pub use words::{RegistryName, TeamId, WordError};

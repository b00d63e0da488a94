//! Identities of CI jobs: tokens that an OpenID Connect issuer signs, exchanged for access tokens.
//!
//! `door` takes the request, `exchange` goes through the steps, `issuer` has the keys,
//! `identity` proves a token by one of them, and `mapping` says whose team that is. What GitHub and
//! GitLab put into their tokens is configuration, but for the names of the claims that stand for a
//! repository whatever it is called. `sign_on` asks an issuer about people, by the same proof.

mod door;
mod exchange;
mod identity;
mod issuer;
mod key_set;
mod mapping;
mod refusal;
mod settings;
mod sign_on;
mod signature;

pub(crate) use door::{PATH, answer};
pub(crate) use exchange::TokenExchange;
pub use mapping::{Mapping, MappingError};
pub use settings::{IssuerSettings, IssuerUrl, IssuerUrlError, LONGEST_LIFETIME};
pub use sign_on::{Attempt, SignOn, SignOnError, SignOnRule, SignOnSettings};

//! From flags, variables and files to values that have been checked.

mod discreet;
pub mod file;
mod guarded;
pub mod login;
pub mod oidc;
pub mod serve;
pub mod sign_on;
mod upstreams;
pub mod values;

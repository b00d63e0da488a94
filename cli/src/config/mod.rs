//! From flags, variables and files to values that have been checked.

pub mod file;
pub mod serve;
mod upstreams;
pub mod values;

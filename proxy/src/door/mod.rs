//! The policy at both doors: which view of a crate a team sees, and which crates it gets.
//!
//! [`InForce`] is what holds at a moment, [`Doorkeeper`] what holds now. A request takes the one
//! that is in force when it comes, and is answered by that one to its end, so that a reload is
//! atomic for each request.

mod ascent;
mod in_force;
mod internal;
mod keeper;
mod stored;
mod team_view;
mod why;

pub use in_force::{AdvisorySource, InForce, Judged, Listed, Rules};
pub(crate) use internal::{Wanted, keep_in};
pub use keeper::{Asker, Doorkeeper, PolicyState};
pub use stored::{StoredBytes, StoredEntry, StoredFacts};

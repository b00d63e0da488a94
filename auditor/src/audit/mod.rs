//! From files to a report: one team at a time, then all of them together.

mod across;
mod counts;
mod outline;
mod read;
mod team;
mod view;

pub(crate) use across::{Across, Entry, Identity, Line, Named, Origin, Origins};
pub(crate) use outline::{Built, Outline};
pub(crate) use team::{AuditedTeam, audit};
pub(crate) use view::{TeamView, World};

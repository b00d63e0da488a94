//! What became of a crate, by the record: who received which bytes, when, from where, under which
//! policy, and what replaced it; and proofs of it that verify without the server.
//!
//! The command line and the pages tell the same, since both ask here. Nothing is printed here, and no
//! registry is asked: what the upstream's index said last comes through [`UpstreamIndex`].

mod gather;
mod index;
mod line;
mod proof;
mod question;
mod report;
mod sheet;
mod subject;
mod timeline;

pub use index::{IndexView, Listed, UpstreamIndex};
pub use line::Line;
pub use proof::{NoReceipt, NotProven, prove, receipt};
pub use question::{Answer, Question, trace};
pub use report::{
    Conflict, Decided, FirstSeen, Moment, Release, Replacement, Report, Request, SCHEMA, Says,
    Upstream,
};
pub use sheet::{TITLES, rows};
pub use subject::{Subject, SubjectError};

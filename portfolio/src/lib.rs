//! What teams report, and the questions that many reports answer together.
//!
//! A [`Report`](report::Report) is what one scan of one repository leaves behind: its locked graphs,
//! its overrides, its findings in numbers. A [`Portfolio`] holds the reports that count and indexes
//! them once; the modules of [`question`] ask it. A [`History`] holds all of them, and gives the
//! portfolio as it was on a day.
//!
//! Nothing here does I/O: reports come in as bytes, what has been published comes through
//! [`Facts`](depaudit_model::cargo::Facts), the day and the policy are passed in.

pub mod question;
pub mod report;
mod set;
#[cfg(test)]
mod testing;

pub use set::{Download, History, Locked, Portfolio};

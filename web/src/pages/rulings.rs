use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use depaudit_model::TeamId;
use depaudit_model::cargo::CrateName;
use depaudit_policy::Advisories;
use depaudit_policy::door::Why;

use super::problem::Problem;

/// What the policy and the advisories at the doors say, for pages; wired by the binary.
#[async_trait]
pub trait Rulings: Send + Sync + fmt::Debug {
    /// The advisories that are in force.
    fn advisories(&self) -> AdvisoryBook;

    /// What is made of a crate for each of these teams, in each registry of which an index entry is
    /// stored; nothing is asked of an upstream.
    ///
    /// # Errors
    /// When the stores cannot be read; it was logged.
    async fn about(&self, name: &CrateName, teams: &[TeamId]) -> Result<Vec<Ruling>, Unreadable>;
}

/// What is made of a crate for one team.
#[derive(Debug, Clone)]
pub struct Ruling {
    /// The team.
    pub team: TeamId,
    /// The answer; teams with the same rules share one, so that its own team may be another.
    pub why: Arc<Why>,
}

/// The advisories that are in force.
#[derive(Debug, Clone)]
pub enum AdvisoryBook {
    /// No database is configured.
    None,
    /// One is, and could never be read: what it would say is not known.
    Unreadable,
    /// These.
    Read(Arc<Advisories>),
}

/// The stores cannot be read now.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the stores cannot be read now")]
pub struct Unreadable;

impl From<Unreadable> for Problem {
    fn from(_: Unreadable) -> Self {
        Self::Unavailable
    }
}

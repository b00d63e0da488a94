//! `depaudit.report/1`: one scan of one repository, as it is sent and kept.
//!
//! Packages stand once for a whole report, sorted; workspaces name them by their number. A report has
//! one encoding (`depaudit_model::canonical`), so that its digest tells whether it was seen before.

mod check;
mod comparison;
mod encoding;
mod findings;
mod origin;
mod overriding;
mod package;
mod words;
mod workspace;

pub use check::Flaw;
pub use comparison::{Compared, Comparison, FileChange, NotCompared, Outcome, RiskMark};
pub use encoding::{EncodedReport, LARGEST, ReportError};
pub use findings::{Counts, FindingTally};
pub use origin::{Origin, Schema};
pub use overriding::{Declaring, OverrideRecord, Owned};
pub use package::{Package, Source, SourceKind};
pub use words::{
    Branch, ChangedText, Commit, Label, PackageName, Place, Repository, SourceText, WordError,
};
pub use workspace::{Binary, Workspace};

use depaudit_model::Timestamp;
use serde::{Deserialize, Serialize};

/// What one scan of one repository found, as far as the questions of a portfolio need it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The form: `depaudit.report/1`.
    pub schema: Schema,
    /// Whose it is.
    pub origin: Origin,
    /// When the scan ran.
    pub time: Timestamp,
    /// The version of depaudit that scanned.
    pub tool: semver::Version,
    /// Every locked package of every lock, each once, in ascending order.
    pub packages: Vec<Package>,
    /// Every lock, in the order of their folders.
    pub workspaces: Vec<Workspace>,
    /// The overrides, ordinary path dependencies left out.
    pub overrides: Vec<OverrideRecord>,
    /// The findings, in numbers.
    pub findings: Vec<FindingTally>,
    /// How many of each thing there are.
    pub counts: Counts,
}

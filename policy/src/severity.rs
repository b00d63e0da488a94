use std::fmt;

use serde::{Deserialize, Serialize};

/// How bad a finding is, whatever is done about it.
///
/// Ordered from harmless to worst, so that a summary can be ranked by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Low,
    /// Will cost somebody time.
    Medium,
    /// Lets builds drift apart, or hides that they did.
    High,
    /// Two builds take different bytes for one name and version.
    Critical,
}

impl Severity {
    /// The written form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_can_be_ranked_by_severity() {
        let mut found = [Severity::Low, Severity::Critical, Severity::Medium, Severity::High];
        found.sort_unstable_by(|a, b| b.cmp(a));
        assert_eq!(found.map(Severity::as_str), ["critical", "high", "medium", "low"]);
    }
}

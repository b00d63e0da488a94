use depaudit_model::Checksum;
use depaudit_model::canonical::{self, CanonicalError};

use super::{Flaw, Report};

/// The largest report, in bytes of its encoding: some thirty times that of the largest public
/// repositories.
pub const LARGEST: usize = 16 << 20;

/// Why bytes are no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// More than [`LARGEST`].
    #[error("the report has more than {LARGEST} bytes")]
    TooLarge,
    /// No JSON of the known form. Nothing of the input is quoted.
    #[error("the report is no depaudit.report/1: line {line}, column {column}")]
    Json {
        /// The line, from 1.
        line: usize,
        /// The column there.
        column: usize,
    },
    /// The parts do not fit together.
    #[error("the report does not hold together: {0}")]
    Flaw(#[from] Flaw),
    /// A number that JSON does not keep.
    #[error("the report has no canonical encoding")]
    Canonical(#[source] CanonicalError),
}

/// A report with its one encoding.
#[derive(Debug, Clone)]
pub struct EncodedReport {
    report: Report,
    bytes: Vec<u8>,
}

impl EncodedReport {
    /// Encodes a report.
    ///
    /// # Errors
    /// When it is too large, or does not hold together.
    pub fn new(report: Report) -> Result<Self, ReportError> {
        report.check()?;
        let bytes = canonical::encode_within(&report, LARGEST).map_err(|error| match error {
            CanonicalError::TooLong { .. } => ReportError::TooLarge,
            other => ReportError::Canonical(other),
        })?;
        Ok(Self { report, bytes })
    }

    /// Reads what a stranger sent. Depth is bounded by the parser (128), size by [`LARGEST`], and
    /// every number that names another part of the report is looked up before anybody uses it.
    ///
    /// # Errors
    /// When the bytes are no report.
    pub fn read(bytes: &[u8]) -> Result<Self, ReportError> {
        if bytes.len() > LARGEST {
            return Err(ReportError::TooLarge);
        }
        let report = serde_json::from_slice(bytes)
            .map_err(|error| ReportError::Json { line: error.line(), column: error.column() })?;
        // Written anew: however it was spelled, one content has one digest.
        Self::new(report)
    }

    /// The report.
    #[must_use]
    pub const fn report(&self) -> &Report {
        &self.report
    }

    /// The report alone.
    #[must_use]
    pub fn into_report(self) -> Report {
        self.report
    }

    /// Its encoding.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What tells it from every other report.
    #[must_use]
    pub fn digest(&self) -> Checksum {
        Checksum::of(&self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Drawn, report};

    #[test]
    fn a_report_is_read_as_it_was_written_and_spelling_does_not_change_its_digest() {
        let drawn = Drawn::new("shop").package("shared", "1.2.0").package("app", "0.1.0");
        let encoded = EncodedReport::new(report("payments", drawn.edge("app", "shared"))).unwrap();
        let loose = serde_json::to_vec_pretty(encoded.report()).unwrap();
        let read = EncodedReport::read(&loose).unwrap();
        assert_eq!(read.report(), encoded.report());
        assert_eq!(read.digest(), encoded.digest());
        assert_ne!(loose, encoded.bytes());
    }

    #[test]
    fn bad_input_49_a_report_too_large_or_nested_100_000_deep_is_refused() {
        let large = vec![b' '; LARGEST + 1];
        assert!(matches!(EncodedReport::read(&large), Err(ReportError::TooLarge)));
        let nested = "[".repeat(100_000);
        assert!(matches!(EncodedReport::read(nested.as_bytes()), Err(ReportError::Json { .. })));
        let inside = format!("{{\"schema\":\"depaudit.report/1\",\"more\":{nested}");
        assert!(matches!(EncodedReport::read(inside.as_bytes()), Err(ReportError::Json { .. })));
    }

    #[test]
    fn another_form_is_refused_and_not_quoted() {
        let error = EncodedReport::read(b"{\"schema\":\"depaudit.report/9\"}").unwrap_err();
        assert_eq!(error.to_string(), "the report is no depaudit.report/1: line 1, column 29");
    }
}

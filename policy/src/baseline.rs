use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Fingerprint;

/// The findings that were there when a team began to use depaudit: only new ones fail.
///
/// Written sorted by fingerprint and without dates, so that the same findings
/// give the same bytes and a change of the file shows what changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline(BTreeMap<Fingerprint, BaselineEntry>);

/// What a baseline says of a finding, beside its fingerprint. For whoever reads the file:
/// nothing is decided by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaselineEntry {
    /// The rule's code.
    pub rule: String,
    /// What it was about.
    pub label: String,
}

/// Why a text is no baseline.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// Larger than [`Baseline::LARGEST`].
    #[error("a baseline has at most {} bytes", Baseline::LARGEST)]
    TooLarge,
    /// It is not JSON of this form.
    #[error("line {}, column {}: this is no baseline; write it anew with `depaudit scan \
             --write-baseline`", .0.line(), .0.column())]
    Json(#[source] serde_json::Error),
    /// It has a form that this version does not know.
    #[error(
        "a baseline has the schema `{}`; write it anew with `depaudit scan --write-baseline`",
        Baseline::SCHEMA
    )]
    Schema,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    fingerprint: Fingerprint,
    rule: String,
    label: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    findings: Vec<Line>,
}

impl Baseline {
    /// The form of the file.
    pub const SCHEMA: &'static str = "depaudit.baseline/1";

    /// The largest file, in bytes: some 300,000 findings.
    pub const LARGEST: usize = 64 << 20;

    /// Reads a baseline.
    ///
    /// # Errors
    /// When it is too large, or none.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        if text.len() > Self::LARGEST {
            return Err(BaselineError::TooLarge);
        }
        let file: File = serde_json::from_str(text).map_err(BaselineError::Json)?;
        if file.schema != Self::SCHEMA {
            return Err(BaselineError::Schema);
        }
        let entry =
            |line: Line| (line.fingerprint, BaselineEntry { rule: line.rule, label: line.label });
        Ok(Self(file.findings.into_iter().map(entry).collect()))
    }

    /// The file's text.
    ///
    /// # Panics
    /// Never: texts and hexadecimal digits are always JSON.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "only maps with keys that are no text, and a writer \
                                            that fails, keep serde_json from writing"
    )]
    pub fn to_text(&self) -> String {
        let line = |(fingerprint, entry): (&Fingerprint, &BaselineEntry)| Line {
            fingerprint: *fingerprint,
            rule: entry.rule.clone(),
            label: entry.label.clone(),
        };
        let file = File { schema: Self::SCHEMA.into(), findings: self.iter().map(line).collect() };
        let mut text = serde_json::to_string_pretty(&file).expect("this is JSON");
        text.push('\n');
        text
    }

    /// Whether a finding was not there yet.
    #[must_use]
    pub fn is_new(&self, finding: &Fingerprint) -> bool {
        !self.0.contains_key(finding)
    }

    /// Every finding that was there, by fingerprint.
    pub fn iter(&self) -> impl Iterator<Item = (&Fingerprint, &BaselineEntry)> {
        self.0.iter()
    }
}

impl FromIterator<(Fingerprint, BaselineEntry)> for Baseline {
    fn from_iter<I: IntoIterator<Item = (Fingerprint, BaselineEntry)>>(findings: I) -> Self {
        Self(findings.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(number: u8, label: &str) -> (Fingerprint, BaselineEntry) {
        let entry = BaselineEntry { rule: "OVR02".into(), label: label.into() };
        (Fingerprint::from_bytes([number; 16]), entry)
    }

    #[test]
    fn only_what_was_not_there_is_new() {
        let baseline: Baseline = [finding(1, "serde")].into_iter().collect();
        assert!(!baseline.is_new(&Fingerprint::from_bytes([1; 16])));
        assert!(baseline.is_new(&Fingerprint::from_bytes([2; 16])));
    }

    #[test]
    fn the_same_findings_give_the_same_bytes_in_any_order() {
        let hostile = "a \"quote\"\n\u{1b}[31m";
        let one: Baseline = [finding(2, hostile), finding(1, "b")].into_iter().collect();
        let other: Baseline =
            [finding(1, "b"), finding(2, hostile), finding(1, "b")].into_iter().collect();
        assert_eq!(one.to_text(), other.to_text());
        assert_eq!(Baseline::parse(&one.to_text()).unwrap(), one);
        let empty = Baseline::default();
        assert_eq!(Baseline::parse(&empty.to_text()).unwrap(), empty);
    }

    #[test]
    fn bad_input_41_what_is_no_baseline_is_refused_with_its_place() {
        let deep = "[".repeat(100_000);
        let unknown = "{\"schema\": \"depaudit.baseline/1\", \"findings\": [],\n\"more\": 1}";
        for bad in ["", "[]", "{\"schema\": 1}", &deep, unknown] {
            let error = Baseline::parse(bad).unwrap_err();
            assert!(error.to_string().starts_with("line "), "{error}");
        }
        let later = "{\"schema\": \"depaudit.baseline/2\", \"findings\": []}";
        assert!(matches!(Baseline::parse(later), Err(BaselineError::Schema)));
    }
}

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Fingerprint;

/// The findings that were there when a team began to use depaudit: only new ones fail.
///
/// Written sorted by fingerprint and without dates, so that the same findings
/// give the same bytes and a change of the file shows what changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline(BTreeMap<Fingerprint, Counted>);

/// A finding, and how often it was there.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Counted {
    entry: BaselineEntry,
    count: u32,
}

/// What a baseline says of a finding, beside its fingerprint. For whoever reads the file:
/// nothing is decided by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaselineEntry {
    /// The rule's code.
    pub rule: String,
    /// What it was about.
    pub label: String,
}

/// How many findings of each fingerprint a baseline still has room for.
///
/// Findings of one rule about one thing share a fingerprint, so a baseline counts them: one more
/// of them is new.
#[derive(Debug, Clone)]
pub struct Covering<'b>(BTreeMap<&'b Fingerprint, u32>);

impl Covering<'_> {
    /// Whether this finding was there before. Each that is asked about takes the place of one.
    pub fn takes(&mut self, finding: &Fingerprint) -> bool {
        let Some(left) = self.0.get_mut(finding).filter(|left| **left > 0) else { return false };
        *left -= 1;
        true
    }
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
    /// How many findings share the fingerprint; absent for one.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    count: u32,
}

const fn one() -> u32 {
    1
}

const fn is_one(count: &u32) -> bool {
    *count == 1
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
        let entry = |line: Line| {
            let entry = BaselineEntry { rule: line.rule, label: line.label };
            (line.fingerprint, Counted { entry, count: line.count })
        };
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
        let line = |(fingerprint, counted): (&Fingerprint, &Counted)| Line {
            fingerprint: *fingerprint,
            rule: counted.entry.rule.clone(),
            label: counted.entry.label.clone(),
            count: counted.count,
        };
        let findings = self.0.iter().map(line).collect();
        let file = File { schema: Self::SCHEMA.into(), findings };
        let mut text = serde_json::to_string_pretty(&file).expect("this is JSON");
        text.push('\n');
        text
    }

    /// Room for the findings that were there: see [`Covering::takes`].
    #[must_use]
    pub fn covering(&self) -> Covering<'_> {
        Covering(self.0.iter().map(|(fingerprint, it)| (fingerprint, it.count)).collect())
    }

    /// How many findings were there.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.values().map(|counted| u64::from(counted.count)).sum()
    }
}

impl FromIterator<(Fingerprint, BaselineEntry)> for Baseline {
    fn from_iter<I: IntoIterator<Item = (Fingerprint, BaselineEntry)>>(findings: I) -> Self {
        let mut counted = BTreeMap::<Fingerprint, Counted>::new();
        for (fingerprint, entry) in findings {
            let there = counted.entry(fingerprint).or_insert(Counted { entry, count: 0 });
            there.count = there.count.saturating_add(1);
        }
        Self(counted)
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
        let mut covering = baseline.covering();
        assert!(covering.takes(&Fingerprint::from_bytes([1; 16])));
        assert!(!covering.takes(&Fingerprint::from_bytes([2; 16])));
    }

    #[test]
    fn one_more_of_the_same_is_new() {
        let twice = [finding(1, "serde"), finding(1, "serde"), finding(2, "b")];
        let baseline: Baseline = twice.into_iter().collect();
        let text = baseline.to_text();
        assert_eq!(text.matches("\"count\": 2").count(), 1, "{text}");
        let read = Baseline::parse(&text).unwrap();
        assert_eq!((&read, read.count()), (&baseline, 3));
        let mut covering = read.covering();
        let taken: Vec<_> =
            (0..3).map(|_| covering.takes(&Fingerprint::from_bytes([1; 16]))).collect();
        assert_eq!(taken, [true, true, false]);
    }

    #[test]
    fn the_same_findings_give_the_same_bytes_in_any_order() {
        let hostile = "a \"quote\"\n\u{1b}[31m";
        let one: Baseline = [finding(2, hostile), finding(1, "b")].into_iter().collect();
        let other: Baseline = [finding(1, "b"), finding(2, hostile)].into_iter().collect();
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

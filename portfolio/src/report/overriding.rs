use depaudit_model::cargo::{OverrideKind, OverrideLayer, OverrideState};
use depaudit_policy::Day;
use semver::Version;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Comparison, Label, Outcome, PackageName, Place};

/// An override, as a scan found it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OverrideRecord {
    /// By which mechanism.
    pub kind: OverrideKind,
    /// In what sort of file.
    pub layer: OverrideLayer,
    /// The package; absent where a whole source is concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<PackageName>,
    /// The version that it carries, where the scan could tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
    /// What it puts in place, in words.
    pub target: Label,
    /// Whether it acts.
    pub state: OverrideState,
    /// The folder of the workspace whose build it changes; absent for several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<Place>,
    /// The file in which it stands.
    pub path: Place,
    /// The line there, from 1.
    pub line: u32,
    /// What the line says, with stars for secrets and without its comment: of a manifest or a Cargo
    /// configuration alone. Absent in reports of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Label>,
    /// The folder that it puts in place, below the repository's root. Absent in reports of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<Place>,
    /// What the lock holds of it: numbers in the report's list of packages, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locked: Vec<u32>,
    /// How what it puts in place differs from the releases that it stands in for: one for each content
    /// that locks hold of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub compared: Vec<Comparison>,
    /// What its owner wrote down.
    pub declared: Declaring,
    /// Who answers for it, and until when; absent where nobody declared it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owned: Option<Owned>,
}

impl OverrideRecord {
    /// Whether it is the remedy: a way through an approved proxy, which is counted apart.
    #[must_use]
    pub fn is_approved_proxy(&self) -> bool {
        self.declared == Declaring::ApprovedProxy
    }

    /// Drops the files of its comparisons, and with them the text: digests, sums and marks stay.
    pub fn leave_out_files(&mut self) {
        for comparison in &mut self.compared {
            if let Outcome::Compared(compared) = &mut comparison.outcome {
                compared.files = Vec::new();
            }
        }
    }
}

/// Whether an override was declared, when it was scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Declaring {
    /// The declaration had ended.
    Expired,
    /// Nobody declared it.
    No,
    /// The declaration lacks something.
    Incomplete,
    /// It was, and the declaration held.
    Yes,
    /// It is of a kind that nobody has to declare (rule OVR03).
    NotNeeded,
    /// It leads to the default registry through a proxy that the policy approves: no override that counts.
    ApprovedProxy,
}

/// What a declaration says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Owned {
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Label>,
    /// Why it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Label>,
    /// The first day on which it does not hold any more.
    #[serde(default, deserialize_with = "day", skip_serializing_if = "Option::is_none")]
    pub expires: Option<Day>,
}

/// A policy file writes a day as TOML does; JSON has only texts.
fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Day>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| text.parse().map_err(serde::de::Error::custom)).transpose()
}

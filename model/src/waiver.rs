use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize, Serializer};

use crate::Randomness;

/// Bytes of a waiver's id: enough that two of one server's differ.
const BYTES: usize = 5;

/// What a waiver is called in lists, commands and records: 10 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct WaiverId(String);

/// The text is no id of a waiver.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a waiver's id is 10 hexadecimal digits, as `waiver list` shows them")]
pub struct WaiverIdError;

impl WaiverId {
    /// Draws an id.
    #[must_use]
    pub fn generate(randomness: &dyn Randomness) -> Self {
        let mut bytes = [0; BYTES];
        randomness.fill(&mut bytes);
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for WaiverId {
    type Err = WaiverIdError;

    fn from_str(text: &str) -> Result<Self, WaiverIdError> {
        let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let good = text.len() == 2 * BYTES && text.bytes().all(digit);
        if good { Ok(Self(text.to_owned())) } else { Err(WaiverIdError) }
    }
}

impl TryFrom<String> for WaiverId {
    type Error = WaiverIdError;

    fn try_from(text: String) -> Result<Self, WaiverIdError> {
        text.parse()
    }
}

impl fmt::Display for WaiverId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for WaiverId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

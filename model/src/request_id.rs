use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Names one request, in its answer (`x-served-by`), in the logs and on record.
///
/// Cargo prints the `x-served-by` header of a refused request, so a user can quote it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// Builds the id from 80 random bits: `req-` and 16 characters of Crockford's base 32, which
    /// leaves out letters that are easily misread.
    #[must_use]
    pub fn from_random(random: [u8; 10]) -> Self {
        const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        let mut text = String::with_capacity(20);
        text.push_str("req-");
        for five in random.as_chunks::<5>().0 {
            let bits = five.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
            for shift in (0..40).step_by(5).rev() {
                text.push(char::from(DIGITS[(bits >> shift & 31) as usize]));
            }
        }
        Self(text.into())
    }

    /// The id as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is no request id of depaudit's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a request id is `req-` and 16 letters and digits")]
pub struct RequestIdError;

impl FromStr for RequestId {
    type Err = RequestIdError;

    fn from_str(text: &str) -> Result<Self, RequestIdError> {
        let digits = text.strip_prefix("req-").ok_or(RequestIdError)?;
        let good = digits.len() == 16 && digits.bytes().all(|b| b.is_ascii_alphanumeric());
        if good { Ok(Self(text.into())) } else { Err(RequestIdError) }
    }
}

impl Serialize for RequestId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RequestId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_being_written_and_read() {
        let id = RequestId::from_random([255, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(id.as_str().len(), 20);
        assert_eq!(id.as_str().parse(), Ok(id));
        assert_ne!(RequestId::from_random([0; 10]), RequestId::from_random([1; 10]));
    }
}

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Timestamp;

/// Names one request, in its answer (`x-served-by`), in the logs and on record.
///
/// Cargo prints the `x-served-by` header of a refused request, so a user can quote it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// Builds the id: `req-` and 16 characters of Crockford's base 32, which leaves out letters that
    /// are easily misread. The first 6 are the time in steps of 8 seconds, the others are random.
    ///
    /// With the time in front, a person sees which of two came first, and an index over them grows at its
    /// end. The last 50 bits of `random` tell requests of the same 8 seconds apart.
    #[must_use]
    pub fn new(now: Timestamp, random: u64) -> Self {
        const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        const RANDOM: u32 = 50;
        // 30 bits are left for the time; they last until the year 2248.
        let steps = now.as_millis().cast_unsigned() >> 13;
        let bits = u128::from(steps) << RANDOM | u128::from(random & ((1 << RANDOM) - 1));
        let mut text = String::with_capacity(20);
        text.push_str("req-");
        for shift in (0..80).step_by(5).rev() {
            text.push(char::from(DIGITS[(bits >> shift & 31) as usize]));
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
        let now = Timestamp::from_millis(1_772_366_400_000);
        let id = RequestId::new(now, u64::MAX);
        assert_eq!(id.as_str().len(), 20);
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
        assert_ne!(RequestId::new(now, 0), id);
    }

    #[test]
    fn ids_sort_as_they_come_whatever_is_random_about_them() {
        let at =
            |second: i64, random| RequestId::new(Timestamp::from_millis(second * 1_000), random);
        assert!(at(1_772_366_400, u64::MAX).as_str() < at(1_772_366_410, 0).as_str());
        assert!(at(1_772_366_400, u64::MAX).as_str() < at(4_000_000_000, 0).as_str());
    }
}

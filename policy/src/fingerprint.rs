use std::fmt;
use std::str::FromStr;

use depaudit_model::Checksum;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Says that two findings are the same one, today and tomorrow. The auditor computes it over rule,
/// team, workspace, package, kind of override and target, never over a line number; waivers and
/// baselines refer to it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 16]);

/// The text is no fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a fingerprint is 32 lowercase hexadecimal digits, as `depaudit scan` shows it")]
pub struct FingerprintError;

impl Fingerprint {
    /// The fingerprint of these parts. Each goes in behind its length, so that no two lists of
    /// parts run into each other.
    #[must_use]
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut text = Vec::new();
        for part in parts {
            text.extend((part.len() as u64).to_be_bytes());
            text.extend(part.as_bytes());
        }
        let mut first = [0; 16];
        first.copy_from_slice(Checksum::of(&text).as_bytes().split_at(16).0);
        Self(first)
    }

    /// Takes a digest that was computed elsewhere.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    /// Uppercase is refused: one finding has one spelling, so that files can be searched for it.
    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        let lowercase = |digit: &u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 32 || !text.as_bytes().iter().all(lowercase) {
            return Err(FingerprintError);
        }
        let number = u128::from_str_radix(text, 16).map_err(|_| FingerprintError)?;
        Ok(Self(number.to_be_bytes()))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(Fingerprint::of(["ab", "c"]), Fingerprint::of(["a", "bc"]));
        assert_ne!(Fingerprint::of(["a", ""]), Fingerprint::of(["a"]));
    }

    #[test]
    fn a_fingerprint_has_one_spelling() {
        let mut bytes = [0; 16];
        bytes[1] = 0xab;
        let print = Fingerprint::from_bytes(bytes);
        let text = print.to_string();
        assert_eq!(text, "00ab0000000000000000000000000000");
        assert_eq!(text.parse(), Ok(print));
        for bad in ["", "00ab", &text.to_uppercase(), &format!("+{}", &text[1..])] {
            assert_eq!(bad.parse::<Fingerprint>(), Err(FingerprintError), "{bad:?}");
        }
    }
}

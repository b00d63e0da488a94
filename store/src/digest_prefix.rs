use std::str::FromStr;

use depaudit_model::Checksum;

/// The beginning of a digest, as people copy it out of a log: 6 to 64 hexadecimal digits,
/// in capitals too, as some systems print them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DigestPrefix {
    first: Checksum,
    last: Checksum,
}

/// The text begins no digest, or too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a SHA-256 or its beginning, 6 to 64 hexadecimal digits")]
pub struct DigestPrefixError;

impl DigestPrefix {
    /// Fewer would mean every hundredth digest of a large log.
    const SHORTEST: usize = 6;

    /// The smallest digest that begins so.
    #[must_use]
    pub const fn first(&self) -> &Checksum {
        &self.first
    }

    /// The largest.
    #[must_use]
    pub const fn last(&self) -> &Checksum {
        &self.last
    }
}

impl From<Checksum> for DigestPrefix {
    fn from(whole: Checksum) -> Self {
        Self { first: whole, last: whole }
    }
}

impl FromStr for DigestPrefix {
    type Err = DigestPrefixError;

    fn from_str(text: &str) -> Result<Self, DigestPrefixError> {
        if text.len() < Self::SHORTEST {
            return Err(DigestPrefixError);
        }
        let text = text.to_ascii_lowercase();
        // What is longer than a digest, or holds other characters, is refused as a digest.
        let filled = |text: String| text.parse().map_err(|_| DigestPrefixError);
        Ok(Self { first: filled(format!("{text:0<64}"))?, last: filled(format!("{text:f<64}"))? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_anywhere_and_a_whole_digest_is_one() {
        let whole = Checksum::of(b"serde");
        let text = whole.to_string();
        for length in 6..64 {
            let prefix: DigestPrefix = text[..length].parse().unwrap();
            assert!(*prefix.first() <= whole && whole <= *prefix.last());
            assert!(prefix.first().to_string().starts_with(&text[..length]));
            assert!(prefix.last().to_string().starts_with(&text[..length]));
        }
        assert_eq!(text.parse(), Ok(DigestPrefix::from(whole)));
        assert_eq!(text.to_ascii_uppercase().parse(), Ok(DigestPrefix::from(whole)));
        for bad in ["", "abcde", "abcdeg", "abcde\u{e9}", &"a".repeat(65)] {
            assert_eq!(bad.parse::<DigestPrefix>(), Err(DigestPrefixError), "{bad}");
        }
    }
}

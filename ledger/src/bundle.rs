use crate::tile::TILE_WIDTH;

/// The longest entry, in bytes: what its 16-bit length can tell (C2SP tlog-tiles).
pub const LONGEST_ENTRY: usize = u16::MAX as usize;

/// Entries one behind the other, each behind its length, as tlog-tiles serves them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bundle(Vec<u8>);

/// What is wrong with a bundle or an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// An entry is longer than [`LONGEST_ENTRY`].
    #[error(
        "an entry has {0} bytes, more than the {LONGEST_ENTRY} that an entry of a log can have"
    )]
    TooLong(usize),
    /// The bytes end in the middle of an entry, or there are more entries than a bundle holds.
    #[error("the bytes are no bundle of at most {TILE_WIDTH} entries")]
    Malformed,
}

impl Bundle {
    /// Adds an entry.
    ///
    /// # Errors
    /// When it is longer than [`LONGEST_ENTRY`]; nothing is added then.
    pub fn push(&mut self, entry: &[u8]) -> Result<(), BundleError> {
        let length = u16::try_from(entry.len()).map_err(|_| BundleError::TooLong(entry.len()))?;
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(entry);
        Ok(())
    }

    /// As it is served.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// The entries of a bundle that somebody else made.
    ///
    /// # Errors
    /// [`BundleError::Malformed`].
    pub fn entries(bytes: &[u8]) -> Result<Vec<&[u8]>, BundleError> {
        let mut rest = bytes;
        let mut entries = Vec::new();
        while !rest.is_empty() {
            let (length, behind) = rest.split_first_chunk::<2>().ok_or(BundleError::Malformed)?;
            let length = usize::from(u16::from_be_bytes(*length));
            let (entry, behind) = behind.split_at_checked(length).ok_or(BundleError::Malformed)?;
            if entries.len() == TILE_WIDTH {
                return Err(BundleError::Malformed);
            }
            entries.push(entry);
            rest = behind;
        }
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_back_as_they_were_put_in() {
        let mut bundle = Bundle::default();
        let longest = vec![7; LONGEST_ENTRY];
        for entry in [b"".as_slice(), b"abc", &longest] {
            bundle.push(entry).unwrap();
        }
        assert_eq!(bundle.push(&[0; LONGEST_ENTRY + 1]), Err(BundleError::TooLong(65_536)));
        let bytes = bundle.into_bytes();
        assert_eq!(Bundle::entries(&bytes).unwrap(), [b"".as_slice(), b"abc", &longest]);
    }

    #[test]
    fn what_is_cut_or_too_much_is_refused() {
        for wrong in [b"\x00".as_slice(), b"\x00\x02a", &[0; 2 * (TILE_WIDTH + 1)]] {
            assert_eq!(Bundle::entries(wrong), Err(BundleError::Malformed));
        }
    }
}

use super::{ArchiveFault, NameProblem, Quoted};

/// What an extended header (POSIX.1-2017, "pax Interchange Format") says about the entry after it, as
/// far as it decides where the entry's bytes go.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Extended {
    pub(super) name: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    pub(super) sparse: bool,
}

impl Extended {
    /// Reads the records of a header.
    pub(super) fn parse(mut data: &[u8]) -> Result<Self, ArchiveFault> {
        let mut extended = Self::default();
        while !data.is_empty() {
            let (keyword, value, rest) = record(data)
                .ok_or_else(|| ArchiveFault::unreadable("an extended header is malformed"))?;
            extended.take(keyword, value)?;
            data = rest;
        }
        Ok(extended)
    }

    /// Whether it names a place or a size. In a global header, which speaks of all entries, that makes
    /// no sense, and readers disagree about it.
    pub(super) const fn decides(&self) -> bool {
        self.name.is_some() || self.size.is_some() || self.sparse
    }

    fn take(&mut self, keyword: &[u8], value: &[u8]) -> Result<(), ArchiveFault> {
        match keyword {
            b"path" if self.name.as_deref().is_some_and(|name| name != value) => {
                let problem = NameProblem::Ambiguous;
                return Err(ArchiveFault::Name { name: Quoted::bytes(value), problem });
            }
            b"path" => self.name = Some(value.to_vec()),
            b"size" => {
                let size = str::from_utf8(value).ok().and_then(|digits| digits.parse().ok());
                match (self.size, size) {
                    (None, Some(size)) => self.size = Some(size),
                    (Some(first), Some(second)) if first == second => {}
                    _ => return Err(ArchiveFault::SizeMismatch(Quoted::bytes(value))),
                }
            }
            _ => self.sparse |= keyword.starts_with(b"GNU.sparse."),
        }
        Ok(())
    }
}

/// Splits off one record: `"{length} {keyword}={value}\n"`, the length counting itself.
///
/// A newline within a value is legal and refused all the same: readers that split at newlines, the
/// one in Cargo among them, would see another record there.
fn record(data: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = data.iter().position(|byte| *byte == b' ')?;
    let (digits, _) = data.split_at_checked(space)?;
    let length: usize = str::from_utf8(digits).ok()?.parse().ok()?;
    let (record, rest) = data.split_at_checked(length)?;
    let (_, pair) = record.split_at_checked(space + 1)?;
    let pair = pair.strip_suffix(b"\n")?;
    let equals = pair.iter().position(|byte| *byte == b'=')?;
    let (keyword, value) = pair.split_at_checked(equals)?;
    let value = value.strip_prefix(b"=")?;
    (!pair.contains(&b'\n')).then_some((keyword, value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_as_posix_counts_them() {
        let extended = Extended::parse(b"9 size=7\n30 mtime=1350244992.023960108\n11 path=a\n");
        // The last record claims one byte more than it has.
        assert_eq!(extended.unwrap_err().rule(), "archive-unreadable");
        let extended = Extended::parse(b"9 size=7\n30 mtime=1350244992.023960108\n9 path=a\n");
        let expected = Extended { name: Some(b"a".to_vec()), size: Some(7), sparse: false };
        assert_eq!(extended, Ok(expected));
    }

    #[test]
    fn bad_input_36_malformed_and_doubled_records_are_refused() {
        for data in [
            &b" "[..],
            b"5",
            b"0 a=b\n",
            b"99 a=b\n",
            b"6 a=b\nx",
            b"5 ab\n",
            b"-6 a=b\n",
            b"6 a=bc",
            b"18446744073709551616 a=b\n",
            b"15 comment=a\nb\n",
        ] {
            assert!(Extended::parse(data).is_err(), "{data:?}");
        }
        let rule = |data| Extended::parse(data).unwrap_err().rule();
        assert_eq!(rule(b"9 size=7\n9 size=8\n"), "archive-size-mismatch");
        assert_eq!(rule(b"11 size=-1\n"), "archive-size-mismatch");
        assert_eq!(rule(b"11 path=a\n11 path=b\n"), "archive-unreadable");
        assert_eq!(rule(b"9 path=a\n9 path=b\n"), "archive-name");
    }
}

use crate::Level;

/// What a scan comes to, in the order in which one outdoes the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// A finding at `deny` stands, beside the scan's own gaps.
    Denied,
    /// Something could not be read, and nothing else stands at `deny`.
    Incomplete,
    /// There was nothing to scan, so nothing is known.
    Nothing,
    /// None of these.
    Clean,
}

/// A finding that counts: no waiver and no baseline hides it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Its level.
    pub level: Level,
    /// Whether it is about something that the scan could not see.
    pub gap: bool,
}

impl Verdict {
    /// What these findings come to. `anything`: whether there was anything to scan.
    ///
    /// A gap counts like a finding, at its level: a policy that only warns of gaps accepts them.
    #[must_use]
    pub fn of(findings: impl IntoIterator<Item = Standing>, anything: bool) -> Self {
        let mut verdict = if anything { Self::Clean } else { Self::Nothing };
        for finding in findings.into_iter().filter(|finding| finding.level == Level::Deny) {
            if !finding.gap {
                return Self::Denied;
            }
            verdict = Self::Incomplete;
        }
        verdict
    }

    /// The exit code of `depaudit scan`. 2 is missing here: bad usage and bad configuration end a
    /// scan before there is a verdict.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Denied => 1,
            Self::Incomplete => 3,
            Self::Nothing => 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn standing(level: Level, gap: bool) -> Standing {
        Standing { level, gap }
    }

    #[test]
    fn the_worst_decides() {
        let deny = standing(Level::Deny, false);
        let warn = standing(Level::Warn, false);
        let gap = standing(Level::Deny, true);
        let code = |findings: &[Standing]| Verdict::of(findings.to_vec(), true).exit_code();
        assert_eq!(code(&[]), 0);
        assert_eq!(code(&[warn]), 0);
        assert_eq!(code(&[warn, deny]), 1);
        assert_eq!(code(&[gap, deny]), 1);
        assert_eq!(code(&[gap, warn]), 3);
        assert_eq!(code(&[standing(Level::Warn, true)]), 0);
    }

    #[test]
    fn an_empty_folder_is_not_clean() {
        assert_eq!(Verdict::of([], false).exit_code(), 4);
        let gap = standing(Level::Deny, true);
        assert_eq!(Verdict::of([gap], false).exit_code(), 3);
    }
}

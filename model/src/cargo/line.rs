use std::fmt;

use semver::Version;

/// A line of compatible versions, as Cargo's default requirement sees it: `1`, `0.4` or `0.0.3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line {
    major: u64,
    minor: u64,
    patch: u64,
}

impl Line {
    /// The line on which a version lies; what makes it a pre-release or a build does not count.
    #[must_use]
    pub const fn of(version: &Version) -> Self {
        match (version.major, version.minor, version.patch) {
            (0, 0, patch) => Self { major: 0, minor: 0, patch },
            (0, minor, _) => Self { major: 0, minor, patch: 0 },
            (major, ..) => Self { major, minor: 0, patch: 0 },
        }
    }

    /// Its lowest version that is no pre-release.
    #[must_use]
    pub const fn lowest(self) -> Version {
        Version::new(self.major, self.minor, self.patch)
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.major, self.minor) {
            (0, 0) => write!(f, "0.0.{}", self.patch),
            (0, minor) => write!(f, "0.{minor}"),
            (major, _) => write!(f, "{major}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_a_default_requirement_takes() {
        for (version, line) in
            [("1.2.3", "1"), ("10.0.0-alpha.1", "10"), ("0.2.3", "0.2"), ("0.0.3", "0.0.3")]
        {
            assert_eq!(Line::of(&version.parse().unwrap()).to_string(), line);
        }
    }

    #[test]
    fn lines_have_the_order_of_their_numbers() {
        let versions = ["0.0.9", "0.0.10", "0.2.0", "0.10.0", "1.9.0", "2.0.0", "10.0.0"];
        let lines = versions.map(|version| Line::of(&version.parse().unwrap()));
        assert!(lines.is_sorted());
    }
}

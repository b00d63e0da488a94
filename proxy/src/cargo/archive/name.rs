use super::{ArchiveFault, NameProblem, Quoted};

/// The name of an entry, proven to lie below the crate's folder.
///
/// Kept relative to that folder, without empty and `.` components, so that two spellings of one place
/// are equal. Empty for the folder itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EntryName(String);

impl EntryName {
    /// Reads the name of an entry of the archive whose folder is `folder`.
    pub(super) fn parse(name: &[u8], folder: &str) -> Result<Self, ArchiveFault> {
        let fault = |problem| ArchiveFault::Name { name: Quoted::bytes(name), problem };
        let text = std::str::from_utf8(name).map_err(|_| fault(NameProblem::NotUtf8))?;
        if text.contains('\0') {
            return Err(fault(NameProblem::Nul));
        }
        // A backslash is an ordinary character here and a separator on Windows.
        if text.split(['/', '\\']).any(|component| component == "..") {
            return Err(fault(NameProblem::Climbs));
        }
        let mut components = text.split('/');
        // An absolute name begins with an empty component.
        if components.next() != Some(folder) {
            return Err(fault(NameProblem::Outside));
        }
        let inside: Vec<_> =
            components.filter(|component| !matches!(*component, "" | ".")).collect();
        Ok(Self(inside.join("/")))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a case-insensitive file system takes this for the crate's manifest.
    pub(super) fn is_manifest(&self) -> bool {
        self.0.eq_ignore_ascii_case("Cargo.toml")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(name: &[u8]) -> NameProblem {
        match EntryName::parse(name, "foo-1.0.0").unwrap_err() {
            ArchiveFault::Name { problem, .. } => problem,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn bad_input_35_names_outside_the_folder() {
        for name in [
            "",
            "/",
            "bar-1.0.0/x",
            "foo-1.0.00/x",
            "foo-1.0.0 /x",
            "./foo-1.0.0/x",
            "/foo-1.0.0/x",
            "Foo-1.0.0/x",
            r"foo-1.0.0\x",
            "pax_global_header",
        ] {
            assert_eq!(problem(name.as_bytes()), NameProblem::Outside, "{name}");
        }
        for name in ["foo-1.0.0/..", "foo-1.0.0/../x", "foo-1.0.0/a/../../b", r"foo-1.0.0/..\x"] {
            assert_eq!(problem(name.as_bytes()), NameProblem::Climbs, "{name}");
        }
        assert_eq!(problem(b"foo-1.0.0/\xff"), NameProblem::NotUtf8);
        assert_eq!(problem(b"foo-1.0.0/a\0b"), NameProblem::Nul);
    }

    #[test]
    fn one_place_has_one_spelling() {
        let name = |text: &str| EntryName::parse(text.as_bytes(), "foo-1.0.0").unwrap();
        assert_eq!(name("foo-1.0.0/src//./lib.rs").as_str(), "src/lib.rs");
        assert_eq!(name("foo-1.0.0").as_str(), "");
        assert_eq!(name("foo-1.0.0/a..b").as_str(), "a..b");
        assert!(name("foo-1.0.0/CARGO.toml").is_manifest());
        assert!(!name("foo-1.0.0/sub/Cargo.toml").is_manifest());
    }
}

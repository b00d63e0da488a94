use super::{Lock, LockedPackage, PackageSource};

impl Lock {
    /// For each package, in the order of [`Lock::packages`], the places of those that it depends on.
    /// What names no package of the lock is passed over: Cargo refuses such a lock.
    pub(crate) fn edges(&self) -> impl Iterator<Item = Vec<usize>> {
        self.packages.iter().map(|package| {
            package.dependencies.lines().filter_map(|line| self.dependency(line)).collect()
        })
    }

    /// The place of `name`, `name version` or `name version (source)`: a lock writes as much as it
    /// takes to tell packages apart; old ones write all.
    fn dependency(&self, line: &str) -> Option<usize> {
        let mut words = line.splitn(3, ' ');
        let (name, version, source) = (words.next()?, words.next(), words.next());
        let source = source.and_then(|text| text.strip_prefix('(')?.strip_suffix(')'));
        let source = source.map(|text| PackageSource::of_lock(Some(text)));
        let start = self.packages.partition_point(|package| &*package.name < name);
        let fits = |package: &LockedPackage| {
            version.is_none_or(|version| *package.version == *version)
                && source.as_ref().is_none_or(|source| source.names(&package.source))
        };
        let named = self.named(name).iter().enumerate().filter(|(_, package)| fits(package));
        // Of several, the one without a source is meant where none is written.
        let from_folder = |package: &LockedPackage| *package.source == PackageSource::Path;
        let place = named.min_by_key(|(place, package)| (!from_folder(package), *place))?.0;
        Some(start + place)
    }
}

impl PackageSource {
    /// Whether this, which a dependency names, is that source: it may leave out the commit.
    fn names(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Git { url, reference, commit: None },
                Self::Git { url: other_url, reference: other_reference, .. },
            ) => url == other_url && reference == other_reference,
            _ => self == other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::RepoPath;

    fn edges(text: &str) -> Vec<(String, Vec<String>)> {
        let lock = Lock::parse(&RepoPath::root().child("Cargo.lock"), text).unwrap();
        let called = |place: usize| {
            let package = &lock.packages[place];
            format!("{} {} {}", package.name, package.version, package.source.kind())
        };
        let edges: Vec<_> = lock.edges().collect();
        let named = edges.into_iter().enumerate();
        named.map(|(at, to)| (called(at), to.into_iter().map(called).collect())).collect()
    }

    #[test]
    fn a_dependency_is_told_apart_by_as_much_as_is_written() {
        let index = tame_index::CRATES_IO_INDEX;
        let found = edges(&format!(
            "version = 4\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\n\
             \"log\",\n\"foo 1.0.0\",\n\"foo 2.0.0 (git+https://e.org/foo?branch=a%2Fb)\",\n\
             \"foo 2.0.0 (registry+{index})\",\n\"gone\",\n]\n\
             [[package]]\nname = \"foo\"\nversion = \"1.0.0\"\nsource = \"registry+{index}\"\n\
             [[package]]\nname = \"foo\"\nversion = \"2.0.0\"\nsource = \"registry+{index}\"\n\
             [[package]]\nname = \"foo\"\nversion = \"2.0.0\"\n\
             source = \"git+https://e.org/foo.git?branch=a%2Fb#0123\"\n\
             [[package]]\nname = \"log\"\nversion = \"0.4.0\"\nsource = \"registry+{index}\"\n"
        ));
        let app = &found[0];
        let expected =
            ["log 0.4.0 crates-io", "foo 1.0.0 crates-io", "foo 2.0.0 git", "foo 2.0.0 crates-io"];
        assert_eq!(
            (app.0.as_str(), app.1.clone()),
            ("app 0.1.0 path", expected.map(String::from).into())
        );
    }

    #[test]
    fn what_is_replaced_leads_to_what_stands_in_its_place() {
        let index = tame_index::CRATES_IO_INDEX;
        let found = edges(&format!(
            "[root]\nname = \"app\"\nversion = \"0.1.0\"\n\
             dependencies = [\"foo 1.0.0 (registry+{index})\"]\n\
             [[package]]\nname = \"foo\"\nversion = \"1.0.0\"\n\
             source = \"registry+{index}\"\nreplace = \"foo 1.0.0\"\n\
             [[package]]\nname = \"foo\"\nversion = \"1.0.0\"\n"
        ));
        let (released, fork) = ("foo 1.0.0 crates-io".to_owned(), "foo 1.0.0 path".to_owned());
        assert_eq!(found[0].1, std::slice::from_ref(&released));
        assert!(found.contains(&(released, vec![fork])));
    }
}

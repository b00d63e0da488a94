//! A Cargo.lock, of any version that Cargo has written.

mod edges;
mod package;
mod version;

pub(crate) use package::{LockedPackage, PackageSource};
pub(crate) use version::LockVersion;

use std::collections::BTreeMap;
use std::sync::Arc;

use depaudit_model::Checksum;

use super::text::Text;
use super::toml::{self, SyntaxError, Table, Value};
use crate::files::RepoPath;

/// What one lock says.
#[derive(Debug)]
pub(crate) struct Lock {
    /// The file.
    pub(crate) path: RepoPath,
    /// The format.
    pub(crate) version: LockVersion,
    /// Every `[[package]]`, and the `[root]` of old locks, in the order of their names.
    pub(crate) packages: Vec<LockedPackage>,
    /// Where they come from, each source once.
    pub(crate) sources: Box<[Arc<PackageSource>]>,
    /// `[[patch.unused]]`: patches that matched nothing.
    pub(crate) unused: Vec<LockedPackage>,
}

impl Lock {
    /// Reads a lock. An entry without a name or version is passed over, as nothing could be said
    /// about it.
    pub(crate) fn parse(path: &RepoPath, text: &str) -> Result<Self, SyntaxError> {
        let text = Text::new(text);
        let document = toml::parse(&text)?;
        let mut reader = Reader {
            text: &text,
            metadata: toml::table(&document, "metadata"),
            sources: BTreeMap::new(),
        };
        let root = document.get("root");
        let listed = reader.items(document.get("package"));
        let unused = toml::table(&document, "patch").and_then(|patch| patch.get("unused"));
        let mut packages: Vec<_> = listed.chain(root).filter_map(|it| reader.package(it)).collect();
        let sources = reader.sources.values().cloned().collect();
        let unused = reader.items(unused).filter_map(|item| reader.package(item)).collect();
        // Stable: packages of one name keep the order in which the lock lists them.
        packages.sort_by(|a, b| a.name.cmp(&b.name));
        let version = LockVersion::of(&document);
        Ok(Self { path: path.clone(), version, packages, sources, unused })
    }

    /// The packages of one name.
    pub(crate) fn named(&self, name: &str) -> &[LockedPackage] {
        let start = self.packages.partition_point(|package| &*package.name < name);
        let rest = self.packages.get(start..).unwrap_or_default();
        let end = rest.partition_point(|package| &*package.name == name);
        rest.get(..end).unwrap_or_default()
    }
}

struct Reader<'t, 'i> {
    text: &'t Text<'i>,
    /// `[metadata]`, where locks of version 1 keep their checksums.
    metadata: Option<&'t Table<'i>>,
    /// A lock names the same few sources again and again.
    sources: BTreeMap<String, Arc<PackageSource>>,
}

impl<'t, 'i> Reader<'t, 'i> {
    fn items(
        &self,
        value: Option<&'t Value<'i>>,
    ) -> impl Iterator<Item = &'t Value<'i>> + use<'t, 'i> {
        let array = value.and_then(|value| value.get_ref().as_array());
        array.into_iter().flat_map(|items| items.iter())
    }

    fn package(&mut self, item: &Value<'_>) -> Option<LockedPackage> {
        let table = item.get_ref().as_table()?;
        let (mut name, mut version, mut source, mut checksum) = (None, None, None, None);
        let mut replaced = false;
        let mut dependencies = String::new();
        // The header's place is `[[package]]`; the block ends with its last value.
        let mut end = item.span().end;
        // One pass instead of a look-up for each key: most of a scan's bytes are locks.
        for (key, value) in table {
            end = end.max(value.span().end);
            let text = value.get_ref().as_str();
            match key.get_ref().as_ref() {
                "name" => name = text,
                "version" => version = text,
                "source" => source = text,
                "checksum" => checksum = text,
                "replace" => {
                    replaced = true;
                    list(&mut dependencies, text);
                }
                "dependencies" => {
                    let items = value.get_ref().as_array().into_iter().flat_map(|it| it.iter());
                    items.for_each(|item| list(&mut dependencies, item.get_ref().as_str()));
                }
                _ => {}
            }
        }
        let (name, version) = (name?, version?);
        let checksum = checksum.or_else(|| self.old_checksum(name, version, source?));
        Some(LockedPackage {
            name: name.into(),
            version: version.into(),
            source: self.source(source),
            checksum: checksum.and_then(|text| text.parse::<Checksum>().ok()),
            dependencies: dependencies.into(),
            replaced,
            span: self.text.span(item.span().start..end),
        })
    }

    /// Locks of version 1 keep checksums in one table at the end.
    fn old_checksum(&self, name: &str, version: &str, source: &str) -> Option<&'t str> {
        let metadata = self.metadata?;
        toml::string(metadata, &format!("checksum {name} {version} ({source})"))
    }

    fn source(&mut self, text: Option<&str>) -> Arc<PackageSource> {
        let key = text.unwrap_or_default();
        if let Some(known) = self.sources.get(key) {
            return Arc::clone(known);
        }
        let source = Arc::new(PackageSource::of_lock(text));
        self.sources.insert(key.to_owned(), Arc::clone(&source));
        source
    }
}

/// One text for a package's dependencies: a lock lists hundreds of thousands.
fn list(lines: &mut String, line: Option<&str>) {
    if let Some(line) = line {
        lines.push_str(line);
        lines.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(text: &str) -> Lock {
        Lock::parse(&RepoPath::root().child("Cargo.lock"), text).unwrap()
    }

    fn crates_io() -> String {
        format!("registry+{}", tame_index::CRATES_IO_INDEX)
    }

    #[test]
    fn a_lock_of_version_1_keeps_its_checksums_at_the_end() {
        let sum = Checksum::of(b"foo");
        let lock = lock(&format!(
            "[root]\nname = \"app\"\nversion = \"0.1.0\"\n\n\
             [[package]]\nname = \"foo\"\nversion = \"1.0.0\"\nsource = \"{0}\"\n\n\
             [metadata]\n\"checksum foo 1.0.0 ({0})\" = \"{sum}\"\n",
            crates_io()
        ));
        assert_eq!(lock.version, LockVersion::V1);
        assert_eq!(lock.named("foo")[0].checksum, Some(sum));
        assert_eq!(lock.named("foo")[0].span.line, 5);
        assert!(matches!(*lock.named("app")[0].source, PackageSource::Path));
        assert!(lock.named("bar").is_empty());
    }

    #[test]
    fn versions_1_to_4_are_told_apart() {
        let version = |text: &str| lock(text).version;
        assert_eq!(version("[metadata]\n\"checksum a 1.0.0 (x)\" = \"<none>\""), LockVersion::V1);
        assert_eq!(version("[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n"), LockVersion::V2);
        assert_eq!(version("version = 3"), LockVersion::V3);
        assert_eq!(version("version = 4"), LockVersion::V4);
        assert_eq!(version("version = 7"), LockVersion::Unknown);
    }

    #[test]
    fn unused_patches_and_replaced_packages_are_seen() {
        let lock = lock(&format!(
            "[[package]]\nname = \"foo\"\nversion = \"1.0.0\"\nsource = \"{}\"\n\
             replace = \"foo 1.0.0\"\n\n[[patch.unused]]\nname = \"bar\"\nversion = \"2.0.0\"\n",
            crates_io()
        ));
        assert!(lock.packages[0].replaced);
        assert_eq!(&*lock.unused[0].name, "bar");
    }

    #[test]
    fn bad_input_39_a_large_lock_with_cycles_is_read() {
        let mut text = String::from("version = 4\n");
        for number in 0..50_000 {
            text += &format!(
                "\n[[package]]\nname = \"p{number}\"\nversion = \"1.0.0\"\n\
                 dependencies = [\n \"p{number}\",\n \"p{}\",\n]\n",
                (number + 1) % 50_000
            );
        }
        assert_eq!(lock(&text).packages.len(), 50_000);
    }
}

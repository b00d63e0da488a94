use toml_edit::{Item, Table, TableLike, Value};

use super::change::Followed;
use super::layout::Layout;
use super::splice::Splices;
use crate::cargo::lock::{Lock, PackageSource};
use crate::files::RepoPath;

/// Why the lock was left as it was. Cargo writes it itself, when it may.
const SOMEBODY_ELSE: &str = "a package from elsewhere follows the same";
const TWINS: &str = "it holds two packages of one name and version";
const OTHERWISE: &str = "it is not as Cargo writes it";

/// Names the commit as what is followed, in every entry of the lock that comes from there: what
/// Cargo itself writes once the manifest has the commit, so that `--locked` goes on working.
pub(super) fn relock(text: &str, followed: &Followed) -> Result<String, &'static str> {
    let layout = Layout::parse(text).map_err(|_| OTHERWISE)?;
    let listed = layout.document().get("package").and_then(Item::as_array_of_tables);
    let packages: Vec<_> = listed.into_iter().flatten().map(Entry::read).collect();
    let concerned: Vec<_> = packages.iter().filter(|entry| entry.comes_from(followed)).collect();
    let mut splices = Splices::default();
    for package in &packages {
        let own = package.comes_from(followed);
        let others = packages.iter().filter(|it| it.name == package.name);
        if own && others.filter(|it| it.version == package.version).count() > 1 {
            // Their order in the lock may depend on what changes.
            return Err(TWINS);
        }
        // Another repository's manifest goes on following the branch, whatever is pinned here.
        let is_git = package.source.is_some_and(|source| source.starts_with("git+"));
        if is_git && !own && package.needs(&concerned) {
            return Err(SOMEBODY_ELSE);
        }
        for value in package.table.get("source").into_iter().filter_map(Item::as_value) {
            rename(value, followed, &mut splices).ok_or(OTHERWISE)?;
        }
        for value in package.dependencies() {
            rename(value, followed, &mut splices).ok_or(OTHERWISE)?;
        }
    }
    if splices.is_empty() {
        return Err(OTHERWISE);
    }
    let new = splices.apply(text);
    if content(text) == content(&new) { Ok(new) } else { Err(OTHERWISE) }
}

struct Entry<'d> {
    table: &'d Table,
    name: &'d str,
    version: &'d str,
    source: Option<&'d str>,
}

impl<'d> Entry<'d> {
    fn read(table: &'d Table) -> Self {
        let text = |key| table.get(key).and_then(Item::as_str);
        let (name, version) = (text("name"), text("version"));
        Self {
            table,
            name: name.unwrap_or_default(),
            version: version.unwrap_or_default(),
            source: text("source"),
        }
    }

    fn comes_from(&self, followed: &Followed) -> bool {
        self.source.is_some_and(|source| is_followed(source, followed))
    }

    fn dependencies(&self) -> impl Iterator<Item = &'d Value> {
        let listed = TableLike::get(self.table, "dependencies").and_then(Item::as_array);
        listed.into_iter().flat_map(toml_edit::Array::iter)
    }

    /// Whether it may depend on one of these. Taken too often rather than too rarely.
    fn needs(&self, packages: &[&Self]) -> bool {
        let names = self.dependencies().filter_map(Value::as_str);
        let mut names = names.filter_map(|text| text.split(' ').next());
        names.any(|name| packages.iter().any(|package| package.name == name))
    }
}

/// Whether a source, with its commit or (within a dependency) without, is what was followed.
fn is_followed(source: &str, followed: &Followed) -> bool {
    match PackageSource::of_lock(Some(source)) {
        PackageSource::Git { url, reference, commit } => {
            url == followed.url
                && reference == followed.reference
                && commit.is_none_or(|commit| *commit == *followed.commit)
        }
        _ => false,
    }
}

/// Replaces the source in `git+URL?branch=main#COMMIT`, or in `name 1.0.0 (git+...)`. `None` when
/// the lock does not spell it so.
fn rename(value: &Value, followed: &Followed, splices: &mut Splices) -> Option<()> {
    let Some(text) = value.as_str() else { return Some(()) };
    let (before, source, after) = match text.split_once(" (") {
        Some((name, rest)) => (format!("{name} ("), rest.strip_suffix(')')?, ")"),
        None => (String::new(), text, ""),
    };
    if !source.starts_with("git+") || !is_followed(source, followed) {
        return Some(());
    }
    let (address, fragment) = match source.split_once('#') {
        Some((address, commit)) => (address, format!("#{commit}")),
        None => (source, String::new()),
    };
    let repository = address.split_once('?').map_or(address, |(repository, _)| repository);
    let new = format!("{before}{repository}?rev={}{fragment}{after}", followed.commit);
    splices.replace(value.span()?, Value::from(new).to_string().trim());
    Some(())
}

/// What must be the same before and after: names, versions, checksums and commits.
fn content(text: &str) -> Option<Vec<String>> {
    let lock = Lock::parse(&RepoPath::root(), text).ok()?;
    let packages = lock.packages.iter().map(|package| match &*package.source {
        PackageSource::Git { url, commit, .. } => {
            format!("{} {} {url} {commit:?}", package.name, package.version)
        }
        other => {
            format!("{} {} {other:?} {:?}", package.name, package.version, package.checksum)
        }
    });
    Some(packages.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cargo::source::{CanonicalUrl, GitReference};

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    fn followed() -> Followed {
        Followed {
            url: CanonicalUrl::new("https://git.example/shared"),
            reference: GitReference::Branch("main".to_owned()),
            commit: COMMIT.to_owned(),
        }
    }

    fn lock(source: &str, stranger: &str) -> String {
        format!(
            "# generated\nversion = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\n\
             dependencies = [\n \"shared 1.0.0 ({source})\",\n]\n\n\
             [[package]]\nname = \"other\"\nversion = \"1.0.0\"\nsource = \"git+https://git.example/\
             other#{COMMIT}\"\ndependencies = [\n \"{stranger}\",\n]\n\n\
             [[package]]\nname = \"shared\"\nversion = \"1.0.0\"\nsource = \"{source}#{COMMIT}\"\n"
        )
    }

    #[test]
    fn every_mention_of_the_branch_becomes_the_commit() {
        let branch = "git+https://git.example/shared.git?branch=main";
        let commit = format!("git+https://git.example/shared.git?rev={COMMIT}");
        let relocked = relock(&lock(branch, "cfg-if"), &followed()).unwrap();
        assert_eq!(relocked, lock(&commit, "cfg-if"));
        assert_eq!(relock(&relocked, &followed()), Err(OTHERWISE), "nothing is left to do");
    }

    #[test]
    fn a_lock_that_another_repository_takes_part_in_is_left_to_cargo() {
        let text = lock("git+https://git.example/shared?branch=main", "shared");
        assert_eq!(relock(&text, &followed()), Err(SOMEBODY_ELSE));
    }
}

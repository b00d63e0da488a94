use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};

use depaudit_model::Checksum;
use sha2::{Digest, Sha256};

use super::checksum_file::ChecksumFile;
use crate::files::{RepoPath, Tree};
use crate::limits::{DEEPEST, LARGEST_FILE, MOST_VENDORED_FILES};
use crate::report::{DifferenceKind, FileDifference};

/// Files that `cargo vendor` leaves out, and git or Cargo may put back. Nothing builds them.
const HARMLESS: [&str; 4] = [ChecksumFile::NAME, ".cargo-ok", ".gitignore", ".gitattributes"];

/// Compares the files of one vendored package with its checksum file, and that with the checksums
/// that locks have for it. Returns what differs, the worst first; reads every file of the package.
pub(crate) fn inspect(
    tree: &Tree,
    package: &RepoPath,
    locked: &BTreeSet<Checksum>,
) -> Vec<FileDifference> {
    let mut found = BTreeSet::new();
    let mut differs = |kind, path: &RepoPath| {
        found.insert(FileDifference { kind, path: path.clone() });
    };
    let list = package.child(ChecksumFile::NAME);
    let text = tree.read_named(&list, LARGEST_FILE).ok();
    let Some(checksums) = text.as_deref().and_then(ChecksumFile::parse) else {
        return vec![FileDifference { kind: DifferenceKind::Unverifiable, path: list }];
    };
    if !locked.is_empty() && checksums.package.is_none_or(|sum| !locked.contains(&sum)) {
        differs(DifferenceKind::OtherPackage, &list);
    }
    for (name, sum) in &checksums.files {
        let Ok(path) = package.join(name) else { continue };
        match hash(tree, &path) {
            Ok(actual) if actual.to_string() == *sum => {}
            Ok(_) => differs(DifferenceKind::Changed, &path),
            Err(_) => differs(DifferenceKind::Missing, &path),
        }
    }
    let is_listed = |path: &RepoPath| {
        let name = path.as_str().get(package.as_str().len()..).unwrap_or_default();
        checksums.files.contains_key(name.trim_start_matches('/'))
    };
    let Some(files) = files_below(tree, package) else {
        return vec![FileDifference { kind: DifferenceKind::Unverifiable, path: package.clone() }];
    };
    for path in files {
        if !is_listed(&path) && !HARMLESS.contains(&path.name()) {
            differs(DifferenceKind::Unlisted, &path);
        }
    }
    found.into_iter().collect()
}

/// The SHA-256 of a regular file that no link leads to.
fn hash(tree: &Tree, path: &RepoPath) -> io::Result<Checksum> {
    let path = tree.on_disk(path);
    if !path.symlink_metadata()?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok(Checksum::from_bytes(hasher.finalize().into()));
        }
        hasher.update(buffer.get(..count).unwrap_or_default());
    }
}

/// Everything below a package that is no folder; `None` when it is too much, or cannot be listed.
fn files_below(tree: &Tree, package: &RepoPath) -> Option<Vec<RepoPath>> {
    let mut files = Vec::new();
    let mut folders = vec![(package.clone(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in fs::read_dir(tree.on_disk(&folder)).ok()? {
            let entry = entry.ok()?;
            let path = folder.child(&entry.file_name().to_string_lossy());
            if entry.file_type().ok()?.is_dir() {
                folders.push((path, depth + 1));
            } else {
                files.push(path);
            }
        }
        if depth > DEEPEST || files.len() > MOST_VENDORED_FILES {
            return None;
        }
    }
    Some(files)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::files::{Exclude, walk};

    /// A vendored package with a `lib.rs` and a checksum file that lists it.
    struct Vendored(tempfile::TempDir);

    impl Vendored {
        fn new() -> Self {
            let vendored = Self(tempfile::tempdir().unwrap());
            vendored.write("src/lib.rs", "pub fn f() {}");
            let sum = Checksum::of(b"pub fn f() {}");
            let package = Checksum::of(b"the crate");
            vendored.list(&format!(
                "{{\"files\":{{\"src/lib.rs\":\"{sum}\"}},\"package\":\"{package}\"}}"
            ));
            vendored
        }

        fn write(&self, path: &str, text: &str) {
            let path = self.0.path().join("foo").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        fn list(&self, text: &str) {
            self.write(ChecksumFile::NAME, text);
        }

        fn differences(&self, locked: &[&str]) -> Vec<(DifferenceKind, String)> {
            let tree = walk(self.0.path(), &Exclude::default()).unwrap();
            let locked = locked.iter().map(|text| Checksum::of(text.as_bytes())).collect();
            let found = inspect(&tree, &RepoPath::root().child("foo"), &locked);
            found.into_iter().map(|it| (it.kind, it.path.to_string())).collect()
        }
    }

    #[test]
    fn an_untouched_package_does_not_differ() {
        assert_eq!(Vendored::new().differences(&["the crate"]), []);
        assert_eq!(Vendored::new().differences(&[]), []);
    }

    #[test]
    fn a_changed_file_is_seen_even_when_it_was_taken_off_the_list() {
        let vendored = Vendored::new();
        vendored.write("src/lib.rs", "pub fn f() { evil() }");
        let lib = "foo/src/lib.rs".to_owned();
        assert_eq!(vendored.differences(&[]), [(DifferenceKind::Changed, lib.clone())]);
        vendored.list("{\"files\":{},\"package\":null}");
        assert_eq!(vendored.differences(&[]), [(DifferenceKind::Unlisted, lib)]);
    }

    #[test]
    fn an_added_build_script_is_seen() {
        let vendored = Vendored::new();
        vendored.write("build.rs", "fn main() {}");
        assert_eq!(
            vendored.differences(&["the crate"]),
            [(DifferenceKind::Unlisted, "foo/build.rs".to_owned())]
        );
    }

    #[test]
    fn bad_input_38_the_mode_of_a_file_says_nothing_and_is_left_as_it_is() {
        let vendored = Vendored::new();
        let lib = vendored.0.path().join("foo/src/lib.rs");
        fs::set_permissions(&lib, PermissionsExt::from_mode(0o4777)).unwrap();
        assert_eq!(vendored.differences(&["the crate"]), []);
        assert_eq!(fs::metadata(&lib).unwrap().permissions().mode() & 0o7777, 0o4777);
    }

    #[test]
    fn another_package_than_the_locked_one_is_seen() {
        let list = "foo/.cargo-checksum.json".to_owned();
        let found = Vendored::new().differences(&["another crate"]);
        assert_eq!(found, [(DifferenceKind::OtherPackage, list.clone())]);
        let vendored = Vendored::new();
        vendored.list("no JSON");
        assert_eq!(vendored.differences(&[]), [(DifferenceKind::Unverifiable, list)]);
    }
}

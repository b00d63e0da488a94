use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use depaudit_model::cargo::Content;
use tempfile::TempDir;

use super::*;

const MANIFEST: &str = "[package]\nname = \"a\"\nversion = \"1.0.0\"\n";

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn package(manifest: &str) -> Self {
        Self::new().file("Cargo.toml", &format!("{MANIFEST}{manifest}")).file("src/lib.rs", "")
    }

    fn file(self, path: &str, text: &str) -> Self {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn read(&self, below: &str, release: &[&str]) -> Result<PackageFiles, FolderError> {
        let mut files = PackageFiles::default();
        for path in release {
            files.insert(path.parse().unwrap(), PackagedFile::of(b""));
        }
        let root = self.0.path().canonicalize().unwrap();
        let below = RepoPath::root().join(below).unwrap();
        package_of_folder(&root, &below, &files).map(|(_, found)| found)
    }

    fn paths(&self, below: &str, release: &[&str]) -> Vec<String> {
        let found = self.read(below, release).unwrap();
        found.iter().map(|(path, _)| path.to_string()).collect()
    }
}

#[test]
fn built_things_hidden_files_and_other_packages_are_left_out() {
    let folder = Folder::package("exclude = [\"docs\"]\n")
        .file("target/debug/a", "")
        .file(".hidden", "")
        .file("docs/a.md", "")
        .file("nested/Cargo.toml", MANIFEST)
        .file("nested/src/lib.rs", "")
        .file("tests/target/x", "");
    assert_eq!(folder.paths("", &[]), ["Cargo.toml", "src/lib.rs", "tests/target/x"]);
    // Nobody hides a file of the release by its name.
    assert!(folder.paths("", &[".hidden"]).contains(&".hidden".to_owned()));
}

#[test]
fn in_a_repository_hidden_files_count_and_ignored_ones_do_not() {
    let folder = Folder::new()
        .file(".git/HEAD", "")
        .file(".gitignore", "*.log\n/a/out\n")
        .file("a/Cargo.toml", MANIFEST)
        .file("a/.gitignore", "!kept.log\nsecret/\n")
        .file("a/.hidden", "")
        .file("a/x.log", "")
        .file("a/kept.log", "")
        .file("a/out/x", "")
        .file("a/secret/x", "");
    assert_eq!(folder.paths("a", &[]), [".gitignore", ".hidden", "Cargo.toml", "kept.log"]);
    let release = ["out/x", "x.log"];
    let with = [".gitignore", ".hidden", "Cargo.toml", "kept.log", "out/x", "x.log"];
    assert_eq!(folder.paths("a", &release), with);
}

#[test]
fn a_list_of_files_is_all_that_counts_and_a_readme_comes_from_above() {
    let folder = Folder::new()
        .file("Cargo.toml", "[workspace]\nmembers = [\"a\"]\n[workspace.package]\nlicense-file = \"LICENSE\"\n")
        .file("README.md", "above")
        .file("LICENSE", "MIT")
        .file("a/Cargo.toml", &format!(
            "{MANIFEST}include = [\"src\", \".hidden\"]\nreadme = \"../README.md\"\nlicense-file.workspace = true\n"
        ))
        .file("a/.hidden", "")
        .file("a/src/lib.rs", "")
        .file("a/build.rs", "");
    assert_eq!(
        folder.paths("a", &[]),
        [".hidden", "Cargo.toml", "LICENSE", "README.md", "src/lib.rs"]
    );
    let found = folder.read("a", &[]).unwrap();
    assert_eq!(found.get("README.md").and_then(PackagedFile::text), Some("above"));
}

#[test]
fn bad_input_42_links_out_of_the_repository_and_sockets_are_listed_and_not_read() {
    let outside = Folder::new().file("secret", "canary").file("dir/secret", "canary");
    let folder = Folder::package("readme = \"../../secret\"\n").file("real.md", "text");
    let at = |path: &str| folder.0.path().join(path);
    symlink(outside.0.path().join("secret"), at("secret")).unwrap();
    symlink(outside.0.path().join("dir"), at("dir")).unwrap();
    symlink("real.md", at("inside.md")).unwrap();
    symlink("loop", at("loop")).unwrap();
    let _socket = UnixListener::bind(at("socket")).unwrap();
    let found = folder.read("", &[]).unwrap();
    let unread = |path: &str| match &found.get(path).unwrap().content {
        Content::Unread(why) => Some(*why),
        _ => None,
    };
    assert_eq!(found.get("inside.md").and_then(PackagedFile::text), Some("text"));
    for (path, why) in [("dir", Unread::Link), ("loop", Unread::Link), ("socket", Unread::Special)]
    {
        assert_eq!(unread(path), Some(why), "{path}");
    }
    // The link of that name is there first; what the manifest names is not read either.
    assert_eq!(unread("secret"), Some(Unread::Link));
    assert!(found.iter().all(|(_, file)| file.text().is_none_or(|text| !text.contains("canary"))));
}

#[test]
fn bad_input_42_a_manifest_that_is_a_link_out_of_the_repository_is_refused() {
    let outside = Folder::package("");
    let folder = Folder::new().file("a/x", "");
    symlink(outside.0.path().join("Cargo.toml"), folder.0.path().join("a/Cargo.toml")).unwrap();
    let told = folder.read("a", &[]).unwrap_err().to_string();
    assert!(told.contains("it leads out of the scanned folder"), "{told}");
}

#[test]
fn bad_input_37_too_many_and_too_deep_folders_are_refused_and_a_large_file_is_hashed() {
    let folder = Folder::package("").file(&format!("{}x", "d/".repeat(DEEPEST + 1)), "");
    let told = folder.read("", &[]).unwrap_err().to_string();
    assert!(told.contains("folders deep"), "{told}");

    let folder = Folder::package("");
    let sparse = |name: &str, size| {
        File::create(folder.0.path().join(name)).unwrap().set_len(size).unwrap();
    };
    sparse("large.bin", 100 << 20);
    sparse("huge.bin", LARGEST + 1);
    let found = folder.read("", &[]).unwrap();
    let large = found.get("large.bin").unwrap();
    assert_eq!((large.size, &large.content), (100 << 20, &Content::Large));
    assert!(large.digest.is_some());
    assert_eq!(found.get("huge.bin").unwrap().content, Content::Unread(Unread::TooLarge));
}

#[test]
fn a_folder_without_a_package_says_so() {
    let told = |folder: &Folder| folder.read("", &[]).unwrap_err().to_string();
    assert!(told(&Folder::new()).starts_with("its Cargo.toml cannot be used"));
    let workspace = Folder::new().file("Cargo.toml", "[workspace]\n");
    assert!(told(&workspace).ends_with("it is not the manifest of a package"));
}

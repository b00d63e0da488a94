//! A fork, and hostile things in its place.

use std::fs;
use std::path::Path;

use depaudit_testkit::{CrateFile, RawEntry};
use tempfile::TempDir;

use crate::home::{Home, files, marks};

const MANIFEST: &str = "[package]\nname = \"foo\"\nversion = \"1.0.0\"\nedition = \"2021\"\n";

fn write(folder: &Path, path: &str, text: impl AsRef<[u8]>) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// `foo` 1.0.0, whose author wrote this manifest and a library of ten lines.
fn release() -> (Home, String) {
    let library: String = (0..10).map(|it| format!("pub fn f{it}() {{}}\n")).collect();
    let packed = CrateFile::new("foo", "1.0.0").library(&library).file("Cargo.toml.orig", MANIFEST);
    (Home::with("foo", "1.0.0", &packed.pack().bytes), library)
}

/// A copy of it in a folder.
fn copy(library: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "Cargo.toml", MANIFEST);
    write(folder.path(), "src/lib.rs", library);
    folder
}

#[test]
fn a_changed_line_and_a_new_build_script_are_told_and_marked() {
    let (home, library) = release();
    let fork = copy(&library);
    let same = home.diff(fork.path(), &["foo@1.0.0", "--against", "."]);
    assert_eq!(same.code, Some(0), "{same:?}");
    write(fork.path(), "src/lib.rs", library.replace("f7() {}", "f7() { unsafe { evil() } }"));
    write(fork.path(), "build.rs", "fn main() {\n    std::process::Command::new(\"sh\");\n}\n");

    let ran = home.diff(fork.path(), &["foo@1.0.0", "--against", "."]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.is_empty(), "{ran:?}");
    let told = [
        "foo@1.0.0 against .\n",
        "1 file added, 1 changed, 0 removed; +4 -1 lines\n",
        "a new build script: build.rs\n",
        "more unsafe code (0 before, 1 now): src/lib.rs\n",
        "new use of processes (0 before, 2 now): build.rs\n",
        "added   build.rs     3\n",
        "changed  src/lib.rs  1  1\n",
        "--- nothing\n+++ . build.rs\n@@ -0,0 +1,3 @@\n+fn main() {\n",
        "-pub fn f7() {}\n+pub fn f7() { unsafe { evil() } }\n",
    ];
    let squeezed = ran.out.replace("added    build.rs    3", "added   build.rs     3");
    for line in told {
        assert!(squeezed.contains(line), "{line:?} is not in\n{}", ran.out);
    }

    let stat = home.diff(fork.path(), &["foo@1.0.0", "--against", ".", "--stat"]);
    assert!(stat.out.contains("changed  src/lib.rs") && !stat.out.contains("@@"), "{}", stat.out);
    let (answer, code) = home.json(fork.path(), &["foo@1.0.0", "--against", "."]);
    assert_eq!((code, answer["schema"].as_str()), (Some(1), Some("depaudit.diff/1")));
    assert_eq!(files(&answer), ["added build.rs", "changed src/lib.rs"]);
    assert_eq!(
        marks(&answer),
        ["build-script-added build.rs", "unsafe-code src/lib.rs", "process-use build.rs"]
    );
    assert!(!answer.to_string().contains("evil"), "{answer}");
    let (answer, _) = home.json(fork.path(), &["foo@1.0.0", "--against", ".", "--include-text"]);
    assert!(answer["difference"]["files"][1]["text"].as_str().unwrap().contains("evil"));
}

#[test]
fn another_release_is_compared_by_what_is_built() {
    let packed =
        |library: &str, version: &str| CrateFile::new("foo", version).library(library).pack();
    let (old, new) = (packed("// a\n", "1.0.0"), packed("// b\n", "1.0.1"));
    let home = Home::with("bar", "1.0.0", b"");
    home.add("foo", &[("1.0.0", &old.bytes), ("1.0.1", &new.bytes)]);
    let (answer, code) = home.json(home.path(), &["foo@1.0.0", "--against", "1.0.1"]);
    assert_eq!(code, Some(1));
    assert_eq!(files(&answer), ["changed Cargo.toml", "changed src/lib.rs"]);
    let (_, code) = home.json(home.path(), &["foo@1.0.0", "--against", "1.0.0"]);
    assert_eq!(code, Some(0));
}

#[test]
fn bad_input_45_what_a_terminal_would_obey_is_shown() {
    let (home, library) = release();
    let fork = copy(&library);
    write(fork.path(), "a\u{1b}[2J\nb.txt", "\u{1b}[31mred\u{202e}\ttab\r\n");
    let ran = home.diff(fork.path(), &["foo@1.0.0", "--against", "."]);
    assert!(ran.out.contains("a\\u{1b}[2J\\u{a}b.txt"), "{}", ran.out);
    assert!(ran.out.contains("+\\u{1b}[31mred\\u{202e}\ttab\n"), "{}", ran.out);
    assert!(!ran.out.contains('\u{1b}') && !ran.out.contains('\u{202e}'));
}

#[test]
fn what_is_no_utf_8_too_large_or_many_is_compared_by_its_digest() {
    let (home, library) = release();
    let fork = copy(&library);
    write(fork.path(), "src/lib.rs", b"\xff\xfe");
    let large = fs::File::create(fork.path().join("large.txt")).unwrap();
    large.set_len(100 << 20).unwrap();
    for number in 0..10_000 {
        write(fork.path(), &format!("many/{number}.rs"), "fn f() {}\n");
    }
    let (answer, code) = home.json(fork.path(), &["foo@1.0.0", "--against", "."]);
    assert_eq!(code, Some(1));
    assert_eq!(answer["difference"]["totals"]["added"], 10_001);
    assert_eq!(answer["difference"]["other"]["files"], 10_003);
    assert_eq!(answer["difference"]["files"][0]["kind"], "large");
    assert_eq!(marks(&answer), ["binary-file src/lib.rs", "not-understood src/lib.rs"]);
}

#[test]
fn bad_input_34_to_37_a_hostile_archive_is_refused() {
    let folder = copy("");
    let hostile = [
        (RawEntry::symlink("foo-1.0.0/a", "/etc/passwd"), "has a link"),
        (RawEntry::file("foo-1.0.0/../a", ""), "has a `..`"),
        (RawEntry::file("/etc/a", ""), "outside the crate's folder"),
        (RawEntry::file("foo-1.0.0/src/lib.rs", "other"), "two different files"),
        (RawEntry::zeros("foo-1.0.0/zeros", 600 << 20), "unpacks to more than"),
    ];
    for (entry, told) in hostile {
        let packed = CrateFile::new("foo", "1.0.0").raw_entry(entry).pack();
        let home = Home::with("foo", "1.0.0", &packed.bytes);
        let ran = home.diff(folder.path(), &["foo@1.0.0", "--against", "."]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{ran:?}");
        assert!(ran.err.contains("the crate file of foo@1.0.0 cannot be looked into"), "{ran:?}");
        assert!(ran.err.contains(told), "{told}: {ran:?}");
    }
}

#[test]
fn what_cannot_be_compared_says_why() {
    let (home, library) = release();
    let fork = copy(&library);
    let told = |arguments: &[&str]| {
        let ran = home.diff(fork.path(), arguments);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{ran:?}");
        ran.err
    };
    assert!(told(&["foo@1.0.0", "--against", "nowhere"]).contains("cannot find the folder"));
    assert!(told(&["foo@1.0.0", "--against", "src"]).contains("its Cargo.toml cannot be used"));
    assert!(told(&["foo", "--against", "."]).contains("name the version too"));
    let unknown = told(&["foo@9.9.9", "--against", "."]);
    assert!(unknown.contains("foo@9.9.9 is not at hand: Cargo's index cache"), "{unknown}");
    write(fork.path(), "Cargo.toml", MANIFEST.replace("foo", "bar"));
    let other = told(&["foo@1.0.0", "--against", "."]);
    assert!(other.contains("it holds the package `bar`, not `foo`"), "{other}");
}

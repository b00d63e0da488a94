use depaudit_model::cargo::{PackagedFile, Unread};

use super::*;
use crate::difference::report::FileKind;

fn files(files: &[(&str, &str)]) -> depaudit_model::cargo::PackageFiles {
    let mut all = depaudit_model::cargo::PackageFiles::default();
    for (path, text) in files {
        all.insert(path.parse().unwrap(), PackagedFile::of(text.as_bytes()));
    }
    all
}

const MANIFEST: &str =
    "[package]\nname = \"a\"\nversion = \"1.0.0\"\n[dependencies]\nserde = \"1\"\n";

/// A release as cargo packs it: with a manifest in its own form, and what it writes beside it.
fn release() -> Vec<(&'static str, &'static str)> {
    vec![
        ("Cargo.toml", "# made\n[package]\nname = \"a\"\n[dependencies.serde]\nversion = \"1\"\n"),
        ("Cargo.toml.orig", MANIFEST),
        ("Cargo.lock", "version = 4\n"),
        (".cargo_vcs_info.json", "{}"),
        ("README.md", "old\n"),
        ("src/lib.rs", "fn f() {}\n"),
    ]
}

fn against(other: &[(&str, &str)]) -> Difference {
    compare(&files(&release()), &files(other), Detail::Text)
}

fn marks(difference: &Difference) -> Vec<(MarkKind, &str)> {
    difference.marks.iter().map(|mark| (mark.kind, mark.about[0].as_str())).collect()
}

const SOURCE: [(&str, &str); 3] =
    [("Cargo.toml", MANIFEST), ("README.md", "old\n"), ("src/lib.rs", "fn f() {}\n")];

#[test]
fn the_sources_of_a_release_and_its_unpacked_crate_are_the_same() {
    let sources = against(&SOURCE);
    assert!(sources.is_none(), "{sources:?}");
    assert_eq!(sources.release.sha256, sources.other.sha256);
    assert!(against(&release()).is_none());
    // Unpacked, and what packaging left beside it thrown away.
    let bare: Vec<_> =
        release().into_iter().filter(|it| !it.0.starts_with("Cargo.toml.")).collect();
    assert!(against(&bare).is_none());
}

#[test]
fn files_are_added_removed_and_changed_and_the_digests_say_so() {
    let other = [SOURCE[0], ("src/lib.rs", "fn f() { g() }\n"), ("src/g.rs", "fn g() {}\n")];
    let found = against(&other);
    let told: Vec<_> = found.files.iter().map(|it| (it.path.as_str(), it.change)).collect();
    assert_eq!(
        told,
        [
            ("README.md", ChangeKind::Removed),
            ("src/g.rs", ChangeKind::Added),
            ("src/lib.rs", ChangeKind::Changed)
        ]
    );
    let Totals { added, removed, changed, lines_added, lines_removed } = found.totals;
    assert_eq!((added, removed, changed, lines_added, lines_removed), (1, 1, 1, 2, 2));
    assert!(found.files[2].text.as_ref().unwrap().contains("-fn f() {}\n+fn f() { g() }\n"));
    assert_ne!(found.release.sha256, found.other.sha256);
    assert_eq!(found, against(&other), "the same twice");
    let counts = compare(&files(&release()), &files(&other), Detail::Counts);
    assert!(counts.files.iter().all(|it| it.text.is_none()));
    assert_eq!(counts.totals, found.totals);
}

#[test]
fn a_manifest_that_the_release_does_not_have_is_compared_with_the_written_one() {
    let manifest = MANIFEST
        .replace("serde = \"1\"", "serde = \"1\"\nurl = { package = \"evil\", version = \"1\" }");
    let found = against(&[("Cargo.toml", &manifest), SOURCE[1], SOURCE[2]]);
    assert_eq!(found.totals.lines_added, 1, "{found:?}");
    assert_eq!(marks(&found), [(MarkKind::NewDependency, "evil")]);
}

#[test]
fn a_release_s_own_manifest_is_what_counts_between_releases() {
    let mut other = release();
    other[0].1 = "# made\n[package]\nname = \"a\"\n[dependencies.evil]\nversion = \"1\"\n";
    let found = against(&other);
    assert_eq!(found.files.len(), 1);
    assert_eq!(marks(&found), [(MarkKind::NewDependency, "evil")]);
}

#[test]
fn an_inherited_dependency_that_the_release_has_is_not_new() {
    let manifest =
        MANIFEST.replace("serde = \"1\"", "serde.workspace = true\nnew.workspace = true");
    let found = against(&[("Cargo.toml", &manifest), SOURCE[1], SOURCE[2]]);
    assert_eq!(marks(&found), [(MarkKind::NewDependency, "new")]);
}

#[test]
fn what_deserves_a_second_look_is_marked() {
    let lib =
        "fn f() { unsafe { std::process::Command::new(\"x\"); std::net::TcpStream::connect(1) } }";
    let manifest = format!("{MANIFEST}[lib]\nproc-macro = true\n");
    let mut other = files(&[
        ("Cargo.toml", &manifest),
        ("build.rs", "fn main() {}\n"),
        ("src/lib.rs", lib),
        ("SRC/lib.rs", ""),
        ("src/bad.rs", "fn f( {"),
        ("x.so", "\0"),
    ]);
    other.insert("LICENSE".parse().unwrap(), PackagedFile::unread(Unread::Link));
    let found = compare(&files(&release()), &other, Detail::Counts);
    assert_eq!(
        marks(&found),
        [
            (MarkKind::BuildScriptAdded, "build.rs"),
            (MarkKind::ProcMacroAdded, "Cargo.toml"),
            (MarkKind::UnsafeCode, "src/lib.rs"),
            (MarkKind::ProcessUse, "src/lib.rs"),
            (MarkKind::NetworkUse, "src/lib.rs"),
            (MarkKind::BinaryFile, "x.so"),
            (MarkKind::Link, "LICENSE"),
            (MarkKind::CaseTwins, "SRC/lib.rs, src/lib.rs"),
            (MarkKind::NotUnderstood, "src/bad.rs"),
        ]
    );
    let counted = |kind| found.marks.iter().find(|it| it.kind == kind).unwrap();
    assert_eq!(counted(MarkKind::UnsafeCode).before, Some(0));
    assert_eq!(counted(MarkKind::ProcessUse).after, Some(2));
    let link = found.files.iter().find(|it| it.path.as_str() == "LICENSE").unwrap();
    assert_eq!(link.kind, FileKind::Unread(Unread::Link));
    assert_eq!(serde_json::to_value(link).unwrap()["kind"], "link");
}

#[test]
fn a_changed_build_script_is_marked_and_the_same_one_is_not() {
    let mut with = release();
    with[0].1 = "[package]\nname = \"a\"\nbuild = \"build/main.rs\"\n";
    with[1].1 = "[package]\nname = \"a\"\nbuild = \"./build/main.rs\"\n";
    with.push(("build/main.rs", "fn main() {}\n"));
    let sources = [("Cargo.toml", with[1].1), SOURCE[1], SOURCE[2]];
    let script = |text: &'static str| [&sources[..], &[("build/main.rs", text)]].concat();
    let compared = |other: &[(&str, &str)]| compare(&files(&with), &files(other), Detail::Counts);
    assert!(compared(&script("fn main() {}\n")).is_none());
    let changed = compared(&script("fn main() { x() }\n"));
    assert_eq!(marks(&changed), [(MarkKind::BuildScriptChanged, "build/main.rs")]);
}

#[test]
fn less_of_it_elsewhere_does_not_hide_more_of_it_here() {
    let unsafe_fn = "unsafe fn f() {}\n";
    let old = files(&[SOURCE[0], ("src/a.rs", unsafe_fn), ("src/b.rs", "")]);
    let new = files(&[SOURCE[0], ("src/a.rs", ""), ("src/b.rs", unsafe_fn)]);
    let found = compare(&old, &new, Detail::Counts);
    assert_eq!(marks(&found), [(MarkKind::UnsafeCode, "src/b.rs")]);
    let mark = &found.marks[0];
    assert_eq!((mark.before, mark.after), (Some(0), Some(1)));
}

#[test]
fn a_mark_names_the_first_files_and_counts_the_rest() {
    let many: Vec<_> = (0..Mark::MOST + 5).map(|it| format!("{it:02}.bin")).collect();
    let mut other = files(&SOURCE);
    for path in &many {
        other.insert(path.parse().unwrap(), PackagedFile::of(b"\0"));
    }
    let found = compare(&files(&release()), &other, Detail::Counts);
    assert_eq!((found.marks[0].about.len(), found.marks[0].more), (Mark::MOST, 5));
}

#[test]
fn bad_input_41_a_manifest_that_nests_deep_is_not_understood_and_nothing_overflows() {
    let deep = format!("[package]\nx = {}{}\n", "[".repeat(100_000), "]".repeat(100_000));
    let found = with_room(|| against(&[("Cargo.toml", &deep)])).unwrap();
    assert!(marks(&found).contains(&(MarkKind::NotUnderstood, "Cargo.toml")), "{found:?}");
}

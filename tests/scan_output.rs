//! What `depaudit scan` writes for others to read, from real trees to the last byte.
#![expect(clippy::expect_used, clippy::panic, reason = "a panic is the report of a test")]

mod cli_support;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use cli_support::{Ran, command, run};
use quick_junit::Report;
use serde_json::Value;
use tempfile::TempDir;

/// A folder with these files.
fn tree(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    folder
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// One override of each mechanism that a tree of files can have, locks of all versions, files that
/// cannot be read, and two teams that differ.
const TREES: &[(&str, &str)] = &[
    (
        "search/Cargo.toml",
        "[workspace]\nmembers = [\"a\", \"gone\"]\n\
         [patch.crates-io]\nserde = { path = \"../fork\" }\nrand = { git = \"https://git.example/rand\" }\n\
         bytes = { git = \"https://me:secret@git.example/bytes\", tag = \"v1\" }\n\
         [replace]\n\"log:0.4.0\" = { path = \"vendor/log\" }\n",
    ),
    (
        "search/a/Cargo.toml",
        "[package]\nname = \"a\"\nversion = \"0.1.0\"\n\
         [dependencies]\nserde = \"1\"\nlogs = { package = \"log\", version = \"0.4\" }\n\
         shared = { git = \"https://git.example/shared\", branch = \"main\" }\n\
         pinned = { git = \"https://git.example/pinned\", rev = \"0123abcd\" }\n\
         both = { git = \"https://git.example/both\", rev = \"0\", tag = \"v1\" }\n\
         internal = { version = \"1\", registry = \"internal\" }\n\
         b = { path = \"../b\" }\nout = { path = \"../../outside\" }\n\
         [patch.crates-io]\nignored = { path = \"x\" }\n",
    ),
    ("search/b/Cargo.toml", "[package]\nname = \"b\"\nversion = \"0.1.0\"\n"),
    (
        "search/.cargo/config.toml",
        "paths = [\"vendor/log\"]\n\
         [source.crates-io]\nreplace-with = \"vendored\"\n[source.vendored]\ndirectory = \"vendor\"\n\
         [source.one]\nregistry = \"https://a.example/\"\nreplace-with = \"two\"\n\
         [source.two]\nregistry = \"https://b.example/\"\nreplace-with = \"one\"\n\
         [patch.crates-io]\ntime = { path = \"time\" }\n[build]\nrustc-wrapper = \"wrap\"\n",
    ),
    ("search/vendor/log/Cargo.toml", "[package]\nname = \"log\"\nversion = \"0.4.0\"\n"),
    (
        "search/vendor/log/.cargo-checksum.json",
        "{\"files\":{\"src/lib.rs\":\"00\"},\"package\":null}",
    ),
    (
        "search/Cargo.lock",
        "version = 4\n[[package]]\nname = \"serde\"\nversion = \"1.0.0\"\n\
         [[package]]\nname = \"shared\"\nversion = \"1.2.0\"\n\
         source = \"git+https://git.example/shared?branch=main#0123456789abcdef0123456789abcdef01234567\"\n\
         [[package]]\nname = \"internal\"\nversion = \"1.0.0\"\nsource = \"registry+https://crates.example/index\"\n\
         checksum = \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"\n\
         [[patch.unused]]\nname = \"rand\"\nversion = \"0.9.0\"\nsource = \"git+https://git.example/rand#01\"\n",
    ),
    (
        "search/.github/workflows/ci.yml",
        "jobs:\n  build:\n    runs-on: x\n    env:\n      CARGO_SOURCE_CRATES_IO_REPLACE_WITH: mirror\n    steps:\n      - run: cargo build --config source.x.directory='\"d\"'\n",
    ),
    (
        "search/Dockerfile",
        "FROM x\nENV CARGO_REGISTRIES_INTERNAL_INDEX=https://crates.example/index\nRUN cargo build\n",
    ),
    (
        "pay/Cargo.toml",
        "[package]\nname = \"pay\"\nversion = \"1.0.0\"\n[dependencies]\nshared = \"1\"\n",
    ),
    (
        "pay/Cargo.lock",
        "[[package]]\nname = \"shared\"\nversion = \"1.2.0\"\n\
         source = \"git+https://git.example/shared#ffffffffffffffffffffffffffffffffffffffff\"\n",
    ),
    (
        "pay/old/Cargo.lock",
        "[[package]]\nname = \"x\"\nversion = \"1.0.0\"\n[metadata]\na = \"b\"\n",
    ),
    ("pay/new/Cargo.lock", "version = 99\n"),
    ("pay/broken/Cargo.toml", "[package\n"),
];

#[test]
fn the_json_of_a_scan_is_as_its_schema_says() {
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/depaudit.scan.schema.json");
    let schema = json(&fs::read_to_string(schema).expect("the schema"));
    let validator = jsonschema::draft202012::new(&schema).expect("a valid schema");
    let errors = |report: &Value| -> Vec<String> {
        let errors = validator.iter_errors(report);
        errors.map(|error| format!("{}: {error}", error.instance_path())).collect()
    };
    let folder = tree(TREES);
    let empty = tree(&[]);
    let mut seen = BTreeSet::new();
    for (folder, teams) in [(&folder, &["search", "pay"][..]), (&folder, &["."]), (&empty, &["."])]
    {
        let ran = run(folder.path(), &[&["scan", "--format", "json"], teams].concat());
        let mut report = json(&ran.out);
        assert_eq!(errors(&report), [""; 0], "{teams:?}");
        let overrides = report["teams"].as_array().expect("teams").iter();
        let overrides = overrides.flat_map(|team| team["overrides"].as_array().expect("overrides"));
        seen.extend(overrides.map(|record| record["kind"].as_str().expect("a kind").to_owned()));
        // The schema is not one that lets everything pass.
        report["summary"]["new"] = 1.into();
        assert_eq!(errors(&report).len(), 1);
    }
    let kinds = &schema["$defs"]["override"]["properties"]["kind"]["enum"];
    let kinds = kinds.as_array().expect("kinds").iter();
    let kinds: BTreeSet<_> = kinds.map(|kind| kind.as_str().expect("a kind").to_owned()).collect();
    assert_eq!(seen, kinds, "the trees hold each mechanism");
}

#[test]
fn one_scan_is_written_in_every_form_at_once() {
    let folder = tree(TREES);
    let forms = ["human", "json", "sarif", "junit", "github", "markdown"];
    let mut arguments = vec!["scan".to_owned(), "--format=markdown".to_owned()];
    arguments.extend(forms.map(|form| format!("--output={form}=out.{form}")));
    arguments.extend(["search".to_owned(), "pay".to_owned()]);
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let ran = run(folder.path(), &arguments);
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    assert_eq!(ran.out, read(folder.path(), "out.markdown"));
    assert!(ran.out.starts_with("## depaudit: denied\n"), "{}", ran.out);
    let report = json(&read(folder.path(), "out.json"));
    let sarif = json(&read(folder.path(), "out.sarif"));
    let run = &sarif["runs"][0];
    let shown = report["findings"].as_array().expect("findings").iter();
    let shown = shown.filter(|finding| finding["level"] != "allow").count();
    assert_eq!(run["results"].as_array().map(Vec::len), Some(shown));
    // Files are named from the folder that holds both teams.
    for result in run["results"].as_array().expect("results") {
        let file = &result["locations"][0]["physicalLocation"]["artifactLocation"];
        let uri = file["uri"].as_str().expect("a relative URI");
        assert!(uri.starts_with("search/") || uri.starts_with("pay/"), "{uri}");
        assert_eq!(file["uriBaseId"], "%SRCROOT%");
    }
    let commands = read(folder.path(), "out.github");
    assert!(commands.lines().all(|line| line.starts_with("::")), "{commands}");
    assert!(commands.starts_with("::error file="), "{commands}");
    let tests = Report::deserialize_from_str(&read(folder.path(), "out.junit")).expect("JUnit");
    let suites: Vec<_> = tests.test_suites.iter().map(|suite| suite.name.as_str()).collect();
    assert_eq!(suites[..2], ["search", "pay"]);
    assert!(!read(folder.path(), "out.human").contains('\u{1b}'), "a file gets no colours");
    for form in forms {
        let text = read(folder.path(), &format!("out.{form}"));
        assert!(!text.contains("secret"), "a password stands in the {form} output");
    }
}

#[test]
fn a_column_counts_characters_as_the_report_says() {
    let line = "dependencies = { \"😀é\" = \"1\", a = { git = \"https://git.example/a\", branch = \"b\" } }";
    let manifest = format!("package = {{ name = \"p\", version = \"1.0.0\" }}\n{line}\n");
    let folder = tree(&[("Cargo.toml", &manifest)]);
    let ran = run(folder.path(), &["scan", "--format=sarif"]);
    let log = json(&ran.out);
    assert_eq!(log["runs"][0]["columnKind"], "unicodeCodePoints");
    let results = log["runs"][0]["results"].as_array().expect("results");
    let result = results.iter().find(|it| it["ruleId"] == "OVR02").expect("the branch is found");
    let region = &result["locations"][0]["physicalLocation"]["region"];
    let column = |name: &str| {
        let column = region[name].as_u64().and_then(|column| usize::try_from(column).ok());
        column.expect("a column") - 1
    };
    let (start, end) = (column("startColumn"), column("endColumn"));
    let marked: String = line.chars().skip(start).take(end - start).collect();
    assert!(marked.starts_with("a =") && marked.ends_with("\"b\" }"), "{marked}");
}

#[test]
fn bad_input_45_a_hostile_repository_is_shown_and_never_obeyed() {
    let hostile =
        "<script>alert(1)</script>]]>\\u202E\\u001B[2J\\n::error::forged\\n| [x](javascript:0) |";
    let manifest = format!(
        "[package]\nname = \"{hostile}\"\nversion = \"1.0.0\"\n[dependencies]\n\
         \"{hostile}\" = {{ git = \"https://git.example/{hostile}\", branch = \"{hostile}\" }}\n\
         long = {{ git = \"https://git.example/{}\", branch = \"b\" }}\n",
        "x".repeat(1_000_000)
    );
    let files = [
        ("a b/100%/<script>\u{202e}\u{1b}[2J\n::error::x/Cargo.toml", manifest.as_str()),
        ("a b/Cargo.lock", "no lock\u{1b}[2J"),
    ];
    let folder = tree(&files);
    let text = |form: &str| run(folder.path(), &["scan", "--format", form, "a b"]).out;
    for form in ["json", "sarif", "junit", "markdown"] {
        let text = text(form);
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{form}: {text}");
        assert!(!text.lines().any(|line| line.starts_with("::")), "{form}: {text}");
    }
    let commands = text("github");
    for line in commands.lines() {
        let own = ["::error file=", "::warning file=", "::notice title="];
        assert!(own.iter().any(|own| line.starts_with(own)), "{line}");
    }
    let sarif = text("sarif");
    assert!(!sarif.contains('<') && sarif.len() < 500_000, "{}", sarif.len());
    assert!(sarif.contains("a%20b/100%25/%3Cscript%3E%E2%80%AE%1B%5B2J%0A%3A%3Aerror%3A%3Ax/"));
    let junit = text("junit");
    assert!(!junit.contains("<script") && !junit.contains("]]>"), "{junit}");
    Report::deserialize_from_str(&junit).expect("JUnit");
    let markdown = text("markdown");
    assert!(!markdown.contains("<script") && !markdown.contains("]("), "{markdown}");
}

/// Programs that would be run, if anything were, by name and in configuration.
const PROGRAMS: [&str; 7] = ["cargo", "cc", "curl", "git", "make", "rustc", "sh"];

#[test]
fn bad_input_44_nothing_that_a_repository_names_is_run() {
    let folder = tree(&[
        (
            "Cargo.toml",
            "[package]\nname = \"app\"\nversion = \"0.1.0\"\nbuild = \"build.rs\"\n\
             [patch.crates-io]\nshared = { path = \"fork\" }\n",
        ),
        ("build.rs", "fn main() { std::fs::write(\"canary\", \"\").unwrap() }\n"),
        (
            ".cargo/config.toml",
            "[build]\nrustc = \"bin/rustc\"\nrustc-wrapper = \"bin/rustc\"\n\
             [alias]\nx = \"run --config paths=['x']\"\n\
             [registry]\nglobal-credential-providers = [\"bin/sh\"]\n\
             [target.x86_64-unknown-linux-gnu]\nlinker = \"bin/cc\"\nrunner = \"bin/sh\"\n",
        ),
        ("rust-toolchain.toml", "[toolchain]\npath = \"bin\"\n"),
        (".git/HEAD", "ref: refs/heads/main\n"),
        (".git/config", "[core]\nfsmonitor = bin/sh\nhooksPath = bin\n[diff]\nexternal = bin/sh\n"),
        ("Makefile", "X := $(shell touch canary)\nall:\n\tcargo build\n"),
        ("build.sh", "touch canary\nX=$(touch canary) cargo build `touch canary`\n"),
    ]);
    let canary = folder.path().join("canary");
    let bin = folder.path().join("bin");
    fs::create_dir(&bin).expect("a folder");
    for name in PROGRAMS {
        let program = bin.join(name);
        fs::write(&program, format!("#!/bin/sh\n: > '{}'\n", canary.display())).expect("a file");
        fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).expect("a mode");
    }
    let armed = Command::new(bin.join("cargo")).status().expect("a program that runs");
    assert!(armed.success() && canary.exists(), "the trap is set");
    fs::remove_file(&canary).expect("the canary");

    for arguments in [&["scan", "--env"][..], &["scan", "--format=sarif"], &["fix", "--dry-run"]] {
        let mut scan = command(folder.path(), arguments);
        let ran: Ran = scan.env("PATH", &bin).output().expect("the binary runs").into();
        assert!(matches!(ran.code, Some(0 | 1)) && !ran.out.is_empty(), "{arguments:?}: {ran:?}");
        assert!(!canary.exists(), "{arguments:?} ran something");
    }
}

#[test]
fn outputs_that_want_one_place_or_have_none_are_refused_before_the_scan() {
    let folder = tree(&[("Cargo.toml", "[workspace]\n")]);
    for (arguments, reason) in [
        (&["--output=json=a", "--output=sarif=./a"][..], "two outputs go to the file ./a"),
        (&["--format=json", "--output=sarif"], "two formats are to be printed"),
        (&["--output=gitlab=a"], "there is no format `gitlab`"),
        (&["--output=json="], "the name of the file is missing"),
    ] {
        let ran = run(folder.path(), &[&["scan"], arguments].concat());
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(ran.err.contains(reason), "{arguments:?}: {}", ran.err);
        assert!(!folder.path().join("a").exists(), "{arguments:?}");
    }
    let ran = run(folder.path(), &["scan", "--output=json=gone/a"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("cannot write gone/a"), "{}", ran.err);
}

//! The hooks of `.pre-commit-hooks.yaml`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use regex::Regex;
use saphyr::Yaml;

use crate::cli_support::Ran;
use crate::sample::{
    CLEAN, DENIED, DEPAUDIT, Programs, documents, entries, string, text, top, tree,
};

/// What pre-commit's documentation says that a hook may have, as far as it is used here.
const KEYS: [&str; 7] =
    ["id", "name", "description", "language", "entry", "pass_filenames", "files"];

/// Does something with each hook.
fn each(mut check: impl FnMut(&str, &Yaml<'_>)) {
    let text = text(".pre-commit-hooks.yaml");
    let hooks = documents(&text);
    let hooks = hooks[0].as_sequence().expect("a list");
    assert_eq!(hooks.len(), 2);
    for hook in hooks {
        let id = string(&hook["id"]);
        check(&id, hook);
    }
}

#[test]
fn a_hook_has_what_pre_commit_wants_and_names_a_program() {
    each(|id, hook| {
        for (key, _) in entries(hook) {
            assert!(KEYS.contains(&key), "{id}: {key}");
        }
        assert_eq!(hook["pass_filenames"].as_bool(), Some(false), "{id}");
        let entry = string(&hook["entry"]);
        match hook["language"].as_str() {
            Some("script") => {
                let entry = top().join(entry).metadata().expect("the script");
                assert_eq!(entry.permissions().mode() & 0o111, 0o111, "{id}");
            }
            Some("system") => assert!(entry.starts_with("depaudit scan"), "{id}: {entry}"),
            other => panic!("{id}: {other:?}"),
        }
    });
}

#[test]
fn a_hook_runs_for_the_files_that_a_scan_reads_and_for_few_others() {
    let read = [
        "Cargo.toml",
        "a/b/Cargo.lock",
        ".cargo/config",
        "a/.cargo/config.toml",
        "depaudit.toml",
        "rust-toolchain",
        "rust-toolchain.toml",
        "vendor/log/.cargo-checksum.json",
        ".github/workflows/ci.yml",
        ".github/actions/x/action.yaml",
        "sub/.gitlab-ci.yml",
        "ci/base.gitlab-ci.yml",
        ".gitlab/ci/a.yml",
        "azure-pipelines-nightly.yml",
        ".circleci/config.yml",
        ".buildkite/pipeline.yaml",
        "Jenkinsfile",
        "Jenkinsfile.nightly",
        "Dockerfile",
        "ci/Dockerfile.alpine",
        "ci/alpine.Containerfile",
        "Makefile",
        "rules.mk",
        ".justfile",
        "build.sh",
        "action.yml",
    ];
    let others = [
        "src/main.rs",
        "README.md",
        "Cargo.toml.bak",
        "config.toml",
        "values.yaml",
        ".github/dependabot.yml",
        "cargo/config",
        "notCargo.toml",
        "docs/Dockerfiles",
    ];
    each(|id, hook| {
        let pattern = Regex::new(&string(&hook["files"])).expect("a pattern");
        let runs = |path: &&&str| pattern.is_match(path);
        let missed: Vec<_> = read.iter().filter(|path| !runs(path)).collect();
        assert!(missed.is_empty(), "{id} does not run for {missed:?}");
        let needless: Vec<_> = others.iter().filter(runs).collect();
        assert!(needless.is_empty(), "{id} runs for {needless:?}");
    });
}

#[test]
fn the_hook_ends_as_the_scan_of_the_repository_at_hand() {
    let programs = Programs::installed();
    each(|id, hook| {
        for (sample, code) in [(CLEAN, 0), (DENIED, 1)] {
            let repository = tree(&[sample]);
            let entry = string(&hook["entry"]);
            let mut words = entry.split(' ');
            let program = words.next().expect("a program");
            let script = top().join(program);
            let program = if script.exists() { script } else { programs.path(program) };
            let output = Command::new(program)
                .args(words)
                .current_dir(repository.path())
                .env_clear()
                .env("PATH", programs.search_path())
                .env("DEPAUDIT_BINARY", DEPAUDIT)
                .stdin(Stdio::null())
                .output();
            let ran = Ran::from(output.expect("the hook runs"));
            assert_eq!(ran.code, Some(code), "{id}: {ran:?}");
            assert_eq!(ran.out.contains("error[OVR02]"), code == 1, "{id}: {ran:?}");
        }
    });
}

#[test]
fn depaudit_is_built_once_with_its_lock_and_outside_of_the_repository_at_hand() {
    let script = "integrations/pre-commit/scan.sh";
    let (clone, repository) = (tree(&[(script, &text(script))]), tree(&[CLEAN]));
    let programs = Programs::cargo();
    let commit = || {
        let output = Command::new("bash")
            .arg(clone.path().join(script))
            .current_dir(repository.path())
            .env_clear()
            .env("PATH", programs.search_path())
            .stdin(Stdio::null())
            .output();
        Ran::from(output.expect("the hook runs"))
    };
    assert_eq!(commit().code, Some(0));
    let (folder, words) = programs.calls().expect("cargo was called");
    let clone = clone.path().canonicalize().expect("the clone");
    assert_eq!(Path::new(&folder), clone);
    assert_eq!(words[..3], ["install", "--locked", "--quiet"]);
    assert_eq!(words[words.len() - 2..], ["--path", "cli"]);
    fs::remove_file(programs.path("calls")).expect("a file");
    assert_eq!(commit().code, Some(0));
    assert_eq!(programs.calls(), None);
}

//! The steps of `action.yml`, with what GitHub gives a composite action.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use regex::{Captures, Regex};
use saphyr::Yaml;
use serde_json::Value;
use tempfile::TempDir;

use crate::cli_support::Ran;
use crate::sample::{
    CLEAN, DENIED, DEPAUDIT, Programs, documents, entries, string, text, top, tree,
};

/// A job that uses the action: what the runner keeps between its steps.
struct Job {
    runner: TempDir,
    programs: Programs,
    inputs: BTreeMap<String, String>,
    outputs: BTreeMap<String, String>,
}

impl Job {
    /// With the action's defaults, but for these inputs.
    fn with(inputs: &[(&str, &str)]) -> Self {
        let action = text("action.yml");
        let defaults = documents(&action);
        let defaults = entries(&defaults[0]["inputs"]).into_iter();
        let mut all: BTreeMap<_, _> =
            defaults.map(|(name, input)| (name.to_owned(), string(&input["default"]))).collect();
        for (name, value) in inputs {
            assert!(all.insert((*name).to_owned(), (*value).to_owned()).is_some(), "{name}");
        }
        let runner = tempfile::tempdir().expect("a folder");
        Self { runner, programs: Programs::cargo(), inputs: all, outputs: BTreeMap::new() }
    }

    /// With a depaudit that is there.
    fn ready(inputs: &[(&str, &str)]) -> Self {
        let mut job = Self::with(inputs);
        job.outputs.insert("find.binary".to_owned(), DEPAUDIT.to_owned());
        job
    }

    fn summary(&self) -> String {
        fs::read_to_string(self.runner.path().join("summary")).unwrap_or_default()
    }

    fn sarif(&self) -> Value {
        let path = self.outputs.get("scan.sarif").expect("the output sarif");
        let sarif = fs::read(path).expect("the SARIF");
        serde_json::from_slice(&sarif).expect("JSON")
    }

    /// Runs the step of this name in the workspace.
    fn run(&mut self, workspace: &Path, name: &str) -> Ran {
        let action = text("action.yml");
        let action = documents(&action);
        let step = steps(&action[0]).find(|step| string(&step["name"]) == name);
        let step = step.unwrap_or_else(|| panic!("no step is called {name}"));
        let written = self.runner.path().join("output");
        fs::write(&written, "").expect("a file");
        let mut command = Command::new("bash");
        command
            .args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", &string(&step["run"])])
            .current_dir(workspace)
            .env_clear()
            .env("PATH", self.programs.search_path())
            .env("GITHUB_ACTION_PATH", top())
            .env("GITHUB_SERVER_URL", "https://github.example")
            .env("GITHUB_OUTPUT", &written)
            .env("GITHUB_STEP_SUMMARY", self.runner.path().join("summary"))
            .env("RUNNER_TEMP", self.runner.path())
            .env("RUNNER_OS", "Linux")
            .env("RUNNER_ARCH", "X64")
            .stdin(Stdio::null());
        for (variable, value) in entries(&step["env"]) {
            command.env(variable, self.evaluated(&string(value)));
        }
        let ran = command.output().expect("bash runs").into();
        let id = step.as_mapping_get("id").map(string).unwrap_or_default();
        for line in fs::read_to_string(&written).expect("the outputs").lines() {
            let (output, value) = line.split_once('=').expect("an output");
            self.outputs.insert(format!("{id}.{output}"), value.to_owned());
        }
        ran
    }

    fn evaluated(&self, value: &str) -> String {
        let value = expressions().replace_all(value, |expression: &Captures<'_>| {
            let parts: Vec<_> = expression[1].split('.').collect();
            let found = match parts.as_slice() {
                ["inputs", name] => self.inputs.get(*name).cloned(),
                ["steps", id, "outputs", name] => {
                    self.outputs.get(&format!("{id}.{name}")).cloned()
                }
                ["github", "action_repository"] => Some("owner/depaudit".to_owned()),
                _ => None,
            };
            found.unwrap_or_else(|| panic!("nothing is known of {}", &expression[1]))
        });
        value.into_owned()
    }
}

fn expressions() -> Regex {
    Regex::new(r"\$\{\{\s*([^}]*?)\s*\}\}").expect("a pattern")
}

fn steps<'a>(action: &'a Yaml<'a>) -> impl Iterator<Item = &'a Yaml<'a>> {
    action["runs"]["steps"].as_sequence().expect("steps").iter()
}

#[test]
fn what_comes_from_elsewhere_is_pinned_and_no_input_stands_in_a_script() {
    let text = text("action.yml");
    let action = documents(&text);
    let pinned = Regex::new("^[a-z-]+/[a-z/-]+@[0-9a-f]{40}$").expect("a pattern");
    let mut used = 0;
    for step in steps(&action[0]) {
        match (step.as_mapping_get("uses"), step.as_mapping_get("run")) {
            (Some(uses), None) => {
                used += 1;
                assert!(pinned.is_match(&string(uses)), "{uses:?}");
            }
            (None, Some(run)) => {
                assert!(!string(run).contains("${{"), "{run:?}");
                assert_eq!(step["shell"].as_str(), Some("bash"));
            }
            _ => panic!("neither `uses` nor `run`: {step:?}"),
        }
    }
    assert_eq!(used, 2);
    for (name, input) in entries(&action[0]["inputs"]) {
        assert!(text.contains(&format!("inputs.{name} ")), "nobody reads {name}");
        assert!(!string(&input["description"]).is_empty(), "{name}");
    }
}

#[test]
fn a_denied_scan_ends_the_step_and_leaves_annotations_a_summary_and_sarif() {
    let workspace = tree(&[DENIED]);
    let mut job = Job::with(&[("binary", DEPAUDIT)]);
    assert_eq!(job.run(workspace.path(), "Find depaudit").code, Some(0));
    assert_eq!(job.outputs.get("find.cache-key"), None, "nothing is to be built");
    let ran = job.run(workspace.path(), "Scan");
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("::error file=Cargo.toml,line=5"), "{}", ran.out);
    assert!(job.summary().starts_with("## depaudit: denied\n"), "{}", job.summary());
    assert_eq!(job.outputs.get("scan.exit-code").map(String::as_str), Some("1"));
    let sarif = job.sarif();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "OVR02");
}

#[test]
fn a_team_may_let_findings_pass_and_nothing_else() {
    let (denied, empty) = (tree(&[DENIED]), tree(&[]));
    let broken = tree(&[CLEAN, ("b/Cargo.toml", "[package\n")]);
    let code = |workspace: &TempDir, fail_on| {
        Job::ready(&[("fail-on", fail_on)]).run(workspace.path(), "Scan").code
    };
    let codes = |fail_on| [&denied, &broken, &empty].map(|workspace| code(workspace, fail_on));
    assert_eq!(codes("deny"), [Some(1), Some(3), Some(4)]);
    assert_eq!(codes("never"), [Some(0), Some(0), Some(4)]);
    assert_eq!(codes("warn"), [Some(2); 3], "a misspelt input is no consent");
}

#[test]
fn inputs_become_arguments_and_are_never_run() {
    let workspace = tree(&[CLEAN]);
    let inputs = [
        ("path", "a b\n--help\n$(touch owned)\n"),
        ("args", "--exclude **/x;touch\nowned `touch owned` 'q r'"),
        ("policy", "p; touch owned"),
        ("server", "https://depaudit.example/$(touch owned)"),
    ];
    let mut job = Job::with(&inputs);
    let printing = Programs::script("depaudit", "printf '%s\\n' \"$@\"\n");
    let binary = printing.path("depaudit").display().to_string();
    job.outputs.insert("find.binary".to_owned(), binary);
    let ran = job.run(workspace.path(), "Scan");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let arguments: Vec<_> = ran.out.lines().collect();
    let (ours, theirs) = arguments.split_at(7);
    assert_eq!(ours[..4], ["scan", "--format", "github", "--output"]);
    assert_eq!(
        theirs,
        [
            "--policy",
            "p; touch owned",
            "--server",
            "https://depaudit.example/$(touch owned)",
            "--exclude",
            "**/x;touch",
            "owned",
            "`touch",
            "owned`",
            "'q",
            "r'",
            "--",
            "a b",
            "--help",
            "$(touch owned)",
        ]
    );
    assert!(!workspace.path().join("owned").exists());
}

#[test]
fn several_folders_are_several_teams_and_a_failed_scan_leaves_no_report() {
    let workspace = tree(&[
        ("pay/Cargo.toml", CLEAN.1),
        ("search it/Cargo.toml", DENIED.1),
        ("fixtures/Cargo.toml", DENIED.1),
    ]);
    let mut job =
        Job::ready(&[("path", "pay\nsearch it\nfixtures"), ("args", "--exclude Cargo.toml")]);
    assert_eq!(job.run(workspace.path(), "Scan").code, Some(4), "all is excluded");
    let mut job = Job::ready(&[("path", "pay\nsearch it")]);
    assert_eq!(job.run(workspace.path(), "Scan").code, Some(1));
    assert!(job.summary().contains("2 teams"), "{}", job.summary());
    let mut job = Job::ready(&[("path", "gone")]);
    let ran = job.run(workspace.path(), "Scan");
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("gone"), "{}", ran.err);
    assert_eq!((job.outputs.get("scan.sarif"), job.summary().as_str()), (None, ""));
}

#[test]
fn depaudit_is_built_once_with_its_lock_and_outside_of_the_workspace() {
    let workspace = tree(&[CLEAN]);
    let mut job = Job::with(&[]);
    let found = job.run(workspace.path(), "Find depaudit");
    assert_eq!(found.code, Some(0), "{found:?}");
    let key = job.outputs.get("find.cache-key").expect("a key").clone();
    assert!(key.starts_with("depaudit-Linux-X64-"), "{key}");
    assert_eq!(job.run(workspace.path(), "Build depaudit").code, Some(0));
    let (folder, words) = job.programs.calls().expect("cargo was called");
    let same = |a: &Path, b: &Path| a.canonicalize().ok() == b.canonicalize().ok();
    assert!(same(&PathBuf::from(folder), job.runner.path()));
    assert_eq!(words[..2], ["install", "--locked"]);
    assert!(words[4..] == ["--path".to_owned(), top().join("cli").display().to_string()]);
    assert_eq!(job.run(workspace.path(), "Scan").code, Some(0));
    // From the cache, nothing is built.
    fs::remove_file(job.programs.path("calls")).expect("a file");
    assert_eq!(job.run(workspace.path(), "Build depaudit").code, Some(0));
    assert_eq!(job.programs.calls(), None);

    let commit = "0123456789abcdef0123456789abcdef01234567";
    let mut job = Job::with(&[("version", commit)]);
    assert_eq!(job.run(workspace.path(), "Find depaudit").code, Some(0));
    assert_ne!(job.outputs.get("find.cache-key"), Some(&key));
    assert_eq!(job.run(workspace.path(), "Build depaudit").code, Some(0));
    let (_, words) = job.programs.calls().expect("cargo was called");
    let from = ["--git", "https://github.example/owner/depaudit", "--rev", commit, "depaudit"];
    assert_eq!(words[4..], from);
}

#[test]
fn a_binary_that_is_none_is_refused() {
    let workspace = tree(&[CLEAN]);
    for binary in ["gone", ".", "a\nbinary=/bin/sh"] {
        let mut job = Job::with(&[("binary", binary)]);
        let ran = job.run(workspace.path(), "Find depaudit");
        assert_eq!(ran.code, Some(2), "{binary}");
        assert!(ran.err.contains("names no program"), "{}", ran.err);
        assert_eq!(job.outputs, BTreeMap::new());
    }
}

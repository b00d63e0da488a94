//! The GitLab template, its inputs put in as GitLab does, its scripts run as a runner does.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use quick_junit::Report;

use crate::cli_support::Ran;
use crate::sample::{CLEAN, DENIED, DEPAUDIT, Programs, documents, entries, string, text, tree};

const TEMPLATE: &str = "integrations/gitlab/depaudit.gitlab-ci.yml";

/// The jobs, with these inputs and otherwise the defaults.
fn jobs(inputs: &[(&str, &str)]) -> String {
    let template = text(TEMPLATE);
    let (header, jobs) = template.split_once("\n---\n").expect("a header");
    let header = documents(header);
    let mut jobs = jobs.to_owned();
    for (name, input) in entries(&header[0]["spec"]["inputs"]) {
        assert!(!string(&input["description"]).is_empty(), "{name}");
        let given = inputs.iter().find(|(given, _)| *given == name);
        let value = given.map_or_else(|| string(&input["default"]), |(_, it)| (*it).to_owned());
        let place = format!("$[[ inputs.{name} ]]");
        assert!(jobs.contains(&place), "nobody reads {name}");
        jobs = jobs.replace(&place, &value);
    }
    assert!(!jobs.contains("$[["), "{jobs}");
    jobs
}

/// Runs the job in the folder of a project.
fn run(project: &Path, programs: &Programs, inputs: &[(&str, &str)]) -> Ran {
    let jobs = jobs(inputs);
    let jobs = documents(&jobs);
    let job = &jobs[0]["depaudit"];
    let lines = ["before_script", "script"].map(|part| job[part].as_sequence().expect("a list"));
    let script: Vec<_> = lines.into_iter().flatten().map(string).collect();
    let mut command = Command::new("sh");
    // A runner stops at the first line that fails.
    command
        .args(["-e", "-c", &script.join("\n")])
        .current_dir(project)
        .env_clear()
        .env("PATH", programs.search_path())
        .env("CI_PROJECT_DIR", project)
        .stdin(Stdio::null());
    for (name, value) in entries(&job["variables"]) {
        command.env(name, string(value));
    }
    command.output().expect("sh runs").into()
}

#[test]
fn the_job_ends_as_the_scan_and_leaves_its_reports() {
    let project = tree(&[DENIED]);
    let ran = run(project.path(), &Programs::cargo(), &[("binary", DEPAUDIT)]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("error[OVR02]"), "{}", ran.out);
    let jobs = jobs(&[]);
    let jobs = documents(&jobs);
    let artifacts = &jobs[0]["depaudit"]["artifacts"];
    assert_eq!(artifacts["when"].as_str(), Some("always"), "a failed scan has reports, too");
    let junit = string(&artifacts["reports"]["junit"]);
    let junit = fs::read_to_string(project.path().join(junit)).expect("the report");
    assert_eq!(Report::deserialize_from_str(&junit).expect("JUnit").failures, 1);
    for path in artifacts["paths"].as_sequence().expect("paths") {
        assert!(project.path().join(string(path)).exists(), "{path:?}");
    }
}

#[test]
fn arguments_are_split_at_blanks_and_never_run() {
    let project = tree(&[CLEAN, ("a b/Cargo.toml", CLEAN.1), ("bad/Cargo.toml", DENIED.1)]);
    let programs = Programs::installed();
    let code = |inputs: &[(&str, &str)]| {
        run(project.path(), &programs, &[&[("binary", DEPAUDIT)], inputs].concat()).code
    };
    assert_eq!(code(&[("args", "--exclude bad/* --exclude x")]), Some(0));
    assert_eq!(code(&[("path", "a b")]), Some(0));
    assert_eq!(code(&[]), Some(1));
    assert_eq!(code(&[("args", "; touch owned"), ("path", "$(touch owned)")]), Some(2));
    assert!(!project.path().join("owned").exists());
}

#[test]
fn depaudit_is_built_once_with_its_lock_and_outside_of_the_project() {
    let project = tree(&[CLEAN]);
    let programs = Programs::cargo();
    let nothing = run(project.path(), &programs, &[]);
    assert_eq!(nothing.code, Some(2));
    assert!(nothing.err.contains("the inputs source and commit"), "{}", nothing.err);
    let from = [("source", "https://git.example/depaudit.git"), ("commit", "0123")];
    assert_eq!(run(project.path(), &programs, &from).code, Some(0));
    let (folder, words) = programs.calls().expect("cargo was called");
    assert_eq!(
        (folder.as_str(), &words[..2]),
        ("/", &["install", "--locked"].map(str::to_owned)[..])
    );
    assert_eq!(words[4..], ["--git", from[0].1, "--rev", "0123", "depaudit"]);
    fs::remove_file(programs.path("calls")).expect("a file");
    assert_eq!(run(project.path(), &programs, &from).code, Some(0));
    assert_eq!(programs.calls(), None);
}

//! What every command of the binary has in common.

mod cli_support;

use std::path::Path;

use cli_support::{command, run};

fn here() -> &'static Path {
    Path::new(".")
}

#[test]
fn the_version_is_told_and_wrong_usage_ends_with_two() {
    let ran = run(here(), &["--version"]);
    assert_eq!(ran.out, format!("depaudit {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(ran.code, Some(0));
    for wrong in [&["nothing"][..], &[], &["log", "--limit", "many"], &["cache"]] {
        let ran = run(here(), wrong);
        assert_eq!(ran.code, Some(2), "{wrong:?}");
        assert!(ran.out.is_empty() && !ran.err.is_empty(), "{ran:?}");
    }
}

#[test]
fn a_completion_script_names_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = run(here(), &["completions", shell]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.out.contains("depaudit") && ran.out.contains("completions"), "{shell}");
    }
}

#[test]
fn an_error_is_one_line_and_its_causes_without_a_backtrace() {
    let empty = tempfile::tempdir().unwrap();
    let ran = command(empty.path(), &["log", "--data", "nowhere"])
        .env("RUST_BACKTRACE", "1")
        .output()
        .unwrap();
    let err = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(2));
    assert_eq!(
        err,
        "error: there is no audit.sqlite in nowhere: name the data folder of a depaudit server\n"
    );
    assert!(ran.stdout.is_empty());
    assert!(!empty.path().join("nowhere").exists(), "looking makes nothing");
}

#[test]
fn colours_are_used_when_they_are_asked_for_and_only_then() {
    let error = |arguments: &[&str], variable: Option<&str>| {
        let mut command = command(here(), arguments);
        command.envs(variable.map(|name| (name, "1")));
        String::from_utf8(command.output().unwrap().stderr).unwrap()
    };
    let coloured = |text: &str| text.contains('\u{1b}');
    let nowhere = ["log", "--data", "nowhere"];
    assert!(!coloured(&error(&nowhere, None)), "standard error is no terminal");
    assert!(coloured(&error(&nowhere, Some("CLICOLOR_FORCE"))));
    let [always, never] =
        ["always", "never"].map(|when| [&nowhere[..], &["--color", when]].concat());
    assert!(coloured(&error(&always, None)));
    assert!(coloured(&error(&always, Some("NO_COLOR"))), "what is typed outweighs a variable");
    assert!(!coloured(&error(&never, Some("CLICOLOR_FORCE"))));
}

//! `depaudit init` on real folders.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod cli_support;
#[path = "support/client.rs"]
mod client;
#[path = "support/server.rs"]
mod server;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use cli_support::{Ran, command, run};
use depaudit_testkit::{CargoProject, CrateFile, FakeUpstream};
use server::Server;

const INIT: [&str; 4] = ["init", "--team", "payments", "--yes"];

const SNIPPET: &str = "[source.crates-io]\nreplace-with = \"depaudit\"\n\n[registries.depaudit]\n\
                       index = \"sparse+http://127.0.0.1:8417/t/payments/crates-io/index/\"\n";

/// A repository with a Cargo configuration in it, or with none.
struct Repository {
    folder: tempfile::TempDir,
}

impl Repository {
    fn new(configuration: Option<&str>) -> Self {
        let repository = Self { folder: tempfile::tempdir().unwrap() };
        if let Some(text) = configuration {
            fs::create_dir(repository.path().join(".cargo")).unwrap();
            fs::write(repository.file(), text).unwrap();
        }
        repository
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn file(&self) -> PathBuf {
        self.path().join(".cargo/config.toml")
    }

    fn text(&self) -> String {
        fs::read_to_string(self.file()).unwrap()
    }

    fn init(&self, more: &[&str]) -> Ran {
        run(self.path(), &[&INIT[..], more].concat())
    }
}

#[test]
fn a_fresh_repository_gets_a_configuration_that_cargo_understands() {
    let repository = Repository::new(None);
    let ran = repository.init(&[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(repository.text(), SNIPPET);
    assert!(ran.out.starts_with("--- nothing\n+++ .cargo/config.toml\n"), "{}", ran.out);
    assert!(ran.out.contains("+replace-with = \"depaudit\"\n"), "{}", ran.out);
    assert!(ran.out.contains("cargo fetch") && ran.out.contains("cargo install"), "{}", ran.out);
    // The real cargo tells what it reads from it.
    let home = tempfile::tempdir().unwrap();
    let cargo = Command::new(env!("CARGO"))
        .args(["-Zunstable-options", "config", "get", "source.crates-io.replace-with"])
        .current_dir(repository.path())
        .env("CARGO_HOME", home.path())
        .env("RUSTC_BOOTSTRAP", "1")
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8(cargo.stdout).unwrap(),
        "source.crates-io.replace-with = \"depaudit\"\n"
    );
}

#[test]
fn what_is_there_stays_and_a_second_run_changes_no_byte() {
    let before = "# how we build\n[build]\njobs = 2 # few\n\n[net]\nretry = 3\n# the end\n";
    let repository = Repository::new(Some(before));
    fs::set_permissions(repository.file(), PermissionsExt::from_mode(0o640)).unwrap();
    assert_eq!(repository.init(&[]).code, Some(0));
    let after = repository.text();
    assert_eq!(after, format!("{before}\n{SNIPPET}"));
    let mode = fs::metadata(repository.file()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);

    let second = repository.init(&[]);
    assert_eq!(second.code, Some(0));
    assert_eq!(second.out, ".cargo/config.toml is right already: nothing to do\n");
    assert_eq!(repository.text(), after);
    let files = fs::read_dir(repository.path().join(".cargo")).unwrap().count();
    assert_eq!(files, 1, "no temporary file stays behind");
}

#[test]
fn a_dry_run_shows_the_change_and_writes_nothing() {
    let repository = Repository::new(None);
    let ran = run(repository.path(), &["init", "--team", "payments", "--dry-run"]);
    assert_eq!(ran.code, Some(0));
    assert!(ran.out.contains("+[registries.depaudit]\n"), "{}", ran.out);
    assert!(!repository.path().join(".cargo").exists());
}

#[test]
fn without_a_person_to_ask_nothing_is_written() {
    let repository = Repository::new(None);
    let ran = run(repository.path(), &["init", "--team", "payments"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("--yes"), "{}", ran.err);
    assert!(!repository.path().join(".cargo").exists());
    let ran = run(repository.path(), &["init", "--yes"]);
    assert_eq!(ran.code, Some(2), "a team has to be named");
}

#[test]
fn team_and_server_come_from_variables_too() {
    let repository = Repository::new(None);
    let output = command(repository.path(), &["init", "--yes"])
        .env("DEPAUDIT_TEAM", "search")
        .env("DEPAUDIT_SERVER", "https://depaudit.example/cache")
        .output()
        .unwrap();
    assert_eq!(Ran::from(output).code, Some(0));
    let index = "index = \"sparse+https://depaudit.example/cache/t/search/crates-io/index/\"";
    assert!(repository.text().contains(index), "{}", repository.text());
}

#[test]
fn a_configuration_that_leads_elsewhere_is_refused_and_replaced_by_force_alone() {
    let before = "[source.crates-io]\nreplace-with = \"corp\" # since 2019\n\n\
                  [source.corp]\nregistry = \"sparse+https://me:canary-7@corp.example/\"\n";
    let repository = Repository::new(Some(before));
    let ran = repository.init(&[]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.starts_with("error: .cargo/config.toml\n"), "{}", ran.err);
    assert!(
        ran.err.contains("`source.crates-io.replace-with = \"corp\"` in line 2; --force"),
        "{}",
        ran.err
    );
    assert_eq!(repository.text(), before);

    let ran = repository.init(&["--force"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("-replace-with = \"corp\" # since 2019\n"), "{}", ran.out);
    assert!(ran.out.contains("+replace-with = \"depaudit\" # since 2019\n"), "{}", ran.out);
    assert!(!ran.out.contains("canary-7"), "{}", ran.out);
    assert!(repository.text().contains("me:canary-7@corp.example"), "kept, but not shown");
}

#[test]
fn what_is_no_toml_is_told_with_its_place_and_left_alone() {
    let before = "[net]\nretry = \n[registries.x]\ntoken = \"canary-7\"\n";
    let repository = Repository::new(Some(before));
    let ran = repository.init(&[]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("caused by: line 2, column "), "{}", ran.err);
    assert!(!ran.err.contains("canary-7"));
    assert_eq!(repository.text(), before);
}

#[test]
fn the_name_without_an_ending_is_the_one_that_cargo_reads() {
    let repository = Repository::new(Some("[net]\nretry = 1\n"));
    let old_name = repository.path().join(".cargo/config");
    fs::write(&old_name, "[net]\nretry = 2\n").unwrap();
    let ran = repository.init(&[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.starts_with("note: Cargo reads .cargo/config and not"), "{}", ran.out);
    assert_eq!(repository.text(), "[net]\nretry = 1\n");
    assert_eq!(fs::read_to_string(old_name).unwrap(), format!("[net]\nretry = 2\n\n{SNIPPET}"));
}

#[test]
fn bad_input_42_a_link_out_of_the_repository_is_not_followed() {
    let outside = tempfile::tempdir().unwrap();
    let target = outside.path().join("config.toml");
    fs::write(&target, "[net]\nretry = 3\n").unwrap();

    let file = Repository::new(Some(""));
    fs::remove_file(file.file()).unwrap();
    symlink(&target, file.file()).unwrap();
    let folder = Repository::new(None);
    symlink(outside.path(), folder.path().join(".cargo")).unwrap();
    for repository in [file, folder] {
        let ran = repository.init(&[]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains("is a link out of the repository"), "{}", ran.err);
    }
    let dangling = Repository::new(Some(""));
    fs::remove_file(dangling.file()).unwrap();
    symlink(outside.path().join("absent"), dangling.file()).unwrap();
    assert_eq!(dangling.init(&[]).code, Some(2));
    assert!(!outside.path().join("absent").exists());
    assert_eq!(fs::read_to_string(target).unwrap(), "[net]\nretry = 3\n");
}

#[test]
fn a_link_inside_the_repository_stays_a_link() {
    let repository = Repository::new(Some(""));
    let real = repository.path().join("cargo-settings.toml");
    fs::rename(repository.file(), &real).unwrap();
    symlink("../cargo-settings.toml", repository.file()).unwrap();
    assert_eq!(repository.init(&[]).code, Some(0));
    assert!(fs::symlink_metadata(repository.file()).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(real).unwrap(), SNIPPET);
}

#[test]
fn bad_input_42_a_pipe_in_the_file_s_place_is_not_opened() {
    let repository = Repository::new(Some(""));
    fs::remove_file(repository.file()).unwrap();
    assert!(Command::new("mkfifo").arg(repository.file()).status().unwrap().success());
    let ran = repository.init(&[]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("is no regular file"), "{}", ran.err);
}

#[tokio::test]
async fn a_team_that_the_server_does_not_serve_is_told_before_anything_is_written() {
    let (data, upstream) = (tempfile::tempdir().unwrap(), FakeUpstream::start());
    let server = Server::start(data.path(), &upstream, &[]);
    let repository = Repository::new(None);
    let init = ["init", "--yes", "--server", &server.address, "--team"];
    let ran = run(repository.path(), &[&init[..], &["nosuch"]].concat());
    assert_eq!(ran.code, Some(2), "{ran:?}");
    let told = "the team `nosuch` is not among the teams configured on this server";
    assert!(ran.err.contains(told) && ran.err.contains("--force"), "{ran:?}");
    assert!(!repository.path().join(".cargo").exists());

    let forced = run(repository.path(), &[&init[..], &["nosuch", "--force"]].concat());
    assert!(forced.code == Some(0) && forced.err.contains(told), "{forced:?}");
    let served = run(repository.path(), &[&init[..], &["payments", "--force"]].concat());
    assert!(served.code == Some(0) && served.err.is_empty(), "{served:?}");
    assert!(!served.out.contains("token"), "{served:?}");
}

#[tokio::test]
async fn whoever_needs_a_token_is_told_how_cargo_comes_by_it() {
    let (data, upstream) = (tempfile::tempdir().unwrap(), FakeUpstream::start());
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    let server = Server::start(data.path(), &upstream, &["--auth", "required"]);
    let project = CargoProject::named("app").dependency("foo", "1").create();
    let init = ["init", "--yes", "--server", &server.address, "--team", "payments"];
    let ran = run(project.path(), &init);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    // A fresh machine does what it is told, and builds.
    let told: Vec<_> =
        ran.out.lines().skip_while(|line| !line.contains("asks for a token")).collect();
    let settings = |from: &str| {
        let at = told.iter().position(|line| line.trim() == from).unwrap();
        format!("{}\n{}\n", told[at].trim(), told[at + 1].trim())
    };
    let make = told.iter().find_map(|line| {
        let (_, rest) = line.split_once('`')?;
        Some(rest.split_once('`')?.0.to_owned())
    });
    let make = format!("{} --name ci --data '{}'", make.unwrap(), data.path().display());
    let made = cli_support::paste(project.path(), &make);
    let token = made.out.split_whitespace().find(|word| word.starts_with("depaudit_")).unwrap();
    project.write(project.cargo_home().join("config.toml"), settings("[registry]"));
    let credentials = settings("[registries.depaudit]").replace("depaudit_...", token);
    project.write(project.cargo_home().join("credentials.toml"), credentials);
    project.cargo(["fetch"]).retries(0).run().await.expect_success();
}

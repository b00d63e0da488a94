//! A folder is the same as what the real cargo packages of it.

use std::fs;
use std::path::Path;

use depaudit_testkit::{CargoProject, ProjectPlan};
use toml_edit::{Array, DocumentMut, value};

use crate::cli_support::Ran;
use crate::home::Home;

/// Packages what lies in `below`, and compares the crate with that folder.
fn compared(project: &CargoProject, below: &str, name: &str) -> Ran {
    let manifest = Path::new(below).join("Cargo.toml");
    let manifest = manifest.to_str().unwrap();
    let target = project.path().join("target");
    let arguments = ["package", "--no-verify", "--offline", "--allow-dirty", "--manifest-path"];
    let cargo = project.cargo(arguments.into_iter().chain([manifest]));
    cargo.env("CARGO_TARGET_DIR", &target).blocking_run().expect_success();
    let file = fs::read(target.join(format!("package/{name}-0.1.0.crate"))).unwrap();
    let home = Home::with(name, "0.1.0", &file);
    let below = if below.is_empty() { "." } else { below };
    home.diff(project.path(), &[&format!("{name}@0.1.0"), "--against", below])
}

fn assert_same(ran: &Ran) {
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("Nothing differs"), "{ran:?}");
    assert!(ran.out.contains("The crate is from Cargo's cache, sha256 "), "{ran:?}");
}

fn list(document: &mut DocumentMut, key: &str, patterns: &[&str]) {
    document["package"][key] = value(patterns.iter().copied().collect::<Array>());
}

fn plan() -> ProjectPlan {
    CargoProject::named("app")
        .file("src/lib.rs", "pub fn f() {}\n")
        .file("README.md", "# app\n")
        .file("build.rs", "fn main() {}\n")
        .file("docs/a.md", "a\n")
        .file("assets/a.bin", b"\0\xff".to_vec())
        .file(".hidden", "")
        .file(".github/x.yml", "")
}

#[test]
fn a_package_with_a_build_script() {
    assert_same(&compared(&plan().create(), "", "app"));
}

#[test]
fn a_package_that_excludes_files() {
    let exclude = ["docs", "/assets/*.bin", "!docs/kept", "*.rs", "!src/**"];
    let plan = plan().manifest(|manifest| list(manifest, "exclude", &exclude));
    assert_same(&compared(&plan.file("docs/kept/b.md", "").create(), "", "app"));
}

#[test]
fn a_package_that_lists_its_files() {
    let include = ["src/**/*.rs", "/docs", ".github", "!docs/secret.md", "Cargo.lock"];
    let plan = plan().manifest(|manifest| list(manifest, "include", &include));
    assert_same(&compared(&plan.file("docs/secret.md", "").create(), "", "app"));
}

#[test]
fn a_package_with_others_below_it_and_what_they_built() {
    let nested = "[package]\nname = \"inner\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";
    let plan = plan()
        .file("inner/Cargo.toml", format!("{nested}[workspace]\n"))
        .file("inner/src/lib.rs", "")
        .file("target/debug/x", "")
        .file("src/target/mod.rs", "");
    assert_same(&compared(&plan.create(), "", "app"));
}

#[test]
fn a_member_that_inherits_and_takes_its_readme_and_licence_from_above() {
    let member = "[package]\nname = \"member\"\nversion.workspace = true\nedition = \"2021\"\n\
                  readme = \"../README.md\"\nlicense-file.workspace = true\nexclude.workspace = true\n";
    let plan = CargoProject::named("app")
        .manifest(|manifest| {
            let mut members = Array::new();
            members.push("member");
            manifest["workspace"]["members"] = value(members);
            manifest["workspace"]["package"]["version"] = value("0.1.0");
            manifest["workspace"]["package"]["license-file"] = value("LICENSE");
            manifest["workspace"]["package"]["exclude"] = value(Array::from_iter(["private"]));
        })
        .file("README.md", "# all\n")
        .file("LICENSE", "MIT\n")
        .file("member/Cargo.toml", member)
        .file("member/src/lib.rs", "")
        .file("member/private/x", "");
    let project = plan.create();
    assert_same(&compared(&project, "member", "member"));
    project.write("LICENSE", "GPL\n");
    assert_eq!(compared_again(&project), ["changed LICENSE"]);
}

/// Compares the member with the crate that was packaged before.
fn compared_again(project: &CargoProject) -> Vec<String> {
    let file = fs::read(project.path().join("target/package/member-0.1.0.crate")).unwrap();
    let home = Home::with("member", "0.1.0", &file);
    let (answer, _) = home.json(project.path(), &["member@0.1.0", "--against", "member"]);
    crate::home::files(&answer)
}

#[test]
fn a_package_in_a_repository_with_ignored_and_hidden_files() {
    let project = plan()
        .file(".gitignore", "/target\n*.log\nsecret/\n")
        .file("x.log", "")
        .file("secret/x", "")
        .file("docs/.gitignore", "!kept.log\n")
        .file("docs/kept.log", "")
        .create();
    crate::commit::commit(project.path());
    assert_same(&compared(&project, "", "app"));
    assert_same(&at_the_commit(&project));
}

fn at_the_commit(project: &CargoProject) -> Ran {
    let file = fs::read(project.path().join("target/package/app-0.1.0.crate")).unwrap();
    let home = Home::with("app", "0.1.0", &file);
    home.diff(project.path(), &["app@0.1.0", "--against", ".#HEAD"])
}

#[test]
fn an_unpacked_crate_is_the_same_and_so_is_a_vendored_one() {
    let project = plan().create();
    assert_same(&compared(&project, "", "app"));
    let packed = project.path().join("target/package/app-0.1.0.crate");
    let unpacked = tempfile::TempDir::new().unwrap();
    let mut tar = std::process::Command::new("tar");
    tar.arg("-xf").arg(&packed).current_dir(&unpacked);
    assert!(tar.status().unwrap().success());
    let home = Home::with("app", "0.1.0", &fs::read(&packed).unwrap());
    let folder = unpacked.path().join("app-0.1.0");
    assert_same(&home.diff(&folder, &["app@0.1.0", "--against", "."]));
    fs::remove_file(folder.join("Cargo.toml.orig")).unwrap();
    fs::write(folder.join(".cargo-checksum.json"), "{}").unwrap();
    assert_same(&home.diff(&folder, &["app@0.1.0", "--against", "."]));
}

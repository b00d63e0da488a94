//! Workspaces that nobody wrote: they hold no file of anybody, and no two are alike.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use depaudit_model::Checksum;

/// Members of each workspace: with the files at its top, it has 60.
const MEMBERS: usize = 26;
/// Packages in each lock that come from a registry: between a small service's and a large one's.
const LOCKED: usize = 300;
/// How many of them each member asks for.
const ASKED_FOR: usize = 12;

/// Writes the workspace with this number into `folder`.
///
/// # Errors
/// When a file cannot be written.
pub(super) fn write(folder: &Path, number: usize) -> anyhow::Result<()> {
    write_with(folder, number, MEMBERS)
}

/// Writes a workspace of so many members.
///
/// # Errors
/// When a file cannot be written.
pub(super) fn write_with(folder: &Path, number: usize, members: usize) -> anyhow::Result<()> {
    let put = |path: &str, text: &str| put(folder, path, text);
    put("Cargo.toml", &root(number))?;
    put("Cargo.lock", &lock(number, members))?;
    put(".cargo/config.toml", &config(number))?;
    put("rust-toolchain.toml", "[toolchain]\nchannel = \"1.95\"\n")?;
    put(".github/workflows/ci.yml", &workflow(number))?;
    put("Dockerfile", &format!("FROM rust\nARG BUILD={number}\nRUN cargo build --locked\n"))?;
    put("Makefile", &format!("# {number}\nbuild:\n\tcargo build --release\n"))?;
    put("build.sh", &format!("#!/bin/sh\nset -e\ncargo test -p m{number}-0\n"))?;
    for member in 0..members {
        put(&format!("m{member}/Cargo.toml"), &manifest(number, member))?;
        put(&format!("m{member}/src/lib.rs"), "")?;
    }
    Ok(())
}

fn put(folder: &Path, path: &str, text: &str) -> anyhow::Result<()> {
    let path = folder.join(path);
    let above = path.parent().context("a file lies in a folder")?;
    std::fs::create_dir_all(above)?;
    std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn root(number: usize) -> String {
    format!(
        "[workspace]\nresolver = \"3\"\nmembers = [\"m*\"]\n\n\
         [workspace.dependencies]\np{number}-0 = \"1\"\n\n\
         [patch.crates-io]\n\
         p{number}-1 = {{ git = \"https://git.example/p{number}-1\", branch = \"main\" }}\n"
    )
}

fn manifest(number: usize, member: usize) -> String {
    let mut text = format!(
        "[package]\nname = \"m{number}-{member}\"\nversion = \"0.{member}.0\"\nedition = \"2024\"\n\
         description = \"Member {member} of workspace {number}\"\nlicense = \"MIT\"\n\n\
         [features]\ndefault = []\nfull = []\n\n\
         [dependencies]\np{number}-0.workspace = true\n"
    );
    for at in 1..ASKED_FOR {
        let package = (member * ASKED_FOR + at) % LOCKED;
        let _ = writeln!(
            text,
            "p{number}-{package} = {{ version = \"1.{package}\", default-features = false, \
             features = [\"std\"] }}"
        );
    }
    if member > 0 {
        let before = member - 1;
        let _ = writeln!(
            text,
            "\n[dev-dependencies]\nm{number}-{before} = {{ path = \"../m{before}\" }}"
        );
    }
    text
}

fn lock(number: usize, members: usize) -> String {
    let mut text = String::from("version = 4\n");
    for member in 0..members {
        let _ = write!(
            text,
            "\n[[package]]\nname = \"m{number}-{member}\"\nversion = \"0.{member}.0\"\n\
             dependencies = [\n \"p{number}-0\",\n]\n"
        );
    }
    for package in 0..LOCKED {
        let name = format!("p{number}-{package}");
        let sum = Checksum::of(name.as_bytes());
        let (next, after) = ((package + 1) % LOCKED, (package + 7) % LOCKED);
        let _ = write!(
            text,
            "\n[[package]]\nname = \"{name}\"\nversion = \"1.{package}.{number}\"\n\
             source = \"sparse+https://crates.example/index/\"\nchecksum = \"{sum}\"\n\
             dependencies = [\n \"p{number}-{next}\",\n \"p{number}-{after}\",\n]\n"
        );
    }
    text
}

fn config(number: usize) -> String {
    format!(
        "[source.crates-io]\nreplace-with = \"mirror\"\n\n\
         [source.mirror]\nregistry = \"sparse+https://crates.example/{number}/\"\n\n\
         [registries.ours]\nindex = \"sparse+https://ours.example/{number}/\"\n"
    )
}

fn workflow(number: usize) -> String {
    format!(
        "name: build {number}\non: [push]\nenv:\n  CARGO_TERM_COLOR: always\njobs:\n  build:\n    \
         runs-on: ubuntu\n    steps:\n      - run: cargo build --locked\n      \
         - run: |\n          cargo test --workspace\n          cargo clippy\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_has_sixty_files_and_is_like_no_other() {
        let folder = tempfile::tempdir().unwrap();
        for number in [1, 2] {
            write(&folder.path().join(number.to_string()), number).unwrap();
        }
        let files = super::super::files::Files::below(folder.path()).unwrap();
        assert_eq!(files.count, 120);
        for name in ["Cargo.toml", "Cargo.lock", "m3/Cargo.toml", ".cargo/config.toml"] {
            let read = |number| std::fs::read(folder.path().join(number).join(name)).unwrap();
            assert_ne!(read("1"), read("2"), "{name}");
        }
    }
}

//! What the tests of all integrations share: the files as they are, and something to scan.

use std::env::{join_paths, split_paths, var_os};
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use saphyr::{LoadableYamlNode, Yaml};
use tempfile::TempDir;

pub(crate) const DEPAUDIT: &str = env!("CARGO_BIN_EXE_depaudit");

/// The top of the tree, where the integrations lie as their users get them.
pub(crate) fn top() -> PathBuf {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    top.canonicalize().expect("the top of the tree")
}

pub(crate) fn text(path: &str) -> String {
    fs::read_to_string(top().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The documents of a YAML file.
pub(crate) fn documents(text: &str) -> Vec<Yaml<'_>> {
    Yaml::load_from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

/// The keys and values of a YAML mapping.
pub(crate) fn entries<'a>(yaml: &'a Yaml<'a>) -> Vec<(&'a str, &'a Yaml<'a>)> {
    let mapping = yaml.as_mapping().unwrap_or_else(|| panic!("no mapping: {yaml:?}"));
    mapping.iter().map(|(key, value)| (key.as_str().expect("a key"), value)).collect()
}

pub(crate) fn string(yaml: &Yaml<'_>) -> String {
    yaml.as_str().unwrap_or_else(|| panic!("no text: {yaml:?}")).to_owned()
}

/// A folder with these files.
pub(crate) fn tree(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    folder
}

pub(crate) const CLEAN: (&str, &str) =
    ("Cargo.toml", "[package]\nname = \"a\"\nversion = \"0.1.0\"\n");

/// One finding, at deny, in the last line.
pub(crate) const DENIED: (&str, &str) = (
    "Cargo.toml",
    "[package]\nname = \"a\"\nversion = \"0.1.0\"\n[dependencies]\n\
     shared = { git = \"https://git.example/shared\", branch = \"main\" }\n",
);

/// A folder of programs, to stand first on the PATH.
pub(crate) struct Programs(TempDir);

impl Programs {
    /// `depaudit` and `cargo-depaudit`.
    pub(crate) fn installed() -> Self {
        let programs = Self(tempfile::tempdir().expect("a folder"));
        symlink(DEPAUDIT, programs.path("depaudit")).expect("a link");
        symlink(DEPAUDIT, programs.path("cargo-depaudit")).expect("a link");
        programs
    }

    /// A program that only runs this.
    pub(crate) fn script(name: &str, body: &str) -> Self {
        let programs = Self(tempfile::tempdir().expect("a folder"));
        let path = programs.path(name);
        fs::write(&path, format!("#!/usr/bin/env bash\nset -euo pipefail\n{body}"))
            .expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a mode");
        programs
    }

    /// A cargo that installs this depaudit, and writes down where it was called, and how.
    pub(crate) fn cargo() -> Self {
        Self::script(
            "cargo",
            &format!(
                "{{ pwd; printf '%s\\n' \"$@\"; }} >\"$(dirname \"$0\")/calls\"\n\
                 while [ \"$1\" != --root ]; do shift; done\n\
                 mkdir -p \"$2/bin\"\nln -s '{DEPAUDIT}' \"$2/bin/depaudit\"\n"
            ),
        )
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The folder in which [`cargo`](Self::cargo) was called last, and the words.
    pub(crate) fn calls(&self) -> Option<(String, Vec<String>)> {
        let calls = fs::read_to_string(self.path("calls")).ok()?;
        let mut lines = calls.lines().map(str::to_owned);
        Some((lines.next()?, lines.collect()))
    }

    /// A PATH with these programs first.
    pub(crate) fn search_path(&self) -> OsString {
        let path = var_os("PATH").unwrap_or_default();
        let all = [self.0.path().to_owned()].into_iter().chain(split_paths(&path));
        join_paths(all).expect("a path")
    }
}

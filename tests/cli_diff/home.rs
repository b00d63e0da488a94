use std::fs;
use std::path::{Path, PathBuf};

use depaudit_model::Checksum;
use serde_json::{Value, json};
use tame_index::index::sparse::CRATES_IO_HTTP_INDEX;
use tame_index::utils::get_index_details;
use tempfile::TempDir;

use crate::cli_support::{Ran, command};

/// A home of Cargo's that has seen crates.io, and holds crates.
pub(crate) struct Home(TempDir);

impl Home {
    /// With one release: what crates.io says of it, and its file.
    pub(crate) fn with(name: &str, version: &str, file: &[u8]) -> Self {
        let home = Self(TempDir::new().unwrap());
        home.add(name, &[(version, file)]);
        home
    }

    /// All releases of a crate.
    pub(crate) fn add(&self, name: &str, releases: &[(&str, &[u8])]) {
        let mut entry = b"\x03\x02\0\0\0etag: x\0".to_vec();
        for (version, file) in releases {
            let line = json!({ "name": name, "vers": version, "deps": [], "features": {},
                "cksum": Checksum::of(file), "yanked": false });
            entry.extend_from_slice(format!("{version}\0{line}\0").as_bytes());
            self.put(name, version, file);
        }
        let crate_name: depaudit_model::cargo::CrateName = name.parse().unwrap();
        let path = index(self.path()).join(".cache").join(crate_name.index_path());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, entry).unwrap();
    }

    /// Puts a file in the place of a crate, whatever the index says.
    pub(crate) fn put(&self, name: &str, version: &str, file: &[u8]) {
        let folder = self.path().join("registry/cache/mirror-0123");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("{name}-{version}.crate")), file).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// `depaudit diff` in `folder`.
    pub(crate) fn diff(&self, folder: &Path, arguments: &[&str]) -> Ran {
        let mut command = command(folder, &["diff"]);
        command.args(arguments).env("CARGO_HOME", self.path());
        // git is found by it.
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.output().expect("the binary runs").into()
    }

    /// What `depaudit diff --json` answers, and how it ended.
    pub(crate) fn json(&self, folder: &Path, arguments: &[&str]) -> (Value, Option<i32>) {
        let ran = self.diff(folder, &[arguments, &["--json"]].concat());
        let answer = serde_json::from_str(&ran.out);
        (answer.unwrap_or_else(|error| panic!("{error}: {ran:?}")), ran.code)
    }
}

fn index(home: &Path) -> PathBuf {
    let home = tame_index::PathBuf::from_path_buf(home.to_owned()).unwrap();
    get_index_details(CRATES_IO_HTTP_INDEX, Some(home), true).unwrap().0.into()
}

/// The paths of an answer's files, each with what became of it.
pub(crate) fn files(answer: &Value) -> Vec<String> {
    let files = answer["difference"]["files"].as_array().unwrap().iter();
    let word = |it: &Value| format!("{} {}", it["change"], it["path"]).replace('"', "");
    files.map(word).collect()
}

/// An answer's marks.
pub(crate) fn marks(answer: &Value) -> Vec<String> {
    let marks = answer["difference"]["marks"].as_array().unwrap().iter();
    let word = |it: &Value| format!("{} {}", it["kind"], it["about"][0]).replace('"', "");
    marks.map(word).collect()
}

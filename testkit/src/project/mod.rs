//! Small Cargo projects, and the real cargo at work in them.

mod command;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use toml_edit::{DocumentMut, value};

use crate::Dependency;
use crate::crate_file::table_at;

pub use command::{CargoCommand, CargoOutput};

/// What a project is to be made of.
#[derive(Debug)]
pub struct ProjectPlan {
    manifest: DocumentMut,
    config: DocumentMut,
    lock: Option<String>,
    files: Vec<(PathBuf, Vec<u8>)>,
}

impl ProjectPlan {
    /// Adds a dependency to the manifest.
    #[must_use]
    pub fn dependency(mut self, name: &str, requirement: &str) -> Self {
        Dependency::new(name, requirement).write_to(&mut self.manifest);
        self
    }

    /// Changes the manifest freely.
    #[must_use]
    pub fn manifest(mut self, change: impl FnOnce(&mut DocumentMut)) -> Self {
        change(&mut self.manifest);
        self
    }

    /// Changes `.cargo/config.toml` freely.
    #[must_use]
    pub fn config(mut self, change: impl FnOnce(&mut DocumentMut)) -> Self {
        change(&mut self.config);
        self
    }

    /// Replaces crates.io by the registry at `index` (`sparse+http://…/`), the way a team that uses
    /// depaudit does it.
    #[must_use]
    pub fn source_replacement(self, index: &str) -> Self {
        self.config(|config| {
            table_at(config, &["source", "crates-io"]).insert("replace-with", value("depaudit"));
        })
        .registry("depaudit", index)
    }

    /// Names one more registry.
    #[must_use]
    pub fn registry(self, name: &str, index: &str) -> Self {
        self.config(|config| {
            table_at(config, &["registries", name]).insert("index", value(index));
        })
    }

    /// The text of `Cargo.lock`, as if it had been committed.
    #[must_use]
    pub fn lock(mut self, text: &str) -> Self {
        self.lock = Some(text.to_owned());
        self
    }

    /// Adds or replaces a file; `path` is relative to the project's folder.
    #[must_use]
    pub fn file(mut self, path: impl Into<PathBuf>, contents: impl Into<Vec<u8>>) -> Self {
        self.files.push((path.into(), contents.into()));
        self
    }

    /// Writes it into a new temporary folder.
    ///
    /// # Panics
    /// When the disk does not take it.
    #[must_use]
    pub fn create(self) -> CargoProject {
        let folder = TempDir::with_prefix("project-").expect("a temporary folder");
        let project = CargoProject { folder, cargo_home: new_home(), committed_lock: self.lock };
        project.write("Cargo.toml", self.manifest.to_string());
        project.write("src/main.rs", "fn main() {}\n");
        if !self.config.is_empty() {
            project.write(".cargo/config.toml", self.config.to_string());
        }
        if let Some(lock) = &project.committed_lock {
            project.write("Cargo.lock", lock);
        }
        for (path, contents) in self.files {
            project.write(path, contents);
        }
        project
    }
}

/// A project in a temporary folder, with a `CARGO_HOME` and a target folder of its own. Both go
/// when it is dropped.
#[derive(Debug)]
pub struct CargoProject {
    folder: TempDir,
    cargo_home: TempDir,
    committed_lock: Option<String>,
}

impl CargoProject {
    /// A program of this name that does nothing, in a workspace of its own, built as quickly as
    /// cargo can.
    #[must_use]
    pub fn named(name: &str) -> ProjectPlan {
        let mut manifest = DocumentMut::new();
        let package = table_at(&mut manifest, &["package"]);
        package.insert("name", value(name));
        package.insert("version", value("0.1.0"));
        package.insert("edition", value("2021"));
        let profile = table_at(&mut manifest, &["profile", "dev"]);
        profile.insert("debug", value(false));
        profile.insert("incremental", value(false));
        // Cargo looks for a workspace in all folders above, where a test must find nothing.
        table_at(&mut manifest, &["workspace"]).set_implicit(false);
        ProjectPlan { manifest, config: DocumentMut::new(), lock: None, files: Vec::new() }
    }

    /// The project's folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Its `CARGO_HOME`.
    #[must_use]
    pub fn cargo_home(&self) -> &Path {
        self.cargo_home.path()
    }

    /// Exchanges `CARGO_HOME` for an empty one: another machine that has downloaded nothing.
    ///
    /// # Panics
    /// When the disk gives no folder.
    pub fn renew_cargo_home(&mut self) {
        self.cargo_home = new_home();
    }

    /// Adds or replaces a file.
    ///
    /// # Panics
    /// When the disk does not take it.
    pub fn write(&self, path: impl AsRef<Path>, contents: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        let written = path
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&path, contents));
        written.unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
    }

    /// A file's text.
    ///
    /// # Panics
    /// When it is not there.
    #[must_use]
    pub fn read(&self, path: impl AsRef<Path>) -> String {
        let path = self.path().join(path);
        fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()))
    }

    /// The text of `Cargo.lock`.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn lock(&self) -> String {
        self.read("Cargo.lock")
    }

    /// Takes `Cargo.lock` as it is now for the committed one.
    ///
    /// # Panics
    /// When there is none.
    pub fn commit_lock(&mut self) {
        self.committed_lock = Some(self.lock());
    }

    /// Whether `Cargo.lock` is byte for byte the committed one.
    ///
    /// # Panics
    /// When none was committed, by [`ProjectPlan::lock`] or [`CargoProject::commit_lock`].
    #[must_use]
    pub fn lock_unchanged(&self) -> bool {
        let committed = self.committed_lock.as_ref().expect("a lock that was committed");
        self.lock() == *committed
    }

    /// A run of the real cargo in the project's folder.
    #[must_use]
    pub fn cargo<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> CargoCommand {
        CargoCommand::new(self.path(), self.cargo_home(), arguments)
    }
}

fn new_home() -> TempDir {
    TempDir::with_prefix("cargo-home-").expect("a temporary folder")
}

//! A git repository that others depend on.

use std::fs;
use std::process::Command;

/// A git repository with the packages `shared` and `helper`, and a second commit on its branch.
pub(crate) struct Remote {
    folder: tempfile::TempDir,
}

impl Remote {
    pub(crate) fn new() -> Self {
        let remote = Self { folder: tempfile::tempdir().unwrap() };
        let package = |name: &str, rest: &str| {
            format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2021\"\n{rest}")
        };
        remote.write(
            "Cargo.toml",
            &package("shared", "[dependencies]\nhelper = { path = \"helper\" }\n"),
        );
        remote.write("src/lib.rs", "pub const COMMIT: u8 = 1;\n");
        remote.write("helper/Cargo.toml", &package("helper", ""));
        remote.write("helper/src/lib.rs", "");
        remote.git(&["init", "--quiet", "--initial-branch=main"]);
        remote.commit();
        remote
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn commit(&self) {
        self.git(&["add", "."]);
        self.git(&["commit", "--quiet", "-m", "more"]);
    }

    pub(crate) fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    fn git(&self, arguments: &[&str]) -> String {
        let who = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
        let ran = Command::new("git")
            .args(who)
            .args(arguments)
            .current_dir(self.folder.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        assert!(ran.status.success(), "{ran:?}");
        String::from_utf8(ran.stdout).unwrap()
    }

    pub(crate) fn url(&self) -> String {
        format!("file://{}", self.folder.path().display())
    }
}

//! depaudit itself, as people run it: a release build and default settings.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;

use super::process::{Server, free_address};
use crate::suite;

/// Builds the binary and returns where it is.
///
/// # Errors
/// When the build fails.
pub(crate) fn build(root: &Path) -> anyhow::Result<PathBuf> {
    let output = suite::cargo()
        .current_dir(root)
        .args(["build", "--release", "--locked", "--package", "depaudit", "--bin", "depaudit"])
        .arg("--message-format=json-render-diagnostics")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run cargo")?;
    anyhow::ensure!(output.status.success(), "the release build failed: {}", output.status);
    executable(&String::from_utf8_lossy(&output.stdout))
        .context("cargo does not say where it put the binary")
}

/// The binary's path in cargo's messages: only cargo knows the target folder.
pub(super) fn executable(messages: &str) -> Option<PathBuf> {
    let mut messages = messages.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        message.get("executable")?.as_str().map(PathBuf::from)
    });
    messages.next_back()
}

/// Starts `program` with its data in `folder`, before the upstream whose index is `sparse_index`,
/// under a policy where there is one.
///
/// # Errors
/// When it does not start.
pub(crate) fn start(
    program: &Path,
    folder: &Path,
    sparse_index: &str,
    policy: Option<&str>,
) -> anyhow::Result<Server> {
    let address = free_address()?;
    let mut command = Command::new(program);
    command
        // Nobody's environment may change what is measured.
        .env_clear()
        .args(["serve", "--listen", &address.to_string()])
        .arg("--data")
        .arg(folder.join("data"))
        .arg("--upstream")
        .arg(format!("crates-io={sparse_index}"))
        .current_dir(folder);
    if let Some(text) = policy {
        let file = folder.join("depaudit.toml");
        std::fs::write(&file, text).context("cannot write the policy")?;
        command.arg("--policy").arg(file);
    }
    Server::start("depaudit", &mut command, address, folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_binary_is_where_cargo_says() {
        let messages = r#"{"reason":"compiler-artifact","executable":null}
{"reason":"compiler-artifact","executable":"/t/release/depaudit"}
{"reason":"build-finished","success":true}"#;
        assert_eq!(executable(messages), Some(PathBuf::from("/t/release/depaudit")));
        assert_eq!(executable("warning: x"), None);
    }
}

//! Programs from outside that a chore needs, and how a Debian machine gets them.

use std::fmt::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;

use crate::say;

/// A program from outside.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tool {
    pub(crate) program: &'static str,
    /// Debian's package that holds it.
    pub(crate) package: &'static str,
    pub(crate) needed_for: &'static str,
}

pub(crate) const GIT: Tool =
    Tool { program: "git", package: "git", needed_for: "the list of tracked files" };
pub(crate) const CC: Tool =
    Tool { program: "cc", package: "gcc libc6-dev", needed_for: "the bundled SQLite and ring" };
/// Its driver comes in another package, of the same version.
pub(crate) const CHROMIUM: Tool =
    Tool { program: "chromium", package: "chromium", needed_for: "the browser tests" };
pub(crate) const CHROMEDRIVER: Tool =
    Tool { program: "chromedriver", package: "chromium-driver", needed_for: "the browser tests" };
pub(crate) const NPM: Tool =
    Tool { program: "npm", package: "npm", needed_for: "axe-core, which the browser tests use" };

/// Makes sure that `tools` are there: on Debian and as root it installs what is missing.
///
/// # Errors
/// When one is missing and cannot be installed; the message says by which command it can.
pub(crate) fn ensure(tools: &[Tool]) -> anyhow::Result<()> {
    let missing: Vec<_> = tools.iter().filter(|tool| find(tool.program).is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<_> = missing.iter().flat_map(|tool| tool.package.split(' ')).collect();
    if !can_install() {
        let mut message = "these programs are missing:".to_owned();
        for tool in &missing {
            write!(message, "\n  {} (for {})", tool.program, tool.needed_for)?;
        }
        let packages = packages.join(" ");
        anyhow::bail!("{message}\non Debian, as root: apt-get install {packages}");
    }
    say::note(format_args!("installing {}", packages.join(" ")));
    apt_get(&["update", "-q"])?;
    let mut install = vec!["install", "-q", "-y", "--no-install-recommends"];
    install.extend(packages);
    apt_get(&install)?;
    for tool in missing {
        anyhow::ensure!(
            find(tool.program).is_some(),
            "{} is still missing after apt-get installed {}",
            tool.program,
            tool.package
        );
    }
    Ok(())
}

/// Where `program` is: in PATH, or where Debian keeps servers, which is in root's PATH alone.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join(program))
        .find(|file| is_executable(file))
}

fn is_executable(file: &Path) -> bool {
    file.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

fn can_install() -> bool {
    let is_root = Path::new("/proc/self").metadata().is_ok_and(|process| process.uid() == 0);
    is_root && find("apt-get").is_some()
}

fn apt_get(arguments: &[&str]) -> anyhow::Result<()> {
    let status = Command::new("apt-get")
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .status()
        .context("cannot run apt-get")?;
    anyhow::ensure!(status.success(), "apt-get {} failed: {status}", arguments.join(" "));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_and_a_folder_of_that_name_is_not() {
        assert!(find("sh").is_some());
        assert!(find(".").is_none());
        assert!(find("no-such-program-of-depaudit").is_none());
    }

    #[test]
    fn what_is_there_is_not_installed_again() {
        let shell = Tool { program: "sh", package: "no-such-package", needed_for: "a test" };
        ensure(&[shell]).unwrap();
    }
}

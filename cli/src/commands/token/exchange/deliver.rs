//! How a token reaches what runs after this.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};

use anyhow::Context;
use depaudit_model::{AccessToken, RegistryName};

use crate::output::Out;

/// The file through which a step in GitHub Actions sets variables for the later ones.
const GITHUB_ENV: &str = "GITHUB_ENV";

/// Where a token goes.
#[derive(Debug)]
pub(super) enum Delivery {
    /// To standard output, alone.
    Print,
    /// Into the variables of a job, masked in its log.
    Variables { file: File, names: Vec<String> },
}

impl Delivery {
    /// Opens what is written to.
    ///
    /// # Errors
    /// When there is no file for the job's variables, or it cannot be written to.
    pub(super) fn choose(github_env: bool, registries: &[RegistryName]) -> anyhow::Result<Self> {
        if !github_env {
            return Ok(Self::Print);
        }
        let path = std::env::var_os(GITHUB_ENV).with_context(|| {
            format!("--github-env is for a step in GitHub Actions: {GITHUB_ENV} is not set")
        })?;
        let file = OpenOptions::new().append(true).create(true).open(path);
        let file =
            file.with_context(|| format!("cannot write to the file that {GITHUB_ENV} names"))?;
        let mut names: Vec<_> = registries.iter().map(variable).collect();
        // For depaudit's own commands.
        names.push("DEPAUDIT_TOKEN".to_owned());
        Ok(Self::Variables { file, names })
    }

    /// # Errors
    /// When it cannot be written.
    pub(super) fn deliver(self, token: &AccessToken) -> io::Result<()> {
        let mut out = Out::new();
        let Self::Variables { mut file, names } = self else {
            writeln!(out, "{}", token.expose())?;
            return out.flush();
        };
        // First: from here on the log of the job shows asterisks in its place.
        writeln!(out, "::add-mask::{}", token.expose())?;
        out.flush()?;
        // Hexadecimal digits and fixed words: no value can set a second variable.
        for name in names {
            writeln!(file, "{name}={}", token.expose())?;
        }
        // Without a provider Cargo sends a registry in a source replacement no token.
        writeln!(file, "CARGO_REGISTRY_GLOBAL_CREDENTIAL_PROVIDERS=cargo:token")?;
        file.flush()
    }
}

/// Where Cargo looks for a registry's token (Cargo's book, "Environment variables").
fn variable(registry: &RegistryName) -> String {
    let name = registry.as_str().to_ascii_uppercase().replace('-', "_");
    format!("CARGO_REGISTRIES_{name}_TOKEN")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_looks_there() {
        let name = variable(&"depaudit-my_own".parse().unwrap());
        assert_eq!(name, "CARGO_REGISTRIES_DEPAUDIT_MY_OWN_TOKEN");
    }
}

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use depaudit_model::AccessToken;

/// Where the token stands when no file is named.
const VARIABLE: &str = "DEPAUDIT_TOKEN";

/// Far above any token, far below what would hurt.
const LARGEST: u64 = 4 << 10;

/// The token with which a command asks a depaudit server.
///
/// No option takes the token itself: everybody on a machine sees the command lines that run there.
#[derive(Debug, Clone, Default, Args)]
pub struct TokenSource {
    /// A file with the token to show a depaudit server. Without it, the variable DEPAUDIT_TOKEN counts
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
}

impl TokenSource {
    /// The token; `None` where neither names one. An empty variable names none: it is what CI systems
    /// make of a secret that a job does not get.
    ///
    /// # Errors
    /// When the file cannot be read, or what is there is no token. The text is not quoted.
    pub fn token(&self) -> anyhow::Result<Option<AccessToken>> {
        match &self.token_file {
            Some(path) => from_file(path).map(Some),
            None => from_variable(std::env::var_os(VARIABLE)),
        }
    }
}

fn from_file(path: &Path) -> anyhow::Result<AccessToken> {
    let shown = path.display();
    let cannot = || format!("cannot read the token in {shown}");
    let mut bytes = Vec::new();
    // One more than is taken: what is cut off there is no token.
    let file = File::open(path).with_context(cannot)?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).with_context(cannot)?;
    // The error of `from_utf8` holds the bytes.
    let Ok(text) = String::from_utf8(bytes) else { bail!("{shown} holds no token") };
    text.trim().parse().with_context(|| format!("{shown} holds no token"))
}

fn from_variable(value: Option<OsString>) -> anyhow::Result<Option<AccessToken>> {
    let Some(value) = value.filter(|value| !value.is_empty()) else { return Ok(None) };
    // The error of `into_string` holds the text.
    let Ok(text) = value.into_string() else { bail!("{VARIABLE} holds no token") };
    text.trim().parse().map(Some).with_context(|| format!("{VARIABLE} holds no token"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::SystemRandomness;

    fn file(text: impl AsRef<[u8]>) -> (tempfile::TempDir, TokenSource) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, text).unwrap();
        (folder, TokenSource { token_file: Some(path) })
    }

    #[test]
    fn a_token_comes_from_a_file_or_a_variable_and_an_empty_variable_is_none() {
        let token = AccessToken::generate(&SystemRandomness);
        let (_folder, source) = file(format!("{}\n", token.expose()));
        assert_eq!(source.token().unwrap().unwrap().digest(), token.digest());
        let read = from_variable(Some(token.expose().into())).unwrap();
        assert_eq!(read.unwrap().digest(), token.digest());
        assert!(from_variable(None).unwrap().is_none());
        assert!(from_variable(Some(OsString::new())).unwrap().is_none());
        assert!(TokenSource { token_file: Some("no/such/file".into()) }.token().is_err());
    }

    #[test]
    fn bad_input_27_what_is_no_token_is_not_quoted() {
        let long = "c0ffee".repeat(1 << 10);
        for text in [&b"depaudit_c0ffee"[..], b"", b"c0ffee\xff", long.as_bytes()] {
            let (_folder, source) = file(text);
            let told = format!("{:#}", source.token().unwrap_err());
            assert!(told.contains("holds no token") && !told.contains("c0ffee"), "{told}");
        }
        let told = format!("{:#}", from_variable(Some("c0ffee".into())).unwrap_err());
        assert!(told.starts_with("DEPAUDIT_TOKEN holds no token"), "{told}");
        assert!(!told.contains("c0ffee"), "{told}");
    }
}

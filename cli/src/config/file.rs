//! The configuration file: TOML, every key checked, every error with its place.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use depaudit_ledger::VerifierKey;
use depaudit_model::{RegistryName, Secret, TeamId};
use ipnet::IpNet;
use serde::Deserialize;
use url::Url;

use super::discreet;
use super::login::LoginMode;
use super::oidc::OidcTable;
use super::serve::{AuthMode, LogFormat, RecordMode};
use super::sign_on::SignOnTable;
use super::values::{ByteSize, IndexUrl, Span};
use crate::ledger::Witness;

/// What may stand in the file given with `--config`. Each key is the flag of the same name.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ConfigFile {
    /// `--listen`
    pub listen: Option<String>,
    /// `--data`; relative to the file's folder.
    pub data: Option<PathBuf>,
    /// `--public-url`
    #[serde(default, deserialize_with = "discreet::url")]
    pub public_url: Option<Url>,
    /// `--upstream`, with what a flag has no room for.
    #[serde(default)]
    pub upstream: BTreeMap<RegistryName, UpstreamTable>,
    /// `--team`
    pub team: Option<Vec<TeamId>>,
    /// `--tls-cert`; relative to the file's folder.
    pub tls_cert: Option<PathBuf>,
    /// `--tls-key`; relative to the file's folder.
    pub tls_key: Option<PathBuf>,
    /// `--policy`; relative to the file's folder.
    pub policy: Option<PathBuf>,
    /// `--advisories`; relative to the file's folder.
    pub advisories: Option<PathBuf>,
    /// `--ledger-key`; relative to the file's folder.
    pub ledger_key: Option<PathBuf>,
    /// `--ledger-push`
    #[serde(default)]
    pub ledger_push: Vec<String>,
    /// Who cosigns the ledger's checkpoints.
    #[serde(default)]
    pub ledger_witness: Vec<WitnessTable>,
    /// `--freshness`
    pub freshness: Option<Span>,
    /// `--auth`
    pub auth: Option<AuthMode>,
    /// `--login`
    pub login: Option<LoginMode>,
    /// `--session-lifetime`
    pub session_lifetime: Option<Span>,
    /// `--session-idle`
    pub session_idle: Option<Span>,
    /// `--operator-team`
    pub operator_team: Option<Vec<TeamId>>,
    /// Who else says who people are.
    pub sign_on: Option<SignOnTable>,
    /// Whose identity tokens are exchanged for tokens.
    #[serde(default)]
    pub oidc: Vec<OidcTable>,
    /// What is said of single teams.
    #[serde(default)]
    pub teams: BTreeMap<TeamId, TeamTable>,
    /// `--record`
    pub record: Option<RecordMode>,
    /// `--max-cache-bytes`
    pub max_cache_bytes: Option<ByteSize>,
    /// `--index-memory`
    pub index_memory: Option<ByteSize>,
    /// `--crate-memory`
    pub crate_memory: Option<ByteSize>,
    /// `--report-days`
    pub report_days: Option<u16>,
    /// `--max-connections`
    pub max_connections: Option<NonZeroUsize>,
    /// `--outbound-proxy`
    #[serde(default, deserialize_with = "discreet::url")]
    pub outbound_proxy: Option<Url>,
    /// `--log-format`
    pub log_format: Option<LogFormat>,
    /// `--log`
    pub log: Option<String>,
}

/// `[[ledger-witness]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WitnessTable {
    /// Its submission prefix.
    #[serde(deserialize_with = "discreet::required_url")]
    pub url: Url,
    /// Its key for cosignatures, as it is written: `name+id+key`.
    pub key: String,
}

impl WitnessTable {
    /// # Errors
    /// When the key is none that cosigns.
    pub fn read(self) -> anyhow::Result<Witness> {
        let key: VerifierKey = self.key.parse().context("the key of a ledger-witness is none")?;
        if !key.is_witness() {
            bail!("the key of the ledger-witness {} is no key for cosignatures", key.name());
        }
        Ok(Witness { url: self.url, key })
    }
}

/// `[teams.NAME]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TeamTable {
    /// Whether this team needs a token, in every registry. `off` loosens nothing.
    pub auth: AuthMode,
}

/// `[upstream.NAME]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct UpstreamTable {
    /// The base of its sparse index. Only `crates-io` has a default.
    pub index: Option<IndexUrl>,
    /// Its token, sent as `Authorization`.
    pub token: Option<Secret>,
    /// A file that holds the token; relative to the configuration's folder.
    pub token_file: Option<PathBuf>,
    /// A variable that holds the token.
    pub token_env: Option<String>,
    /// Further headers.
    #[serde(default)]
    pub headers: BTreeMap<String, Secret>,
    /// An outbound proxy for this upstream alone.
    #[serde(default, deserialize_with = "discreet::url")]
    pub proxy: Option<Url>,
    /// Hosts that its downloads and redirects may name.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Networks that are not public and may be connected to.
    #[serde(default)]
    pub networks: Vec<IpNet>,
    /// Hosts beside its own that get the token.
    #[serde(default)]
    pub trusted_hosts: Vec<String>,
    /// The largest crate that is accepted.
    pub max_crate_bytes: Option<ByteSize>,
    /// Whether its index and crates need a token, for every team. `off` loosens nothing.
    pub auth: Option<AuthMode>,
}

impl ConfigFile {
    /// Reads the file, and makes its paths absolute or relative to where the process runs.
    ///
    /// # Errors
    /// With file, line and column. The text of the line is not quoted: it may hold a token.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        // Far above any configuration, far below what would hurt.
        const LARGEST: u64 = 1 << 20;
        let shown = path.display();
        let size = std::fs::metadata(path).with_context(|| format!("cannot read {shown}"))?.len();
        if size > LARGEST {
            bail!("{shown} has {size} bytes; a configuration has at most {LARGEST}");
        }
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
        let mut file = Self::parse(&text, path)?;
        let folder = path.parent().unwrap_or_else(|| Path::new(""));
        let paths = [
            &mut file.data,
            &mut file.tls_cert,
            &mut file.tls_key,
            &mut file.policy,
            &mut file.advisories,
            &mut file.ledger_key,
        ];
        let token_files = file.upstream.values_mut().map(|upstream| &mut upstream.token_file);
        for path in paths.into_iter().chain(token_files).flatten() {
            *path = folder.join(&*path);
        }
        Ok(file)
    }

    fn parse(text: &str, path: &Path) -> anyhow::Result<Self> {
        toml::from_str(text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            let before = text.get(..offset).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            let message = error.message().lines().next().unwrap_or_default();
            anyhow::anyhow!("{}:{line}:{column}: {message}", path.display())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        ConfigFile::parse(text, Path::new("depaudit.toml")).unwrap_err().to_string()
    }

    #[test]
    fn an_unknown_key_is_named_with_its_place() {
        let told = error("listen = \"127.0.0.1:1\"\n  freshnes = \"60s\"\n");
        assert!(told.starts_with("depaudit.toml:2:3: unknown field `freshnes`"), "{told}");
        let told = error("[upstream.internal]\nindex = \"https://r.example/\"\ntokn = \"x\"\n");
        assert!(told.starts_with("depaudit.toml:3:1: unknown field `tokn`"), "{told}");
    }

    #[test]
    fn a_wrong_value_is_named_with_its_place() {
        let told = error("freshness = \"soon\"");
        assert!(told.starts_with("depaudit.toml:1:13: expected a length of time"), "{told}");
        let told = error("listen = ");
        assert!(told.starts_with("depaudit.toml:1:"), "{told}");
    }

    #[test]
    fn bad_input_27_an_error_beside_a_token_does_not_quote_it() {
        let told = error("[upstream.internal]\ntoken = [\"canary-7\"]\n");
        assert!(!told.contains("canary-7"), "{told}");
        for key in ["public-url", "outbound-proxy", "[upstream.internal]\nproxy"] {
            let told = error(&format!("{key} = \"http://user:canary-7@[half/\"\n"));
            assert!(told.contains("invalid IPv6 address"), "{told}");
            assert!(!told.contains("canary-7"), "{told}");
        }
        let told = error("[upstream.internal]\ntoken = \"canary-7\n");
        assert!(!told.contains("canary-7"), "{told}");
    }
}

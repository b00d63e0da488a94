//! `config.json`, the first document of a registry: ours, and the upstream's.

use depaudit_model::cargo::Release;
use depaudit_model::{Checksum, RegistryName, TeamId};
use serde::{Deserialize, Serialize};
use url::Url;

/// What clients of one team are told. There is no `api`: publishing and searching do not go through
/// this proxy, and Cargo says so itself when it is absent. With `auth_required`, Cargo sends its token
/// with every further request; without, never (Cargo's book, "Registry authentication").
#[must_use]
pub fn served(
    public: &Url,
    team: &TeamId,
    registry: &RegistryName,
    auth_required: bool,
) -> Vec<u8> {
    #[derive(Serialize)]
    struct Served {
        dl: String,
        #[serde(rename = "auth-required", skip_serializing_if = "std::ops::Not::not")]
        auth_required: bool,
    }
    let mut dl = public.clone();
    if let Ok(mut path) = dl.path_segments_mut() {
        path.pop_if_empty().extend(["t", team.as_str(), registry.as_str(), "crates"]);
    }
    // Without markers, Cargo appends `/{crate}/{version}/download` (Cargo's book, "Index
    // configuration"); a `{` in the public address would be escaped by the URL's own rules.
    serde_json::to_vec(&Served { dl: dl.into(), auth_required }).unwrap_or_default()
}

/// Where an upstream has its crates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownloadTemplate(tame_index::index::IndexConfig);

/// Why an upstream's `config.json` is unusable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// No JSON, or no `dl` in it.
    #[error("its config.json is not one of a registry")]
    NotAConfig,
    /// `dl` makes no URL.
    #[error("its config.json has a `dl` that makes no URL")]
    NoUrl,
}

impl DownloadTemplate {
    /// Reads an upstream's `config.json`.
    ///
    /// # Errors
    /// [`ConfigError::NotAConfig`].
    pub fn parse(body: &[u8]) -> Result<Self, ConfigError> {
        #[derive(Deserialize)]
        struct Upstream {
            dl: String,
        }
        let Upstream { dl } = serde_json::from_slice(body).map_err(|_| ConfigError::NotAConfig)?;
        if dl.is_empty() {
            return Err(ConfigError::NotAConfig);
        }
        Ok(Self(tame_index::index::IndexConfig { dl, api: None, auth_required: false }))
    }

    /// The URL of one crate, with the markers that Cargo knows filled in.
    ///
    /// # Errors
    /// [`ConfigError::NoUrl`].
    pub fn url(&self, release: &Release, checksum: &Checksum) -> Result<Url, ConfigError> {
        let name = release.name.as_str();
        let name = tame_index::KrateName::cargo(name).map_err(|_| ConfigError::NoUrl)?;
        // tame-index knows every marker but this one.
        let with_checksum = tame_index::index::IndexConfig {
            dl: self.0.dl.replace("{sha256-checksum}", &checksum.to_string()),
            api: None,
            auth_required: false,
        };
        let has_marker = with_checksum.dl != self.0.dl;
        let version = release.version.to_string();
        let url = if has_marker && !with_checksum.dl.contains('{') {
            with_checksum.dl
        } else {
            with_checksum.download_url(name, &version)
        };
        let url: Url = url.parse().map_err(|_| ConfigError::NoUrl)?;
        if url.cannot_be_a_base() { Err(ConfigError::NoUrl) } else { Ok(url) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(dl: &str) -> Result<String, ConfigError> {
        let body = serde_json::json!({ "dl": dl, "api": "https://x.example" }).to_string();
        let release =
            Release { name: "Serde_Json".parse().unwrap(), version: "1.0.0+b".parse().unwrap() };
        let checksum = Checksum::of(b"");
        DownloadTemplate::parse(body.as_bytes())?.url(&release, &checksum).map(String::from)
    }

    #[test]
    fn templates_are_filled_as_cargo_fills_them() {
        assert_eq!(
            url("https://r.example/dl").unwrap(),
            "https://r.example/dl/Serde_Json/1.0.0+b/download"
        );
        assert_eq!(
            url("https://r.example/{prefix}/{lowerprefix}/{crate}-{version}.crate").unwrap(),
            "https://r.example/Se/rd/se/rd/Serde_Json-1.0.0+b.crate"
        );
        let by_digest = url("https://r.example/{sha256-checksum}").unwrap();
        assert_eq!(by_digest, format!("https://r.example/{}", Checksum::of(b"")));
        let both = url("https://r.example/{crate}/{sha256-checksum}").unwrap();
        assert_eq!(both, format!("https://r.example/Serde_Json/{}", Checksum::of(b"")));
    }

    #[test]
    fn what_is_no_configuration_is_refused() {
        for bad in ["<html>", "{}", "{\"dl\":\"\"}", "{\"dl\":7}", "[]", ""] {
            assert_eq!(
                DownloadTemplate::parse(bad.as_bytes()),
                Err(ConfigError::NotAConfig),
                "{bad}"
            );
        }
        for bad in ["not a url", "mailto:a@b", "//r.example"] {
            assert_eq!(url(bad), Err(ConfigError::NoUrl), "{bad}");
        }
    }

    #[test]
    fn clients_download_from_the_public_address() {
        let served = |public: &str| {
            let team = "payments".parse().unwrap();
            let body = served(&public.parse().unwrap(), &team, &RegistryName::crates_io(), false);
            String::from_utf8(body).unwrap()
        };
        let expected = r#"{"dl":"http://h:1/t/payments/crates-io/crates"}"#;
        assert_eq!(served("http://h:1"), expected);
        assert_eq!(served("http://h:1/"), expected);
        let under = r#"{"dl":"https://h/deps/t/payments/crates-io/crates"}"#;
        assert_eq!(served("https://h/deps/"), under);
    }
}

//! `[sign-on]`: who else says who people are, and who of them may see what.

use anyhow::{Context, bail};
use std::collections::BTreeSet;

use depaudit_model::{Secret, TeamId};
use depaudit_proxy::oidc::{IssuerUrl, SignOnRule, SignOnSettings};
use depaudit_store::PersonRole;
use serde::{Deserialize, Deserializer};
use url::Url;

use super::oidc::{issuer, some_issuer};

/// `[sign-on]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SignOnTable {
    /// Its name and address, as its tokens have it in `iss`.
    #[serde(deserialize_with = "issuer")]
    pub issuer: IssuerUrl,
    /// What this server is called there.
    pub client_id: String,
    /// The variable that holds this server's secret; a public client has none.
    pub client_secret_env: Option<String>,
    /// Where codes are redeemed, when that is at another origin than the issuer.
    #[serde(default, deserialize_with = "some_issuer")]
    pub token_endpoint: Option<IssuerUrl>,
    /// Where its keys are, when they are at another origin than the issuer.
    #[serde(default, deserialize_with = "some_issuer")]
    pub jwks: Option<IssuerUrl>,
    /// The claim that names a person in the record; `sub` unless it says another.
    pub name_claim: Option<String>,
    /// Who may see what; the first that matches counts.
    #[serde(default)]
    pub allow: Vec<AllowTable>,
}

/// `[[sign-on.allow]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllowTable {
    /// Which claim: `groups`, say.
    pub claim: String,
    /// What it says, or what stands in its list.
    pub value: String,
    /// For which team.
    pub team: TeamId,
    /// What they may do: `reader`, `owner` or `admin`.
    #[serde(deserialize_with = "role")]
    pub role: PersonRole,
}

/// Who people are asked of, everything decided but where this server is.
#[derive(Debug, Clone)]
pub struct SignOnConfig(SignOnSettings);

impl SignOnConfig {
    /// How it is where the server is known by this address.
    #[must_use]
    pub fn settings(&self, public_url: &Url) -> SignOnSettings {
        let mut redirect = public_url.clone();
        if let Ok(mut path) = redirect.path_segments_mut() {
            path.pop_if_empty().extend(["login", "return"]);
        }
        SignOnSettings { redirect, ..self.0.clone() }
    }
}

/// The table, checked.
///
/// # Errors
/// When nobody could sign on, a team is not served, or the secret is not there.
pub(super) fn resolve(
    table: Option<SignOnTable>,
    served: Option<&BTreeSet<TeamId>>,
    outbound_proxy: Option<&Url>,
) -> anyhow::Result<Option<SignOnConfig>> {
    let Some(table) = table else { return Ok(None) };
    let SignOnTable {
        issuer,
        client_id,
        client_secret_env,
        token_endpoint,
        jwks,
        name_claim,
        allow,
    } = table;
    if client_id.is_empty() {
        bail!("[sign-on] needs a `client-id`: what this server is called at {issuer}");
    }
    if allow.is_empty() {
        bail!("[sign-on] needs a [[sign-on.allow]] table: nobody sees a page otherwise");
    }
    let unknown = allow.iter().find(|it| served.is_some_and(|served| !served.contains(&it.team)));
    if let Some(AllowTable { team, .. }) = unknown {
        bail!("[[sign-on.allow]]: the team `{team}` is not served; name it among `team` as well");
    }
    let rule = |AllowTable { claim, value, team, role }| SignOnRule { claim, value, team, role };
    let client_secret = client_secret_env.map(|variable| secret(&variable)).transpose()?;
    let settings = SignOnSettings {
        // Known when the server listens.
        redirect: issuer.as_url().clone(),
        issuer,
        client_id,
        client_secret,
        token_endpoint,
        jwks,
        name_claim: name_claim.unwrap_or_else(|| "sub".to_owned()),
        rules: allow.into_iter().map(rule).collect(),
        proxy: outbound_proxy.cloned(),
    };
    Ok(Some(SignOnConfig(settings)))
}

fn secret(variable: &str) -> anyhow::Result<Secret> {
    // The error of `var` would quote a value that is not Unicode.
    let text = std::env::var(variable).ok().filter(|text| !text.trim().is_empty());
    let text = text.with_context(|| {
        format!("[sign-on] client-secret-env: the variable {variable} is not set, or empty")
    })?;
    Ok(Secret::new(text.trim().to_owned()))
}

fn role<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PersonRole, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    struct File {
        sign_on: SignOnTable,
    }

    fn read(text: &str) -> Result<SignOnSettings, String> {
        let file: File = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        let served = BTreeSet::from(["payments".parse().unwrap()]);
        let found = resolve(Some(file.sign_on), Some(&served), None);
        let public = "https://depaudit.example/deps".parse().unwrap();
        found.map(|it| it.unwrap().settings(&public)).map_err(|error| format!("{error:#}"))
    }

    const BEGIN: &str = "[sign-on]\nissuer = \"https://id.example\"\nclient-id = \"depaudit\"\n";
    const ALLOW: &str =
        "[[sign-on.allow]]\nclaim = \"groups\"\nvalue = \"pay\"\nteam = \"payments\"\n";

    #[test]
    fn people_come_back_to_one_address() {
        let settings = read(&format!("{BEGIN}{ALLOW}role = \"owner\"\n")).unwrap();
        assert_eq!(settings.redirect.as_str(), "https://depaudit.example/deps/login/return");
        assert_eq!((settings.name_claim.as_str(), settings.rules.len()), ("sub", 1));
    }

    #[test]
    fn what_would_let_nobody_in_or_the_wrong_ones_is_an_error() {
        let other = ALLOW.replace("payments", "search");
        for (text, told) in [
            (BEGIN.to_owned(), "nobody sees a page"),
            (format!("{BEGIN}{ALLOW}role = \"boss\"\n"), "`reader`, `owner` or `admin`"),
            (format!("{BEGIN}{ALLOW}"), "missing field `role`"),
            (format!("{BEGIN}{other}role = \"owner\"\n"), "`search` is not served"),
            (
                format!(
                    "{BEGIN}client-secret-env = \"DEPAUDIT_NOT_SET\"\n{ALLOW}role = \"owner\"\n"
                ),
                "DEPAUDIT_NOT_SET is not set",
            ),
            (BEGIN.replace("https", "http"), "prove nothing"),
        ] {
            let error = read(&text).unwrap_err();
            assert!(error.contains(told), "{text}: {error}");
        }
    }
}

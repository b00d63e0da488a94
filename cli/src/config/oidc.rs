//! `[[oidc]]`: whose identity tokens are exchanged for tokens, and for which.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, bail};
use depaudit_model::{TeamId, TokenScope};
use depaudit_policy::TextGlob;
use depaudit_proxy::oidc::{IssuerSettings, IssuerUrl, LONGEST_LIFETIME, Mapping};
use serde::{Deserialize, Deserializer};
use url::Url;

use super::values::Span;

/// `[[oidc]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OidcTable {
    /// Its name and address, as its tokens have it in `iss`.
    #[serde(deserialize_with = "issuer")]
    pub issuer: IssuerUrl,
    /// Whom its tokens have to be made for: their `aud`.
    pub audience: String,
    /// Where its keys are, when they are at another origin than the issuer.
    #[serde(default, deserialize_with = "some_issuer")]
    pub jwks: Option<IssuerUrl>,
    /// How long exchanged tokens live; 30m, which is the most, unless it says less.
    pub lifetime: Option<Span>,
    /// Who gets what; the first that matches counts.
    #[serde(default)]
    pub allow: Vec<AllowTable>,
}

/// `[[oidc.allow]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllowTable {
    /// The team whose token it is.
    pub team: TeamId,
    /// What the token opens: `read`, unless it says `report`.
    #[serde(default = "read", deserialize_with = "scope")]
    pub scope: TokenScope,
    /// GitHub's number of the repository, among the claims.
    pub repository_id: Option<OneOrMore>,
    /// GitLab's number of the project, among the claims.
    pub project_id: Option<OneOrMore>,
    /// The branches and tags, in full: `refs/heads/main`.
    pub branches: Option<Vec<TextGlob>>,
    /// What else its token has to say, by claim.
    #[serde(default)]
    pub claims: BTreeMap<String, OneOrMore>,
}

/// A pattern, or a list of them, of which one has to match.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a text or a list of texts of printable ASCII")]
pub enum OneOrMore {
    /// One.
    One(TextGlob),
    /// Any of these.
    Any(Vec<TextGlob>),
}

impl From<OneOrMore> for Vec<TextGlob> {
    fn from(written: OneOrMore) -> Self {
        match written {
            OneOrMore::One(glob) => vec![glob],
            OneOrMore::Any(globs) => globs,
        }
    }
}

/// The issuers, checked.
///
/// # Errors
/// When an issuer stands there twice or maps nobody, a team is not served, or a mapping could come to
/// match somebody else.
pub(super) fn resolve(
    tables: Vec<OidcTable>,
    served: Option<&BTreeSet<TeamId>>,
    outbound_proxy: Option<&Url>,
) -> anyhow::Result<Vec<IssuerSettings>> {
    let mut named = BTreeSet::new();
    tables
        .into_iter()
        .map(|table| {
            let name = table.issuer.to_string();
            if !named.insert(name.clone()) {
                bail!(
                    "the issuer {name} stands in [[oidc]] twice; put its `allow` tables together"
                );
            }
            let mut settings =
                settings(table, served).with_context(|| format!("the [[oidc]] table of {name}"))?;
            settings.proxy = outbound_proxy.cloned();
            Ok(settings)
        })
        .collect()
}

fn settings(table: OidcTable, served: Option<&BTreeSet<TeamId>>) -> anyhow::Result<IssuerSettings> {
    let OidcTable { issuer, audience, jwks, lifetime, allow } = table;
    if audience.is_empty() {
        bail!("`audience` is empty: it is the word for this server that jobs ask their tokens for");
    }
    if allow.is_empty() {
        bail!("it needs an [[oidc.allow]] table: nobody gets a token otherwise");
    }
    let mappings = allow.into_iter().enumerate().map(|(at, table)| {
        let team = table.team.clone();
        let mapping = mapping(&issuer, table, served);
        mapping.with_context(|| format!("its `allow` number {}, for {team}", at + 1))
    });
    let mappings = mappings.collect::<anyhow::Result<Vec<_>>>()?;
    let mut settings = IssuerSettings::new(issuer, audience, mappings);
    settings.jwks = jwks;
    if let Some(Span(lifetime)) = lifetime {
        if lifetime.as_secs() == 0 || lifetime > LONGEST_LIFETIME {
            bail!("`lifetime` is from 1s to 30m");
        }
        settings.lifetime = lifetime;
    }
    Ok(settings)
}

fn mapping(
    issuer: &IssuerUrl,
    table: AllowTable,
    served: Option<&BTreeSet<TeamId>>,
) -> anyhow::Result<Mapping> {
    let AllowTable { team, scope, repository_id, project_id, branches, claims } = table;
    if served.is_some_and(|served| !served.contains(&team)) {
        bail!("the team `{team}` is not served; name it among `team` as well");
    }
    let mut claims: BTreeMap<String, Vec<TextGlob>> =
        claims.into_iter().map(|(name, written)| (name, written.into())).collect();
    for (name, written) in [("repository_id", repository_id), ("project_id", project_id)] {
        let Some(written) = written else { continue };
        if claims.insert(name.to_owned(), written.into()).is_some() {
            bail!("`{name}` stands beside `claims` and in it");
        }
    }
    Ok(Mapping::new(issuer, team, scope, claims, branches)?)
}

const fn read() -> TokenScope {
    TokenScope::Read
}

fn scope<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TokenScope, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

pub(super) fn issuer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<IssuerUrl, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

pub(super) fn some_issuer<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<IssuerUrl>, D::Error> {
    issuer(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct File {
        oidc: Vec<OidcTable>,
    }

    fn read(text: &str) -> Result<Vec<IssuerSettings>, String> {
        let file: File = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        let served = BTreeSet::from(["payments".parse().unwrap()]);
        resolve(file.oidc, Some(&served), None).map_err(|error| format!("{error:#}"))
    }

    const GITHUB: &str = "[[oidc]]\nissuer = \"https://token.actions.githubusercontent.com\"\n\
                          audience = \"https://depaudit.example\"\n";

    #[test]
    fn two_services_are_configured_as_they_are_documented() {
        let gitlab = "[[oidc]]\nissuer = \"https://gitlab.example\"\naudience = \"depaudit\"\n\
                      lifetime = \"15m\"\n[[oidc.allow]]\nteam = \"payments\"\nscope = \"report\"\n\
                      project_id = [\"22\", \"23\"]\nclaims = { environment = \"prod-*\" }\n";
        let text = format!(
            "{GITHUB}[[oidc.allow]]\nteam = \"payments\"\nrepository_id = \"74\"\n\
             branches = [\"refs/heads/main\"]\n{gitlab}"
        );
        let issuers = read(&text).unwrap();
        let scopes: Vec<_> = issuers.iter().map(|issuer| issuer.mappings[0].scope()).collect();
        assert_eq!(scopes, [TokenScope::Read, TokenScope::Report]);
        let lifetimes: Vec<_> = issuers.iter().map(|issuer| issuer.lifetime.as_secs()).collect();
        assert_eq!(lifetimes, [1_800, 900]);
    }

    #[test]
    fn what_would_open_too_much_or_nothing_is_an_error_that_says_where() {
        let allow =
            |text: &str| read(&format!("{GITHUB}[[oidc.allow]]\nteam = \"payments\"\n{text}"));
        let by_name = allow("claims = { repository = \"acme/shop\" }").unwrap_err();
        assert!(by_name.contains("its `allow` number 1, for payments"), "{by_name}");
        assert!(by_name.contains("`repository_id`") && by_name.contains("rename"), "{by_name}");
        for (text, told) in [
            ("repository_id = \"7*\"", "without `*`"),
            ("repository_id = \"74\"\nscope = \"admin\"", "no job gets a token of scope `admin`"),
            ("repository_id = \"74\"\nbranch = [\"main\"]", "unknown field `branch`"),
            ("repository_id = \"74\"\nbranches = []", "`branches` lists nothing"),
            ("repository_id = 74", "expected a text"),
            ("repository_id = \"74\"\nclaims = { repository_id = \"75\" }", "beside `claims`"),
        ] {
            let error = allow(text).unwrap_err();
            assert!(error.contains(told), "{text}: {error}");
        }
        let error = |text: &str| read(text).unwrap_err();
        assert!(error(GITHUB).contains("nobody gets a token"));
        let other = format!("{GITHUB}[[oidc.allow]]\nteam = \"search\"\nrepository_id = \"74\"\n");
        assert!(error(&other).contains("`search` is not served"));
        let ours = format!("{GITHUB}[[oidc.allow]]\nteam = \"payments\"\nrepository_id = \"74\"\n");
        assert!(error(&format!("{ours}{ours}")).contains("twice"));
        let long = ours.replace("[[oidc.allow]]", "lifetime = \"31m\"\n[[oidc.allow]]");
        assert!(error(&long).contains("from 1s to 30m"));
        let plain = GITHUB.replace("https://token", "http://token");
        assert!(error(&plain).contains("keys that come over it prove nothing"));
    }
}

//! Who a person is, by the word of an issuer that knows people: OpenID Connect's authorization code flow,
//! with a proof of who asked (PKCE, S256).

mod endpoints;
mod rule;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::BytesMut;
use depaudit_model::{Clock, Secret};
use depaudit_store::Person;
use futures_util::StreamExt;
use http::{HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::exchange::principal;
use super::identity::{Proven, Unproven};
use super::issuer::Issuer;
use super::refusal::Refusal;
use super::settings::{IssuerSettings, IssuerUrl};
use super::signature;
use crate::upstream::client::{HttpUpstream, UpstreamSetupError};
use crate::upstream::{UpstreamError, UpstreamLimits, UpstreamSettings};
use endpoints::{Endpoints, Known};
pub use rule::SignOnRule;
use rule::believed;

/// How long the issuer may take for each question.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest part of a name that is no subject, in characters.
const LONGEST_NAME: usize = 64;
/// Far above any answer.
const LARGEST: u64 = 256 << 10;

/// An issuer that knows people, and who may do what.
#[derive(Debug, Clone)]
pub struct SignOnSettings {
    /// Its name and address.
    pub issuer: IssuerUrl,
    /// What this server is called there.
    pub client_id: String,
    /// What it proves itself with, where it can keep a secret.
    pub client_secret: Option<Secret>,
    /// Where codes are redeemed, when that is at another origin than the issuer.
    pub token_endpoint: Option<IssuerUrl>,
    /// Where its keys are, when they are at another origin than the issuer.
    pub jwks: Option<IssuerUrl>,
    /// The claim that names a person in the record, beside `sub` where it is another: people can change
    /// what stands in most of them, and who one is says `sub` alone.
    pub name_claim: String,
    /// The first that matches a person counts.
    pub rules: Vec<SignOnRule>,
    /// The outbound proxy that leads there.
    pub proxy: Option<Url>,
    /// Where the issuer sends people back to: exactly what is registered there.
    pub redirect: Url,
}

/// Why nobody was signed on. The log has the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignOnError {
    /// The issuer cannot be asked.
    #[error("the issuer cannot be asked at the moment")]
    Away,
    /// What came is not accepted, for one of many reasons.
    #[error("what the issuer said of this person is not accepted")]
    Refused,
    /// It is true, and nothing is configured for the person.
    #[error("this person may not see pages here")]
    Unmapped,
}

/// What one attempt is recognised by; all of it follows from what its browser holds.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// Comes back beside the code.
    pub state: &'a str,
    /// Comes back within the identity token.
    pub nonce: &'a str,
    /// Proves to the issuer that whoever redeems the code has asked for it.
    pub verifier: &'a str,
}

/// Asks an issuer who people are.
#[derive(Debug)]
pub struct SignOn {
    settings: SignOnSettings,
    issuer: Arc<Issuer>,
    http: HttpUpstream,
    clock: Arc<dyn Clock>,
    known: Known,
}

impl SignOn {
    /// Opens no connection.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub fn new(
        settings: SignOnSettings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, UpstreamSetupError> {
        signature::use_ring();
        let audience = settings.client_id.clone();
        let mut keys = IssuerSettings::new(settings.issuer.clone(), audience, Vec::new());
        (keys.jwks, keys.proxy) = (settings.jwks.clone(), settings.proxy.clone());
        let mut http = UpstreamSettings::new(settings.issuer.as_url().clone());
        http.proxy.clone_from(&settings.proxy);
        http.hosts.extend(settings.token_endpoint.iter().map(|it| it.host().to_owned()));
        // What is asked for comes from where it is said to be, or not at all.
        http.limits =
            UpstreamLimits { redirects: 0, index_bytes: LARGEST, ..UpstreamLimits::DEFAULT };
        let issuer = Issuer::new(keys, Arc::clone(&clock))?;
        let (http, known) = (HttpUpstream::new(&http)?, Known::default());
        Ok(Self { settings, issuer, http, clock, known })
    }

    /// What people know the issuer by: its host.
    #[must_use]
    pub fn host(&self) -> &str {
        self.settings.issuer.host()
    }

    /// Where a browser is led, for its person to say who they are.
    ///
    /// # Errors
    /// [`SignOnError::Away`] when the issuer does not say where.
    pub async fn address(&self, attempt: &Attempt<'_>) -> Result<Url, SignOnError> {
        let mut url = self.endpoints().await?.authorization;
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(attempt.verifier.as_bytes()));
        url.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("scope", "openid profile email"),
            ("client_id", &self.settings.client_id),
            ("redirect_uri", self.settings.redirect.as_str()),
            ("state", attempt.state),
            ("nonce", attempt.nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        Ok(url)
    }

    /// Whether an answer can be this issuer's (RFC 9207).
    #[must_use]
    pub fn is_issuer(&self, named: &str) -> bool {
        named == self.settings.issuer.as_str()
    }

    /// Who has signed on, for the code that the issuer gave.
    ///
    /// # Errors
    /// When the issuer cannot be asked, does not take the code, or its word is not accepted.
    pub async fn person(&self, code: &str, attempt: &Attempt<'_>) -> Result<Person, SignOnError> {
        let place = self.endpoints().await?.token;
        let jwt = self.redeem(&place, code, attempt.verifier).await?;
        let refuse = |refusal: Refusal| self.refuse(refusal.as_str());
        let said = Unproven::read(&jwt).map_err(refuse)?;
        if said.issuer != self.settings.issuer.as_str() {
            return Err(refuse(Refusal::Issuer));
        }
        let key = self.issuer.key(&said.key_id).await.map_err(|_| SignOnError::Away)?;
        let key = key.ok_or_else(|| refuse(Refusal::NoKey))?;
        let now = self.clock.now();
        let proven = Proven::prove(&jwt, &key, &self.issuer.settings, now).map_err(refuse)?;
        let said = |claim: &str| proven.claims.get(claim).and_then(Value::as_str);
        if said("nonce") != Some(attempt.nonce) {
            return Err(self.refuse("nonce"));
        }
        if proven.claims.contains_key("azp") && said("azp") != Some(&self.settings.client_id) {
            return Err(refuse(Refusal::Audience));
        }
        let name = believed(&proven.claims, &self.settings.name_claim);
        let name = name.and_then(Value::as_str).filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| self.refuse("no-name"))?;
        let subject = said("sub").filter(|sub| !sub.is_empty());
        let name = called(self.host(), name, subject.ok_or_else(|| self.refuse("no-subject"))?);
        let rule = self.settings.rules.iter().find(|rule| rule.matches(&proven.claims));
        let Some(SignOnRule { team, role, .. }) = rule else {
            tracing::info!(person = name, "a person is not among those who may sign on");
            return Err(SignOnError::Unmapped);
        };
        Ok(Person { name, team: team.clone(), role: *role })
    }

    /// Whether somebody of this issuer could be given this role of this team by the rules as they are
    /// now. Which of them names the person only the issuer knows.
    #[must_use]
    pub fn still_gives(&self, person: &Person) -> bool {
        let is_known_here = person.name.split(' ').next() == Some(self.host());
        let mut rules = self.settings.rules.iter();
        is_known_here && rules.any(|it| it.team == person.team && it.role == person.role)
    }

    /// The identity token for a code.
    async fn redeem(&self, place: &Url, code: &str, verifier: &str) -> Result<String, SignOnError> {
        #[derive(Deserialize)]
        struct Redeemed {
            id_token: String,
        }
        let SignOnSettings { client_id, client_secret, redirect, .. } = &self.settings;
        let proof = client_secret.as_ref().and_then(|secret| basic(client_id, secret));
        // Whoever has no secret says who it is.
        let public = proof.is_none().then_some(("client_id", client_id.as_str()));
        let pairs = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect.as_str()),
            ("code_verifier", verifier),
        ];
        let form = Serializer::new(String::new()).extend_pairs(pairs).extend_pairs(public).finish();
        let asked = async {
            let mut answer = self.http.post_form(place, form, proof).await?;
            let mut body = BytesMut::new();
            while let Some(chunk) = answer.body.next().await {
                body.extend_from_slice(&chunk?);
            }
            Ok::<_, UpstreamError>((answer.status, body))
        };
        let asked = tokio::time::timeout(PATIENCE, asked).await;
        let (status, body) = match asked {
            Ok(Ok(answered)) => answered,
            Ok(Err(error)) => return Err(self.away(&error.to_string())),
            Err(_) => return Err(self.away("it took too long")),
        };
        match status {
            StatusCode::OK => {
                let redeemed: Result<Redeemed, _> = serde_json::from_slice(&body);
                redeemed.map(|it| it.id_token).map_err(|_| self.refuse("no-identity-token"))
            }
            // Spent, another's, or too old (RFC 6749, 5.2).
            StatusCode::BAD_REQUEST => Err(self.refuse("code")),
            other => Err(self.away(&format!("it answered {}", other.as_u16()))),
        }
    }

    async fn endpoints(&self) -> Result<Endpoints, SignOnError> {
        let ask = Endpoints::ask(&self.http, &self.settings);
        self.known.get(&*self.clock, ask).await.map_err(|why| self.away(&why))
    }

    fn refuse(&self, reason: &str) -> SignOnError {
        tracing::info!(issuer = self.host(), reason, "a sign-on is refused");
        SignOnError::Refused
    }

    fn away(&self, why: &str) -> SignOnError {
        tracing::warn!(issuer = self.host(), why, "nobody can be signed on");
        SignOnError::Away
    }
}

/// What the record calls a person: by what people know them by, and by what the issuer never gives to
/// anybody else.
fn called(host: &str, name: &str, subject: &str) -> String {
    if name == subject {
        return principal(host, subject);
    }
    let name: String = name.chars().take(LONGEST_NAME).collect();
    let whole = principal(host, &name);
    let subject = principal("", subject);
    format!("{whole} ({})", subject.trim_start())
}

/// RFC 6749, 2.3.1.
fn basic(client_id: &str, secret: &Secret) -> Option<HeaderValue> {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encoded(client_id), encoded(secret.reveal()));
    let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(pair))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::called;

    #[test]
    fn a_name_that_people_can_change_stands_beside_what_they_are_told_apart_by() {
        assert_eq!(called("id.example", "7", "7"), "id.example 7");
        assert_eq!(called("id.example", "ann lee", "7"), "id.example ann_lee (7)");
        assert_eq!(called("id.example", "bob (7)", "8"), "id.example bob_(7) (8)");
        let long = called("id.example", &"x".repeat(9_999), "7");
        assert!(long.ends_with("x (7)") && long.len() < 100, "{long}");
    }
}

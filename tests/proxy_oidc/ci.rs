//! A proxy that exchanges the identity tokens of one issuer.

use std::time::Duration;

use depaudit_model::{Clock, TokenScope};
use depaudit_proxy::oidc::{IssuerSettings, IssuerUrl, Mapping};
use depaudit_proxy::settings::{Authentication, Settings};
use depaudit_testkit::{CrateFile, FakeIssuer, FakeUpstream, IssuerKey};
use serde_json::{Value, json};

use crate::support::{Answer, Service};

pub(crate) const AUDIENCE: &str = "https://depaudit.example";
pub(crate) const SUBJECT: &str = "repo:acme/shop:ref:refs/heads/main";
pub(crate) const PATH: &str = "/api/v1/oidc/token";

pub(crate) struct Ci {
    pub(crate) service: Service,
    pub(crate) issuer: FakeIssuer,
    /// What the issuer signs with, under the name `first`.
    pub(crate) key: IssuerKey,
    pub(crate) upstream: FakeUpstream,
}

impl Ci {
    /// An issuer with one key for ES256; the team `payments` is mapped to one repository's main branch.
    pub(crate) async fn start() -> Self {
        Self::with(IssuerKey::es256("first"), |_| {}).await
    }

    pub(crate) async fn with(key: IssuerKey, bend: impl FnOnce(&mut IssuerSettings)) -> Self {
        let upstream = FakeUpstream::start();
        upstream.publish(CrateFile::new("foo", "1.0.0"));
        let issuer = FakeIssuer::start(&[&key]);
        let settings = settings(&issuer, bend);
        let service = Service::with(&upstream, settings).await;
        Self { service, issuer, key, upstream }
    }

    /// Stops the proxy, and starts another one on the same data.
    pub(crate) async fn restart(self) -> Self {
        let Self { service, issuer, key, upstream } = self;
        let settings = settings(&issuer, |_| {});
        let service = service.stop().await.restart_with(&upstream, settings).await;
        Self { service, issuer, key, upstream }
    }

    /// What the issuer says of a job that begins now, once for each `jti`.
    pub(crate) fn claims(&self, jti: &str) -> Value {
        let now = self.service.clock.now().as_millis() / 1_000;
        json!({
            "iss": self.issuer.url(), "aud": AUDIENCE, "sub": SUBJECT, "jti": jti,
            "iat": now, "nbf": now, "exp": now + 300,
            "repository": "acme/shop", "repository_id": "74", "ref": "refs/heads/main",
        })
    }

    /// The same with one claim set, or taken away.
    pub(crate) fn claims_but(&self, name: &str, value: Option<Value>) -> Value {
        let mut claims = self.claims("but");
        match value {
            Some(value) => claims[name] = value,
            None => drop(claims.as_object_mut().unwrap().remove(name)),
        }
        claims
    }

    pub(crate) async fn exchange(&self, jwt: &str) -> Answer {
        let request = self.service.raw(reqwest::Method::POST, PATH);
        Answer::of(request.header("authorization", format!("Bearer {jwt}"))).await
    }

    /// A job's token, had as it should be.
    pub(crate) async fn token(&self, jti: &str) -> String {
        let answer = self.exchange(&self.key.sign(&self.claims(jti))).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        json(&answer)["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> u16 {
        Answer::of(self.service.request(path).header("authorization", token)).await.status
    }
}

pub(crate) fn json(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

fn settings(
    issuer: &FakeIssuer,
    bend: impl FnOnce(&mut IssuerSettings),
) -> impl FnOnce(&mut Settings) {
    let url: IssuerUrl = issuer.url().parse().unwrap();
    let mapping = |scope, branch: &str| {
        let claims = [("repository_id".to_owned(), vec!["74".parse().unwrap()])];
        let branches = Some(vec![branch.parse().unwrap()]);
        Mapping::new(&url, "payments".parse().unwrap(), scope, claims.into(), branches).unwrap()
    };
    let mappings = vec![
        mapping(TokenScope::Read, "refs/heads/main"),
        mapping(TokenScope::Report, "refs/heads/*"),
    ];
    let mut ours = IssuerSettings::new(url.clone(), AUDIENCE.to_owned(), mappings);
    ours.lifetime = Duration::from_secs(900);
    bend(&mut ours);
    move |settings: &mut Settings| {
        settings.authentication = Authentication::Required;
        settings.issuers = vec![ours];
    }
}

//! An issuer of identity tokens, as CI systems run them.

mod key;
mod rsa;

use serde_json::{Value, json};

use crate::{Answer, FakeUpstream};

pub use key::IssuerKey;

/// An OpenID Connect issuer on a port of 127.0.0.1: a discovery document and a key set, served by a
/// [`FakeUpstream`], so that every fault of one can be had here.
#[derive(Debug)]
pub struct FakeIssuer {
    /// What serves its documents.
    pub http: FakeUpstream,
}

impl FakeIssuer {
    /// The path of its discovery document.
    pub const DISCOVERY: &str = "/.well-known/openid-configuration";
    /// The path of its key set.
    pub const KEYS: &str = "/keys";

    /// Starts an issuer with these keys.
    #[must_use]
    pub fn start(keys: &[&IssuerKey]) -> Self {
        let issuer = Self { http: FakeUpstream::start() };
        issuer.describe(&issuer.url(), &format!("{}{}", issuer.url(), Self::KEYS));
        issuer.publish(keys);
        issuer
    }

    /// Its name and address, as its tokens have it in `iss`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.http.address())
    }

    /// Serves these keys, and no others any more.
    pub fn publish(&self, keys: &[&IssuerKey]) {
        let keys: Vec<Value> = keys.iter().map(|key| key.jwk()).collect();
        self.answer(Self::KEYS, &json!({ "keys": keys }));
    }

    /// Serves a discovery document that says this.
    pub fn describe(&self, issuer: &str, keys: &str) {
        self.answer(Self::DISCOVERY, &json!({ "issuer": issuer, "jwks_uri": keys }));
    }

    /// How often its keys were asked for.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.http.count(Self::KEYS)
    }

    fn answer(&self, path: &str, body: &Value) {
        let answer = Answer::new(200).header("content-type", "application/json");
        self.http.serve_at(path, answer.body(body.to_string()));
    }
}

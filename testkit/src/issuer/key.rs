use std::sync::{Arc, LazyLock};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

use super::rsa::RsaKey;

/// Made once in a process: looking for primes takes a while.
static RSA_2048: LazyLock<Arc<RsaKey>> = LazyLock::new(|| Arc::new(RsaKey::generate(2_048)));

/// A key that an issuer signs with, made when the test runs.
#[derive(Debug, Clone)]
pub struct IssuerKey {
    id: String,
    pair: Pair,
}

#[derive(Debug, Clone)]
enum Pair {
    Rsa(Arc<RsaKey>),
    P256(Arc<EcdsaKeyPair>),
}

impl IssuerKey {
    /// A new key for ES256.
    ///
    /// # Panics
    /// When the system gives no randomness.
    #[must_use]
    pub fn es256(id: &str) -> Self {
        let (random, kind) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
        let document = EcdsaKeyPair::generate_pkcs8(kind, &random).expect("a key");
        let pair = EcdsaKeyPair::from_pkcs8(kind, document.as_ref(), &random).expect("a key");
        Self { id: id.to_owned(), pair: Pair::P256(Arc::new(pair)) }
    }

    /// A key for RS256 with 2,048 bits; the same one in the whole process.
    #[must_use]
    pub fn rs256(id: &str) -> Self {
        Self { id: id.to_owned(), pair: Pair::Rsa(Arc::clone(&RSA_2048)) }
    }

    /// A new key for RS256 that nobody should trust: 1,024 bits.
    #[must_use]
    pub fn weak_rs256(id: &str) -> Self {
        Self { id: id.to_owned(), pair: Pair::Rsa(Arc::new(RsaKey::generate(1_024))) }
    }

    /// The public half, as a JSON Web Key.
    #[must_use]
    pub fn jwk(&self) -> Value {
        match &self.pair {
            Pair::Rsa(key) => json!({
                "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.id,
                "n": encode(&key.modulus()), "e": encode(&RsaKey::exponent()),
            }),
            Pair::P256(pair) => {
                // 4, and two numbers of 32 bytes (SEC 1, 2.3.3).
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({
                    "kty": "EC", "use": "sig", "alg": "ES256", "crv": "P-256", "kid": self.id,
                    "x": encode(x), "y": encode(y),
                })
            }
        }
    }

    /// A token with these claims, as an honest issuer signs it.
    #[must_use]
    pub fn sign(&self, claims: &Value) -> String {
        let algorithm = match self.pair {
            Pair::Rsa(_) => "RS256",
            Pair::P256(_) => "ES256",
        };
        self.sign_as(&json!({ "typ": "JWT", "alg": algorithm, "kid": self.id }), claims)
    }

    /// A token with any header, signed by this key in its own algorithm all the same.
    ///
    /// # Panics
    /// When the system gives no randomness.
    #[must_use]
    pub fn sign_as(&self, header: &Value, claims: &Value) -> String {
        let message = message(header, claims);
        let signature = match &self.pair {
            Pair::Rsa(key) => key.sign(message.as_bytes()),
            Pair::P256(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message.as_bytes());
                signature.expect("a signature").as_ref().to_vec()
            }
        };
        format!("{message}.{}", encode(&signature))
    }

    /// The oldest trick: a token with `alg: HS256`, and the public key as the shared secret. As which
    /// bytes a careless server would take it, the caller says.
    #[must_use]
    pub fn sign_hs256(&self, secret: &[u8], claims: &Value) -> String {
        let message = message(&json!({ "typ": "JWT", "alg": "HS256", "kid": self.id }), claims);
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret);
        let tag = ring::hmac::sign(&key, message.as_bytes());
        format!("{message}.{}", encode(tag.as_ref()))
    }

    /// The public half of an RSA key, as one number.
    ///
    /// # Panics
    /// When it is no RSA key.
    #[must_use]
    pub fn modulus(&self) -> Vec<u8> {
        let Pair::Rsa(key) = &self.pair else { panic!("{} is no RSA key", self.id) };
        key.modulus()
    }
}

fn message(header: &Value, claims: &Value) -> String {
    format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()))
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

use std::fmt;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations};
use jsonwebtoken::jwk::{CommonParameters, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind};
use serde::Deserialize;

/// No issuer has so many keys at once.
const MOST_KEYS: usize = 64;
/// The longest name of a key, in bytes.
const LONGEST_ID: usize = 256;
/// RSA keys below this many bits can be broken (NIST SP 800-131A).
const LEAST_RSA_BITS: usize = 2_048;

/// A key that an issuer signs with. What it verifies is fixed by the key: a token does not choose.
#[derive(Clone)]
pub(super) struct IssuerKey {
    pub(super) id: String,
    pub(super) algorithm: Algorithm,
    pub(super) key: DecodingKey,
}

impl fmt::Debug for IssuerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuerKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The keys of an issuer that can be used here: RS256 from 2,048 bits on, and ES256.
#[derive(Debug)]
pub(super) struct KeySet(Vec<IssuerKey>);

/// Why an issuer's keys are unusable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum KeySetError {
    #[error("its keys are no JSON Web Key Set")]
    NotASet,
    #[error("it has more than {MOST_KEYS} keys")]
    TooMany,
    #[error("none of its keys is for RS256, with 2048 bits or more, or for ES256")]
    NoneUsable,
}

impl KeySet {
    /// Reads a JSON Web Key Set (RFC 7517). Keys for something else are left out.
    pub(super) fn parse(body: &[u8]) -> Result<Self, KeySetError> {
        #[derive(Deserialize)]
        struct Written {
            keys: Vec<serde_json::Value>,
        }
        let Written { keys } = serde_json::from_slice(body).map_err(|_| KeySetError::NotASet)?;
        if keys.len() > MOST_KEYS {
            return Err(KeySetError::TooMany);
        }
        let usable: Vec<_> = keys.into_iter().filter_map(usable).collect();
        if usable.is_empty() { Err(KeySetError::NoneUsable) } else { Ok(Self(usable)) }
    }

    pub(super) fn get(&self, id: &str) -> Option<&IssuerKey> {
        self.0.iter().find(|key| key.id == id)
    }
}

fn usable(written: serde_json::Value) -> Option<IssuerKey> {
    let jwk: Jwk = serde_json::from_value(written).ok()?;
    let algorithm = algorithm(&jwk)?;
    let key = DecodingKey::from_jwk(&jwk).ok()?;
    if let DecodingKeyKind::RsaModulusExponent { n, .. } = key.kind()
        && bits(n) < LEAST_RSA_BITS
    {
        return None;
    }
    let id = jwk.common.key_id.filter(|id| (1..=LONGEST_ID).contains(&id.len()))?;
    Some(IssuerKey { id, algorithm, key })
}

fn algorithm(jwk: &Jwk) -> Option<Algorithm> {
    let CommonParameters { public_key_use, key_operations, key_algorithm, .. } = &jwk.common;
    let verifies =
        key_operations.as_ref().is_none_or(|listed| listed.contains(&KeyOperations::Verify));
    let signs = public_key_use.as_ref().is_none_or(|purpose| *purpose == PublicKeyUse::Signature);
    let (algorithm, name) = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
        AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        _ => return None,
    };
    let named = key_algorithm.is_none_or(|said| said == name);
    (verifies && signs && named).then_some(algorithm)
}

/// The length of a big-endian number.
fn bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let first = number.get(zeros).map_or(0, |byte| byte.leading_zeros() as usize);
    (number.len() - zeros) * 8 - first
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn rsa(bytes: usize, more: &Value) -> Value {
        // `_` is 63, so the first bit is set.
        let mut key =
            json!({ "kty": "RSA", "kid": "a", "e": "AQAB", "n": "_".repeat(bytes * 4 / 3) });
        key.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        key
    }

    fn parse(keys: &Value) -> Result<usize, KeySetError> {
        KeySet::parse(json!({ "keys": keys }).to_string().as_bytes()).map(|set| set.0.len())
    }

    #[test]
    fn bad_input_47_weak_keys_and_keys_for_something_else_are_left_out() {
        let good = rsa(258, &json!({ "use": "sig", "alg": "RS256", "key_ops": ["verify"] }));
        assert_eq!(parse(&json!([good])), Ok(1));
        for other in [
            rsa(255, &json!({})),
            rsa(258, &json!({ "use": "enc" })),
            rsa(258, &json!({ "alg": "HS256" })),
            rsa(258, &json!({ "alg": "PS256" })),
            rsa(258, &json!({ "key_ops": ["encrypt"] })),
            rsa(258, &json!({ "kid": null })),
            rsa(258, &json!({ "kid": "" })),
            rsa(258, &json!({ "n": "!" })),
            json!({ "kty": "oct", "kid": "a", "k": "AAAA" }),
            json!({ "kty": "EC", "crv": "P-384", "kid": "a", "x": "AA", "y": "AA" }),
            json!(7),
        ] {
            assert_eq!(parse(&json!([other])), Err(KeySetError::NoneUsable), "{other}");
            assert_eq!(parse(&json!([other, good])), Ok(1), "{other} spoils nothing");
        }
        assert_eq!(parse(&json!(vec![good; 65])), Err(KeySetError::TooMany));
        for no_set in ["", "[]", "{}", "{\"keys\":{}}", "<html>"] {
            assert_eq!(KeySet::parse(no_set.as_bytes()).unwrap_err(), KeySetError::NotASet);
        }
    }

    #[test]
    fn the_bits_of_a_number_are_counted_without_leading_zeros() {
        assert_eq!((bits(&[]), bits(&[0, 0]), bits(&[0, 1]), bits(&[0x80, 0])), (0, 0, 1, 16));
    }
}

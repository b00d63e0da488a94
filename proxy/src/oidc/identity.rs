use std::time::Duration;

use depaudit_model::{Checksum, Timestamp};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::key_set::IssuerKey;
use super::refusal::Refusal;
use super::settings::IssuerSettings;

/// The longest identity token that is looked at, in bytes; those of CI systems have about 2,000.
pub(super) const LONGEST_JWT: usize = 8 << 10;

/// By how much the clocks of issuers may differ from this one.
const SKEW: Duration = Duration::from_secs(60);
/// The oldest identity token that is taken, whatever its own end is: it was made for the job's start.
const OLDEST: Duration = Duration::from_secs(3_600);
/// The longest `jti` and `sub`, in bytes.
const LONGEST_WORD: usize = 1_024;

/// What a token says before anything of it is proven: whose it claims to be.
#[derive(Debug)]
pub(super) struct Unproven {
    pub(super) issuer: String,
    pub(super) key_id: String,
}

/// Who a job is, as its issuer vouches.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) subject: String,
    /// Everything that is said of it.
    pub(super) claims: Map<String, Value>,
    /// Names the token it was read from: a digest over the issuer and the token's `jti`.
    pub(super) digest: Checksum,
    /// From when on that token is refused for its age.
    pub(super) ends: Timestamp,
}

impl Unproven {
    /// Looks at a token, to know which key it asks to be proven by.
    pub(super) fn read(jwt: &str) -> Result<Self, Refusal> {
        #[derive(Deserialize)]
        struct Issued {
            iss: String,
        }
        if jwt.len() > LONGEST_JWT {
            return Err(Refusal::Malformed);
        }
        let header = decode_header(jwt).map_err(|_| Refusal::Malformed)?;
        // Extensions that have to be understood (RFC 7515, 4.1.11); none is.
        if header.crit.is_some() {
            return Err(Refusal::Malformed);
        }
        let key_id = header.kid.ok_or(Refusal::NoKey)?;
        let Issued { iss } =
            jsonwebtoken::dangerous::insecure_decode_claims(jwt).map_err(|_| Refusal::Malformed)?;
        Ok(Self { issuer: iss, key_id })
    }
}

/// What an issuer vouches for.
#[derive(Debug)]
pub(super) struct Proven {
    pub(super) claims: Map<String, Value>,
    /// From when on the token is refused for its age.
    ends: Timestamp,
}

impl Proven {
    /// Proves a token by a key of its issuer.
    pub(super) fn prove(
        jwt: &str,
        key: &IssuerKey,
        settings: &IssuerSettings,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        // The key's algorithm, and no other: the token's header is compared with it.
        let mut validation = Validation::new(key.algorithm);
        validation.set_audience(&[&settings.audience]);
        validation.set_issuer(&[settings.issuer.as_str()]);
        validation.set_required_spec_claims(&["aud", "exp", "iss", "sub"]);
        // Times are compared below, with the clock of this server.
        (validation.validate_exp, validation.validate_nbf) = (false, false);
        let proven = decode::<Map<String, Value>>(jwt, &key.key, &validation);
        let claims = proven.map_err(|error| refusal(error.kind()))?.claims;
        let issuer = settings.issuer.as_str();
        // The library takes lists as well; a token for several is one that others have seen.
        if claims.get("iss").and_then(Value::as_str) != Some(issuer) {
            return Err(Refusal::Issuer);
        }
        if claims.get("aud").and_then(Value::as_array).is_some_and(|listed| listed.len() != 1) {
            return Err(Refusal::Audience);
        }
        let ends = check_times(&claims, now)?;
        Ok(Self { claims, ends })
    }
}

impl Identity {
    /// Proves the token of a job by a key of its issuer.
    pub(super) fn prove(
        jwt: &str,
        key: &IssuerKey,
        settings: &IssuerSettings,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let Proven { claims, ends } = Proven::prove(jwt, key, settings, now)?;
        let word = |name| {
            let text = claims.get(name).and_then(Value::as_str)?;
            (1..=LONGEST_WORD).contains(&text.len()).then(|| text.to_owned())
        };
        let subject = word("sub").ok_or(Refusal::Malformed)?;
        let digest = digest(settings.issuer.as_str(), &word("jti").ok_or(Refusal::NoJti)?);
        Ok(Self { subject, claims, digest, ends })
    }
}

/// Gives the moment from which on the token is refused.
fn check_times(claims: &Map<String, Value>, now: Timestamp) -> Result<Timestamp, Refusal> {
    let moment = |name| claims.get(name).map(|value| numeric_date(value).ok_or(Refusal::Malformed));
    let expires = moment("exp").ok_or(Refusal::Malformed)??;
    let issued = moment("iat").ok_or(Refusal::Malformed)??;
    if now >= expires.plus(SKEW) {
        return Err(Refusal::Expired);
    }
    if let Some(not_before) = moment("nbf").transpose()?
        && now.plus(SKEW) < not_before
    {
        return Err(Refusal::NotYet);
    }
    if now.plus(SKEW) < issued {
        return Err(Refusal::FromTheFuture);
    }
    let too_old = issued.plus(OLDEST);
    if now >= too_old {
        return Err(Refusal::TooOld);
    }
    Ok(expires.plus(SKEW).min(too_old))
}

/// Seconds since 1970, perhaps with decimals (RFC 7519, section 2).
fn numeric_date(value: &Value) -> Option<Timestamp> {
    let seconds = value.as_f64().filter(|seconds| (0.0..=253_402_300_799.0).contains(seconds))?;
    Some(Timestamp::EPOCH.plus(Duration::from_secs_f64(seconds)))
}

/// Each part behind its length, so that no two pairs have one text.
fn digest(issuer: &str, jti: &str) -> Checksum {
    let mut hasher = Sha256::new();
    hasher.update(b"depaudit identity 1\0");
    for text in [issuer, jti] {
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text);
    }
    Checksum::from_bytes(hasher.finalize().into())
}

fn refusal(kind: &ErrorKind) -> Refusal {
    match kind {
        ErrorKind::InvalidSignature => Refusal::Signature,
        ErrorKind::InvalidAlgorithm | ErrorKind::UnsupportedAlgorithm => Refusal::Algorithm,
        ErrorKind::InvalidIssuer => Refusal::Issuer,
        ErrorKind::InvalidAudience => Refusal::Audience,
        _ => Refusal::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::json;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1_000)
    }

    fn check(claims: &Value, now: i64) -> Result<Timestamp, Refusal> {
        check_times(claims.as_object().unwrap(), at(now))
    }

    #[test]
    fn bad_input_47_a_token_counts_from_its_beginning_to_its_end_give_or_take_a_minute() {
        let claims = json!({ "iat": 10_000, "nbf": 10_100, "exp": 10_300.5 });
        for (now, expected) in [
            (9_939, Err(Refusal::NotYet)),
            (10_039, Err(Refusal::NotYet)),
            (10_040, Ok(())),
            (10_360, Ok(())),
            (10_361, Err(Refusal::Expired)),
        ] {
            assert_eq!(check(&claims, now).map(drop), expected, "{now}");
        }
        let long = json!({ "iat": 10_000, "exp": 90_000 });
        assert_eq!(check(&long, 9_939), Err(Refusal::FromTheFuture));
        assert_eq!(check(&long, 9_940), Ok(at(13_600)));
        assert_eq!(check(&long, 13_600), Err(Refusal::TooOld));
        for bad in [
            json!({ "exp": 10_300 }),
            json!({ "iat": 10_000 }),
            json!({ "iat": 10_000, "exp": "10300" }),
            json!({ "iat": -1, "exp": 10_300 }),
            json!({ "iat": 10_000, "exp": 1e300 }),
            json!({ "iat": 10_000, "exp": 10_300, "nbf": null }),
        ] {
            assert_eq!(check(&bad, 10_100), Err(Refusal::Malformed), "{bad}");
        }
    }

    #[test]
    fn two_identities_have_two_digests() {
        let all = [digest("a", "bc"), digest("ab", "c"), digest("a", "b"), digest("b", "a")];
        assert_eq!(HashSet::from(all).len(), 4);
    }
}

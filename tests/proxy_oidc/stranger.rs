//! Who should get nothing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use depaudit_model::event::EventKind;
use depaudit_testkit::IssuerKey;
use serde_json::{Value, json};

use crate::ci::{AUDIENCE, Ci, PATH};
use crate::support::Answer;

/// Every one gets the answer of somebody who brings nothing, and none is on record.
async fn refused(ci: &Ci, attempts: &[(&str, String)]) {
    let nothing = Answer::of(ci.service.raw(reqwest::Method::POST, PATH)).await;
    assert_eq!((nothing.status, nothing.header("www-authenticate")), (401, Some("Bearer")));
    for (what, jwt) in attempts {
        let answer = ci.exchange(jwt).await;
        assert_eq!(answer.status, 401, "{what}");
        assert_eq!(answer.body, nothing.body, "{what}: nobody learns which it was");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{what}");
    }
    assert!(ci.service.events_of(EventKind::TokenExchanged).await.is_empty());
    // What was refused is as good as new: one honest token later, all of this was not for want of a door.
    ci.token("honest").await;
}

#[tokio::test]
async fn bad_input_47_the_key_decides_the_algorithm_not_the_token() {
    let ci = Ci::with(IssuerKey::rs256("first"), |_| {}).await;
    let curve = IssuerKey::es256("second");
    ci.issuer.publish(&[&ci.key, &curve]);
    let claims = ci.claims("a");
    let header = |algorithm: &str, key: &str| json!({ "alg": algorithm, "kid": key });
    let unsigned = |algorithm: &str| {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.", part(&header(algorithm, "first")), part(&claims))
    };
    let key = ci.key.jwk().to_string();
    let attempts = [
        ("none", unsigned("none")),
        ("None", unsigned("None")),
        ("no signature", unsigned("RS256")),
        ("HS256 with the modulus", ci.key.sign_hs256(&ci.key.modulus(), &claims)),
        ("HS256 with the key as published", ci.key.sign_hs256(key.as_bytes(), &claims)),
        ("RS384", ci.key.sign_as(&header("RS384", "first"), &claims)),
        ("PS256", ci.key.sign_as(&header("PS256", "first"), &claims)),
        ("ES256 under an RSA key", ci.key.sign_as(&header("ES256", "first"), &claims)),
        ("RS256 under a curve's key", curve.sign_as(&header("RS256", "second"), &claims)),
        ("another key's name", ci.key.sign_as(&header("ES256", "second"), &claims)),
    ];
    refused(&ci, &attempts).await;
}

#[tokio::test]
async fn bad_input_47_a_token_that_is_another_servers_another_times_or_another_keys_opens_nothing()
{
    let ci = Ci::start().await;
    let now = ci.claims("now")["iat"].as_i64().unwrap();
    let but = |name: &str, value: Value| ci.key.sign(&ci.claims_but(name, Some(value)));
    let without = |name: &str| ci.key.sign(&ci.claims_but(name, None));
    let claims = ci.claims("a");
    let whole = ci.key.sign(&claims);
    let (head, signature) = whole.rsplit_once('.').unwrap();
    let header = head.split_once('.').unwrap().0;
    let other = URL_SAFE_NO_PAD.encode(ci.claims("b").to_string());
    let forged = IssuerKey::es256("first").sign(&claims);
    let crit = json!({ "alg": "ES256", "kid": "first", "crit": ["b64"], "b64": false });
    let old = json!({ "iat": now - 3_600, "exp": now + 3_600 });
    let mut too_old = ci.claims("old");
    too_old.as_object_mut().unwrap().extend(old.as_object().unwrap().clone());
    let attempts = [
        ("another audience", but("aud", json!("https://other.example"))),
        ("two audiences", but("aud", json!([AUDIENCE, "https://other.example"]))),
        ("no audience", without("aud")),
        ("another issuer", but("iss", json!("https://gitlab.example"))),
        ("a list of issuers", but("iss", json!([ci.issuer.url()]))),
        ("an issuer with a slash", but("iss", json!(format!("{}/", ci.issuer.url())))),
        ("no issuer", without("iss")),
        ("expired", but("exp", json!(now - 60))),
        ("no end", without("exp")),
        ("not yet valid", but("nbf", json!(now + 61))),
        ("issued in the future", but("iat", json!(now + 61))),
        ("too old", ci.key.sign(&too_old)),
        ("no age", without("iat")),
        ("no jti", without("jti")),
        ("a jti that is no text", but("jti", json!(7))),
        ("no subject", without("sub")),
        ("a forged signature", forged),
        ("other claims under a signature", format!("{header}.{other}.{signature}")),
        ("no kid", ci.key.sign_as(&json!({ "alg": "ES256" }), &claims)),
        ("an unknown kid", IssuerKey::es256("unknown").sign(&claims)),
        ("what has to be understood", ci.key.sign_as(&crit, &claims)),
        ("a part more", format!("{whole}.x")),
        ("a part less", head.to_owned()),
        ("no token", "nonsense".to_owned()),
        ("9 KB", but("padding", json!("x".repeat(9_000)))),
        ("another repository", but("repository_id", json!("75"))),
        ("a repository that says no number", without("repository_id")),
        ("a pull request", but("ref", json!("refs/pull/1/merge"))),
        ("a second service's number", but("project_id", json!("74"))),
    ];
    refused(&ci, &attempts).await;
}

#[tokio::test]
async fn bad_input_47_a_key_that_can_be_broken_proves_nothing() {
    let ci = Ci::start().await;
    let weak = IssuerKey::weak_rs256("weak");
    ci.issuer.publish(&[&weak, &ci.key]);
    refused(&ci, &[("a key of 1,024 bits", weak.sign(&ci.claims("a")))]).await;
}

#[tokio::test]
async fn bad_input_47_a_token_is_exchanged_once_also_at_the_same_time_and_after_a_restart() {
    let ci = Ci::start().await;
    let jwt = ci.key.sign(&ci.claims("once"));
    let attempts = (0..20).map(|_| ci.exchange(&jwt));
    let answers = futures_util::future::join_all(attempts).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (200, &[401; 19][..]));
    assert_eq!(ci.service.events_of(EventKind::TokenExchanged).await.len(), 1);
    // Another signature over the same `jti` is the same token.
    assert_eq!(ci.exchange(&ci.key.sign(&ci.claims("once"))).await.status, 401);
    let ci = ci.restart().await;
    assert_eq!(ci.exchange(&jwt).await.status, 401);
    assert_eq!(ci.exchange(&ci.key.sign(&ci.claims("another"))).await.status, 200);
}

#[tokio::test]
async fn bad_input_49_a_body_has_bounds_and_a_door_has_one_way_in() {
    let ci = Ci::start().await;
    let post = || ci.service.raw(reqwest::Method::POST, PATH);
    let large = post().header("content-type", "application/json").body("x".repeat(17 << 10));
    assert_eq!(Answer::of(large).await.status, 413);
    let nested = "[".repeat(10_000);
    let nested = post().header("content-type", "application/json").body(nested);
    assert_eq!(Answer::of(nested).await.status, 401);
    let get = ci.service.raw(reqwest::Method::GET, PATH);
    assert_eq!(Answer::of(get).await.status, 405);
    let two =
        post().header("authorization", "Bearer a.b.c").header("authorization", "Bearer d.e.f");
    assert_eq!(Answer::of(two).await.status, 401);
}

//! Who should not be let in.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use depaudit_testkit::IssuerKey;
use serde_json::{Value, json};

use crate::issuer::Issuer;
use crate::site::{Site, begin, is_refused, path_of, sign_on};
use crate::visitor::Visitor;

#[tokio::test]
async fn bad_input_50_what_no_browser_here_began_is_refused_before_the_issuer_is_asked() {
    let issuer = Issuer::start().await;
    let site = Site::start(&issuer, &[]);
    let changed = |name: &'static str, value: Option<&'static str>| {
        move |back: &url::Url| {
            let mut url = back.clone();
            url.query_pairs_mut().clear();
            for (key, said) in back.query_pairs() {
                let said = if key == name { value.map(str::to_owned) } else { Some(said.into()) };
                url.query_pairs_mut().extend_pairs(said.map(|said| (&*key, said)));
            }
            path_of(&url)
        }
    };
    type Change = Box<dyn Fn(&url::Url) -> String>;
    let changes: [(&str, Change); 5] = [
        ("another state", Box::new(changed("state", Some("0")))),
        ("no state", Box::new(changed("state", None))),
        ("no code", Box::new(changed("code", None))),
        ("another issuer", Box::new(changed("iss", Some("https://evil.example")))),
        ("another page", Box::new(|back| path_of(back).replace("%2F", "%2Faudit"))),
    ];
    for (what, change) in changes {
        let (mut ann, location) = begin(&site, None).await;
        let answer = ann.get(&change(&issuer.agree(&location))).await;
        is_refused(&ann, &answer, what);
    }
    // The state of another browser: a link that somebody sends to log one in as themselves.
    let (_, location) = begin(&site, None).await;
    let back = path_of(&issuer.agree(&location));
    let (mut other, _) = begin(&site, None).await;
    let answer = other.get(&back).await;
    is_refused(&other, &answer, "another browser that has begun");
    let mut none = Visitor::new(&site.server);
    let answer = none.get(&back).await;
    is_refused(&none, &answer, "a browser that has begun nothing");
    assert_eq!(issuer.asked(), 0);
    // And none of it keeps anybody out: another site could make a browser send it.
    for _ in 0..20 {
        none.get(&back).await;
    }
    assert_eq!(sign_on(&site, &issuer).await.1.status, 303);
}

#[tokio::test]
async fn bad_input_50_what_came_back_once_opens_nothing_again() {
    let issuer = Issuer::start().await;
    // Even where the issuer takes a code twice.
    issuer.be_careless();
    let site = Site::start(&issuer, &[]);
    let (mut ann, location) = begin(&site, None).await;
    let mut kept = ann.clone();
    let back = path_of(&issuer.agree(&location));
    assert_eq!(ann.get(&back).await.status, 303);
    let mut left = ann.clone();
    left.cookies.remove("depaudit-session");
    let answer = left.get(&back).await;
    is_refused(&left, &answer, "the attempt's cookie is gone");
    let answer = kept.get(&back).await;
    is_refused(&kept, &answer, "whoever kept the cookie");
    assert_eq!(issuer.asked(), 1);
    // A code of another attempt: its issuer compares what proves who asked.
    let (mut one, location) = begin(&site, None).await;
    let (_, other) = begin(&site, None).await;
    let (own, stolen) = (issuer.agree(&location), issuer.agree(&other));
    let code = |url: &url::Url| url.query_pairs().find(|it| it.0 == "code").unwrap().1.into_owned();
    let mixed = path_of(&own).replace(&code(&own), &code(&stolen));
    let answer = one.get(&mixed).await;
    is_refused(&one, &answer, "the code of another attempt");
    assert_eq!(issuer.asked(), 2);
}

#[tokio::test]
async fn bad_input_47_what_the_issuer_says_is_proven_and_is_about_this_attempt() {
    let issuer = Issuer::start().await;
    let set = |name: &'static str, value: Value| {
        move |claims: &mut Value| match &value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    };
    let cases = [
        ("nonce", json!("0")),
        ("nonce", Value::Null),
        ("nonce", json!(["0"])),
        ("aud", json!("somebody else")),
        ("aud", json!([crate::issuer::CLIENT, "somebody else"])),
        ("aud", Value::Null),
        ("azp", json!("somebody else")),
        ("azp", json!(7)),
        ("iss", json!("https://evil.example")),
        ("iss", Value::Null),
        ("exp", json!(1_000_000_000)),
        ("exp", Value::Null),
        ("iat", json!(1_000_000_000)),
        ("nbf", json!(99_000_000_000_u64)),
        ("sub", Value::Null),
        ("sub", json!("")),
    ];
    // No more than one server takes in a minute.
    for some in cases.chunks(8) {
        let site = Site::start(&issuer, &[]);
        for (name, value) in some {
            issuer.bend(set(name, value.clone()));
            let (ann, answer) = sign_on(&site, &issuer).await;
            is_refused(&ann, &answer, &format!("{name} = {value}"));
        }
        issuer.mend();
        assert_eq!(sign_on(&site, &issuer).await.1.status, 303);
    }
}

#[tokio::test]
async fn bad_input_47_nobody_signs_for_the_issuer() {
    let issuer = Issuer::start().await;
    let site = Site::start(&issuer, &[]);
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let unsigned = move |algorithm: &'static str| {
        move |_: &IssuerKey, claims: &Value| {
            format!("{}.{}.", part(&json!({ "alg": algorithm, "kid": "first" })), part(claims))
        }
    };
    let refused = async |what: &str| {
        let (ann, answer) = sign_on(&site, &issuer).await;
        is_refused(&ann, &answer, what);
    };
    issuer.sign(unsigned("none"));
    refused("none").await;
    issuer.sign(unsigned("ES256"));
    refused("no signature").await;
    let theirs = IssuerKey::es256("first");
    issuer.sign(move |_, claims| theirs.sign(claims));
    refused("another's key of the same name").await;
    issuer.sign(|key, claims| key.sign_hs256(key.jwk().to_string().as_bytes(), claims));
    refused("HS256 with what is public").await;
    issuer.sign(|_, _| "a.b.c".to_owned());
    refused("no token").await;
    issuer.mend();
    assert_eq!(sign_on(&site, &issuer).await.1.status, 303);
}

#[tokio::test]
async fn a_person_whom_no_rule_names_is_told_so_and_sees_nothing() {
    let issuer = Issuer::start().await;
    issuer.groups(&["pa", "payments"]);
    let site = Site::start(&issuer, &[]);
    let (mut ann, answer) = sign_on(&site, &issuer).await;
    assert_eq!(answer.status, 403);
    assert!(answer.text.contains("may not see pages here"), "{}", answer.text);
    assert!(ann.cookies.is_empty());
    assert_eq!(ann.get("/").await.status, 303);
    assert!(!site.record().contains("login to the pages"));
    assert!(site.end().contains("is not among those who may sign on"));
}

#[tokio::test]
async fn whoever_is_refused_by_the_issuer_too_often_has_to_wait() {
    let issuer = Issuer::start().await;
    let site = Site::start(&issuer, &[]);
    issuer.break_with(400);
    for _ in 0..10 {
        assert_eq!(sign_on(&site, &issuer).await.1.status, 403);
    }
    assert_eq!(sign_on(&site, &issuer).await.1.status, 429);
    assert_eq!(issuer.asked(), 10);
}

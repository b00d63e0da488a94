//! Issuers in trouble, and issuers that change their keys.

use std::time::Duration;

use depaudit_testkit::{Answer as Page, FakeIssuer, Fault, IssuerKey};

use crate::ci::Ci;

/// The issuer is left alone for so long when it failed.
const LEFT_ALONE: Duration = Duration::from_secs(5);
const MINUTE: Duration = Duration::from_secs(60);

async fn status(ci: &Ci, key: &IssuerKey, jti: &str) -> u16 {
    let answer = ci.exchange(&key.sign(&ci.claims(jti))).await;
    if answer.status == 503 {
        assert!(answer.header("retry-after").is_some());
        assert!(!answer.text().contains("http"), "no address: {}", answer.text());
    }
    answer.status
}

#[tokio::test]
async fn an_issuer_that_is_away_is_an_outage_and_never_a_refusal() {
    let ci = Ci::start().await;
    ci.issuer.http.stop();
    assert_eq!(status(&ci, &ci.key, "a").await, 503);
    ci.issuer.http.restart();
    assert_eq!(status(&ci, &ci.key, "a").await, 503, "it is left alone for a moment");
    ci.service.clock.advance(LEFT_ALONE);
    assert_eq!(status(&ci, &ci.key, "a").await, 200, "the same token: an outage spends nothing");
    // Its keys are known now.
    ci.issuer.http.stop();
    assert_eq!(status(&ci, &ci.key, "b").await, 200);
}

#[tokio::test]
async fn an_issuer_that_misbehaves_costs_little_and_is_an_outage() {
    let patience = |settings: &mut depaudit_proxy::oidc::IssuerSettings| {
        settings.patience = Duration::from_millis(500);
    };
    let ci = Ci::with(IssuerKey::es256("first"), patience).await;
    let elsewhere = FakeIssuer::start(&[&ci.key]);
    let drip = Fault::Drip { bytes: 1, every: Duration::from_millis(100) };
    let faults: [(&str, Fault); 8] = [
        ("slow", drip),
        ("endless", Fault::EndlessBody),
        ("a bomb", Fault::GzipBomb(1 << 30)),
        ("a redirect", Fault::Redirect(format!("{}{}", elsewhere.url(), FakeIssuer::KEYS))),
        ("a page", Fault::html().into()),
        ("gone", Fault::status(404).into()),
        ("broken", Fault::status(500).into()),
        ("no keys", Page::new(200).body("{\"keys\":[]}").into()),
    ];
    for (what, fault) in faults {
        for path in [FakeIssuer::DISCOVERY, FakeIssuer::KEYS] {
            ci.issuer.http.on(path).then(fault.clone());
            assert_eq!(status(&ci, &ci.key, "a").await, 503, "{what} {path}");
            ci.issuer.http.heal();
            ci.service.clock.advance(LEFT_ALONE);
        }
    }
    assert_eq!(elsewhere.http.requests().len(), 0, "no redirect is followed");
    assert_eq!(status(&ci, &ci.key, "a").await, 200);
}

#[tokio::test]
async fn keys_come_from_the_issuers_own_origin_or_from_where_they_are_configured() {
    let ci = Ci::start().await;
    let theirs = IssuerKey::es256("first");
    let elsewhere = FakeIssuer::start(&[&theirs]);
    ci.issuer.describe(&ci.issuer.url(), &format!("{}{}", elsewhere.url(), FakeIssuer::KEYS));
    assert_eq!(status(&ci, &theirs, "a").await, 503);
    assert_eq!(elsewhere.asked(), 0);
    ci.service.clock.advance(LEFT_ALONE);
    ci.issuer.describe(&elsewhere.url(), &format!("{}{}", ci.issuer.url(), FakeIssuer::KEYS));
    assert_eq!(status(&ci, &ci.key, "a").await, 503, "another issuer's document");

    let place = format!("{}{}", elsewhere.url(), FakeIssuer::KEYS).parse().unwrap();
    let ci = Ci::with(IssuerKey::es256("first"), |settings| settings.jwks = Some(place)).await;
    assert_eq!(status(&ci, &theirs, "a").await, 200);
    assert_eq!((elsewhere.asked(), ci.issuer.http.requests().len()), (1, 0));
}

#[tokio::test]
async fn a_new_key_is_asked_for_at_most_once_a_minute() {
    let ci = Ci::start().await;
    assert_eq!(status(&ci, &ci.key, "a").await, 200);
    let next = IssuerKey::es256("next");
    ci.issuer.publish(&[&ci.key, &next]);
    for turn in 0..20 {
        let unknown = IssuerKey::es256(&format!("unknown-{turn}"));
        assert_eq!(status(&ci, &unknown, "b").await, 401);
    }
    assert_eq!(status(&ci, &next, "b").await, 401);
    assert_eq!(ci.issuer.asked(), 1);
    ci.service.clock.advance(MINUTE);
    let at_once = (0..20).map(|turn| {
        let (ci, next) = (&ci, &next);
        async move { status(ci, next, &format!("c{turn}")).await }
    });
    assert_eq!(futures_util::future::join_all(at_once).await, [200; 20]);
    assert_eq!(ci.issuer.asked(), 2, "many ask, one fetch");
    // Not known, and it cannot be asked: that is no refusal.
    ci.service.clock.advance(MINUTE);
    ci.issuer.http.stop();
    assert_eq!(status(&ci, &IssuerKey::es256("unknown"), "d").await, 503);
    assert_eq!(status(&ci, &next, "d").await, 200);
}

#[tokio::test]
async fn a_key_that_was_withdrawn_is_believed_for_an_hour_at_most() {
    let ci = Ci::start().await;
    assert_eq!(status(&ci, &ci.key, "a").await, 200);
    ci.issuer.publish(&[&IssuerKey::es256("next")]);
    ci.service.clock.advance(59 * MINUTE);
    assert_eq!(status(&ci, &ci.key, "b").await, 200);
    ci.service.clock.advance(MINUTE);
    assert_eq!(status(&ci, &ci.key, "c").await, 401);
}

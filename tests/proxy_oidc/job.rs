//! What a job gets.

use std::time::Duration;

use depaudit_model::Clock;
use depaudit_model::event::EventKind;
use depaudit_store::MetaStore;
use depaudit_store::sqlite::SqliteMetaStore;
use depaudit_testkit::{CargoProject, FakeUpstream, IssuerKey};
use serde_json::json;

use crate::ci::{Ci, PATH, SUBJECT, json};
use crate::support::{Answer, Service};

const ENTRY: &str = "index/3/f/foo";
const CRATE: &str = "crates/foo/1.0.0/download";

#[tokio::test]
async fn a_job_proves_itself_and_stands_on_record_with_all_that_it_does() {
    for key in [IssuerKey::es256("first"), IssuerKey::rs256("first")] {
        let ci = Ci::with(key, |_| {}).await;
        let answer = ci.exchange(&ci.key.sign(&ci.claims("a"))).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let told = json(&answer);
        assert_eq!((&told["expires_in"], &told["token_type"]), (&json!(900), &json!("Bearer")));
        assert_eq!((&told["team"], &told["scope"]), (&json!("payments"), &json!("read")));
        let token = told["access_token"].as_str().unwrap();
        assert_eq!(ci.get(ENTRY, token).await, 200);
        assert_eq!(ci.get(CRATE, token).await, 200);

        let exchanged = &ci.service.events_of(EventKind::TokenExchanged).await[0].event;
        assert_eq!(exchanged.principal.as_deref(), Some(format!("127.0.0.1 {SUBJECT}").as_str()));
        assert_eq!(exchanged.team.as_ref().unwrap().as_str(), "payments");
        assert!(exchanged.client.is_some() && exchanged.request_id.is_some());
        let detail = exchanged.detail.as_deref().unwrap();
        assert!(
            detail.contains(&format!(" {SUBJECT}, scope read, for 900 s, known by ")),
            "{detail}"
        );
        let decided = &ci.service.events_of(EventKind::DownloadDecided).await[0].event;
        let principal = decided.principal.as_deref().unwrap();
        assert!(principal.ends_with(&format!(" {SUBJECT}")), "{principal}");

        ci.service.clock.advance(Duration::from_secs(899));
        assert_eq!(ci.get(ENTRY, token).await, 200);
        ci.service.clock.advance(Duration::from_secs(1));
        assert_eq!(ci.get(ENTRY, token).await, 401, "its time is over");
    }
}

#[tokio::test]
async fn the_first_mapping_that_matches_gives_the_scope() {
    let ci = Ci::start().await;
    let claims = ci.claims_but("ref", Some(json!("refs/heads/try")));
    let answer = json(&ci.exchange(&ci.key.sign(&claims)).await);
    assert_eq!(answer["scope"], "report");
    let token = answer["access_token"].as_str().unwrap();
    assert_eq!(ci.get(ENTRY, token).await, 200, "whoever reports asks what has been published");
    assert_eq!(ci.get(CRATE, token).await, 403);
}

#[tokio::test]
async fn no_token_lives_longer_than_half_an_hour_whatever_is_configured() {
    let long = |settings: &mut depaudit_proxy::oidc::IssuerSettings| {
        settings.lifetime = Duration::from_secs(86_400);
    };
    let ci = Ci::with(IssuerKey::es256("first"), long).await;
    let answer = json(&ci.exchange(&ci.key.sign(&ci.claims("a"))).await);
    assert_eq!(answer["expires_in"], 1_800);
}

#[tokio::test]
async fn a_token_can_come_in_a_form_or_in_json_as_well() {
    let ci = Ci::start().await;
    let post = || ci.service.raw(reqwest::Method::POST, PATH);
    let jwt = ci.key.sign(&ci.claims("json"));
    let body = json!({ "subject_token": jwt, "grant_type": "token-exchange" }).to_string();
    let in_json = post().header("content-type", "application/json").body(body);
    assert_eq!(Answer::of(in_json).await.status, 200);
    let body = format!("grant_type=x&subject_token={}", ci.key.sign(&ci.claims("form")));
    let form = post().header("content-type", "application/x-www-form-urlencoded").body(body);
    assert_eq!(Answer::of(form).await.status, 200);
}

#[tokio::test]
async fn what_has_ended_is_forgotten_and_what_could_be_replayed_is_not() {
    let ci = Ci::start().await;
    ci.token("first").await;
    let store = SqliteMetaStore::open(ci.service.folder()).unwrap();
    ci.service.clock.advance(Duration::from_secs(899));
    ci.token("second").await;
    ci.service.proxy.tidy_up(false).await;
    assert_eq!(store.tokens().await.unwrap().len(), 2);
    ci.service.clock.advance(Duration::from_secs(61));
    ci.service.proxy.tidy_up(false).await;
    let left = store.tokens().await.unwrap();
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(left[0].is_valid(ci.service.clock.now()));
}

#[tokio::test]
async fn a_server_without_issuers_says_that_it_exchanges_nothing() {
    let upstream = FakeUpstream::start();
    let service = Service::before(&upstream).await;
    let answer = Answer::of(service.raw(reqwest::Method::POST, PATH)).await;
    assert_eq!(answer.status, 404);
    assert!(answer.text().contains("exchanges no identity tokens"), "{}", answer.text());
}

#[tokio::test]
async fn the_real_cargo_builds_with_an_exchanged_token() {
    let ci = Ci::start().await;
    let project = CargoProject::named("app")
        .dependency("foo", "1")
        .source_replacement(&ci.service.sparse_index())
        .create();
    let fetch = project
        .cargo(["fetch"])
        .env("CARGO_REGISTRY_GLOBAL_CREDENTIAL_PROVIDERS", "cargo:token")
        .env("CARGO_REGISTRIES_DEPAUDIT_TOKEN", &ci.token("job").await);
    fetch.run().await.expect_success();
    assert_eq!(ci.upstream.count(ci.upstream.download_path("foo", "1.0.0")), 1);
}

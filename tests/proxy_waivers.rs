//! Waivers at a running proxy: who may open its doors, until when, and what waits to be looked at.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

#[path = "support/policy.rs"]
mod policy;
mod support;

use std::time::Duration;

use depaudit_model::event::EventKind;
use depaudit_model::{AccessToken, Clock, TokenId, TokenScope};
use depaudit_proxy::settings::{Authentication, Settings};
use depaudit_store::sqlite::SqliteMetaStore;
use depaudit_store::{MetaStore, Token};
use depaudit_testkit::{CountingRandomness, CrateFile, FakeUpstream};
use policy::enforce;
use reqwest::Method;
use serde_json::{Value, json};
use support::{Answer, Service};

const CRATE: &str = "crates/foo/1.1.0/download";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A proxy that denies `foo`, and on which waivers need two persons.
struct House {
    service: Service,
    store: SqliteMetaStore,
    randomness: CountingRandomness,
    reader: AccessToken,
    upstream: FakeUpstream,
}

impl House {
    async fn start(policy: &str) -> Self {
        let upstream = FakeUpstream::start();
        upstream.publish(CrateFile::new("foo", "1.0.0"));
        upstream.publish(CrateFile::new("foo", "1.1.0"));
        let required = |settings: &mut Settings| {
            settings.authentication = Authentication::Required;
        };
        let service = Service::with(&upstream, required).await;
        let deny = "[[door.deny]]\npackage = 'foo'\nversion = '>=1.1'\nreason = 'it leaks'\n";
        enforce(&service, &format!("[door]\n{policy}\n{deny}"));
        let store = SqliteMetaStore::open(service.folder()).unwrap();
        let randomness = CountingRandomness::default();
        let reader = AccessToken::generate(&randomness);
        let house = Self { service, store, randomness, reader, upstream };
        let id = TokenId::generate(&house.randomness);
        house.keep(&house.reader, id, "payments", TokenScope::Read, None).await;
        house
    }

    async fn token(
        &self,
        team: &str,
        scope: TokenScope,
        before: Option<&TokenId>,
    ) -> (AccessToken, TokenId) {
        let text = AccessToken::generate(&self.randomness);
        let id = TokenId::generate(&self.randomness);
        self.keep(&text, id.clone(), team, scope, before).await;
        (text, id)
    }

    async fn keep(
        &self,
        text: &AccessToken,
        id: TokenId,
        team: &str,
        scope: TokenScope,
        before: Option<&TokenId>,
    ) {
        let token = Token {
            id,
            team: team.parse().unwrap(),
            scope,
            name: "someone".parse().unwrap(),
            created: self.service.clock.now(),
            expires: None,
            revoked: None,
            used: None,
            rotated_from: before.cloned(),
        };
        self.store.add_token(&token, &text.digest()).await.unwrap();
    }

    async fn admin(&self) -> AccessToken {
        self.token("payments", TokenScope::Admin, None).await.0
    }

    async fn api(&self, method: Method, path: &str, by: &AccessToken, body: &Value) -> Answer {
        let path = format!("/api/v1/t/payments/{path}");
        let request = self.service.raw(method, &path).header("authorization", by.expose());
        Answer::of(match body {
            Value::Null => request,
            body => request.body(body.to_string()),
        })
        .await
    }

    async fn propose(&self, by: &AccessToken, expires: &str) -> Answer {
        self.propose_for(by, "=1.1.0", expires).await
    }

    async fn propose_for(&self, by: &AccessToken, version: &str, expires: &str) -> Answer {
        let body = json!({
            "about": { "release": { "crate": "foo", "version": version } },
            "owner": "ann", "reason": "a release tonight", "expires": expires,
        });
        self.api(Method::POST, "waivers", by, &body).await
    }

    async fn download(&self) -> u16 {
        let request = self.service.request(CRATE).header("authorization", self.reader.expose());
        Answer::of(request).await.status
    }
}

fn id(answer: &Answer) -> String {
    let waiver: Value = serde_json::from_slice(&answer.body).unwrap();
    waiver["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn two_persons_open_a_door_until_a_day_and_not_after() {
    let house = House::start("two-person-waivers = true").await;
    let (ann, bob) = (house.admin().await, house.admin().await);
    assert_eq!(house.download().await, 403);
    let proposed = house.propose(&ann, "2026-03-04").await;
    assert_eq!(proposed.status, 201, "{}", proposed.text());
    assert_eq!(house.download().await, 403, "one person opens nothing");
    let grant = format!("waivers/{}/grant", id(&proposed));
    let alone = house.api(Method::POST, &grant, &ann, &Value::Null).await;
    assert_eq!(alone.status, 403);
    assert!(alone.text().contains("a second person"), "{}", alone.text());
    assert_eq!(house.download().await, 403);

    let granted = house.api(Method::POST, &grant, &bob, &Value::Null).await;
    assert_eq!(granted.status, 200, "{}", granted.text());
    assert_eq!(house.download().await, 200);
    house.service.clock.advance(2 * DAY);
    assert_eq!(house.download().await, 200, "the evening before");
    house.service.clock.advance(DAY);
    assert_eq!(house.download().await, 403, "the day itself");

    for kind in [EventKind::WaiverProposed, EventKind::WaiverGranted] {
        let events = house.service.events_of(kind).await;
        let event = &events[0].event;
        assert_eq!(events.len(), 1);
        assert_eq!(event.team.as_ref().unwrap().as_str(), "payments");
        assert!(event.principal.as_ref().unwrap().ends_with(" someone"));
        let detail = event.detail.as_ref().unwrap();
        let lifts = "lifts every rule but checksum and upstream-changed";
        assert!(detail.contains(&format!("foo =1.1.0, {lifts}, until 2026-03-04")), "{detail}");
    }
}

#[tokio::test]
async fn bad_input_45_what_the_record_could_not_tell_of_a_waiver_is_refused() {
    let house = House::start("").await;
    let ann = house.admin().await;
    let long: Vec<_> = (1..25).map(|part| format!(">=1.0.{part}-{}", "x".repeat(30))).collect();
    let refused = house.propose_for(&ann, &long.join(", "), "2026-03-04").await;
    let told = String::from_utf8_lossy(&refused.body).into_owned();
    assert_eq!(refused.status, 400, "{told}");
    assert!(told.contains("too long to be put on record"), "{told}");
}

#[tokio::test]
async fn a_rotated_token_makes_no_second_person() {
    let house = House::start("two-person-waivers = true").await;
    let (ann, first) = house.token("payments", TokenScope::Admin, None).await;
    let (again, _) = house.token("payments", TokenScope::Admin, Some(&first)).await;
    let proposed = house.propose(&ann, "2026-03-04").await;
    let grant = format!("waivers/{}/grant", id(&proposed));
    assert_eq!(house.api(Method::POST, &grant, &again, &Value::Null).await.status, 403);
    // Nor does a row that was written past the desk.
    let mut forged = house.store.waivers().await.unwrap().remove(0);
    forged.id = "0123456789".parse().unwrap();
    forged.granted = Some(forged.proposed.clone());
    house.store.add_waiver(&forged).await.unwrap();
    house.service.proxy.refresh_waivers().await.unwrap();
    assert_eq!(house.download().await, 403);
}

#[tokio::test]
async fn a_waiver_that_is_ended_opens_nothing_from_then_on() {
    let house = House::start("").await;
    let ann = house.admin().await;
    let proposed = house.propose(&ann, "2026-03-31").await;
    assert_eq!(house.download().await, 200, "one person is enough without the rule");
    // Another process, as the command line is, is noticed as well.
    let waiver = house.store.waivers().await.unwrap().remove(0);
    assert_eq!(waiver.granted, Some(waiver.proposed.clone()));
    let end = format!("waivers/{}/end", id(&proposed));
    let ended = house.api(Method::POST, &end, &ann, &json!({ "reason": "migrated" })).await;
    assert_eq!(ended.status, 200, "{}", ended.text());
    assert_eq!(house.download().await, 403);
    let again = house.api(Method::POST, &end, &ann, &json!({})).await;
    assert_eq!(again.status, 409);
    let listed = house.api(Method::GET, "waivers", &ann, &Value::Null).await;
    assert!(listed.text().contains("migrated"), "it stays in the list: {}", listed.text());
}

#[tokio::test]
async fn what_is_wrong_with_a_waiver_is_said_and_nothing_is_kept() {
    let house = House::start("longest-waiver-days = 10").await;
    let ann = house.admin().await;
    for (expires, status) in [("2026-03-01", 400), ("2026-03-12", 400), ("tomorrow", 400)] {
        assert_eq!(house.propose(&ann, expires).await.status, status, "{expires}");
    }
    let hostile = json!({
        "about": { "advisory": "RUSTSEC-2026-0001" }, "owner": "a\u{202e}b", "reason": "x",
        "expires": "2026-03-04",
    });
    assert_eq!(house.api(Method::POST, "waivers", &ann, &hostile).await.status, 400);
    let nothing = house.api(Method::POST, "waivers/0123456789/grant", &ann, &Value::Null).await;
    assert_eq!(nothing.status, 404);
    let huge = json!({ "reason": "x".repeat(20_000) });
    assert_eq!(house.api(Method::POST, "waivers", &ann, &huge).await.status, 413);
    assert!(house.store.waivers().await.unwrap().is_empty());
}

#[tokio::test]
async fn bad_input_26_only_an_admin_of_the_team_may() {
    let house = House::start("").await;
    let (theirs, _) = house.token("billing", TokenScope::Admin, None).await;
    let (reader, _) = house.token("payments", TokenScope::Read, None).await;
    for token in [&theirs, &reader] {
        assert_eq!(house.propose(token, "2026-03-04").await.status, 403);
        let review = house.api(Method::GET, "review", token, &Value::Null).await;
        assert_eq!(review.status, 403, "{}", review.text());
    }
    let unknown = AccessToken::generate(&house.randomness);
    assert_eq!(house.propose(&unknown, "2026-03-04").await.status, 401);
}

#[tokio::test]
async fn bad_input_50_a_page_of_another_origin_opens_nothing() {
    let house = House::start("").await;
    let ann = house.admin().await;
    for origin in ["https://evil.example", "null"] {
        let request = house.service.raw(Method::POST, "/api/v1/t/payments/waivers");
        let request = request.header("authorization", ann.expose()).header("origin", origin);
        let answer = Answer::of(request.body("{}")).await;
        assert_eq!(answer.status, 403);
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
}

#[tokio::test]
async fn a_server_without_tokens_takes_no_waivers_over_the_network() {
    let upstream = FakeUpstream::start();
    let service = Service::before(&upstream).await;
    let answer = Answer::of(service.raw(Method::POST, "/api/v1/t/payments/waivers")).await;
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("on its own machine"), "{}", answer.text());
}

#[tokio::test]
async fn what_was_denied_and_asked_for_waits_until_somebody_decides() {
    let house = House::start("").await;
    let ann = house.admin().await;
    // The view tells which version passes.
    let entry =
        house.service.request("index/3/f/foo").header("authorization", house.reader.expose());
    assert_eq!(Answer::of(entry).await.status, 200);
    for _ in 0..3 {
        assert_eq!(house.download().await, 403);
    }
    let queue = async || {
        let answer = house.api(Method::GET, "review", &ann, &Value::Null).await;
        serde_json::from_slice::<Vec<Value>>(&answer.body).unwrap()
    };
    let waiting = queue().await;
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0]["crate"], "foo");
    assert_eq!(waiting[0]["rule"], "denied");
    assert_eq!(waiting[0]["teams"], json!(["payments"]));
    assert_eq!(waiting[0]["times"], 1, "who asks again within a minute is counted once");
    assert_eq!(waiting[0]["newest_allowed"], "1.0.0");
    assert!(waiting[0]["reason"].as_str().unwrap().contains("it leaks"));
    assert!(waiting[0].get("bytes").is_none(), "what is denied is not fetched");

    let proposed = house.propose(&ann, "2026-03-04").await;
    assert!(queue().await.is_empty(), "a waiver lets it through");
    let end = format!("waivers/{}/end", id(&proposed));
    house.api(Method::POST, &end, &ann, &json!({})).await;
    assert_eq!(queue().await.len(), 1, "and without it, it waits again");
    let dismiss = json!({ "crate": "foo", "version": "1.1.0", "reason": "use 1.0" });
    let answer = house.api(Method::POST, "review/dismiss", &ann, &dismiss).await;
    assert_eq!(answer.status, 204, "{}", answer.text());
    assert!(queue().await.is_empty());
    let events = house.service.events_of(EventKind::Administration).await;
    assert!(events[0].event.detail.as_ref().unwrap().contains("use 1.0"));
}

#[tokio::test]
async fn a_waiver_from_another_rule_leaves_what_was_refused_waiting() {
    let house = House::start("").await;
    let ann = house.admin().await;
    assert_eq!(house.download().await, 403);
    let propose = async |lifts: Value| {
        let release = json!({ "crate": "foo", "version": "=1.1.0", "lifts": lifts });
        let body = json!({
            "about": { "release": release },
            "owner": "ann", "reason": "a release tonight", "expires": "2026-03-04",
        });
        house.api(Method::POST, "waivers", &ann, &body).await
    };
    let waiting = async || {
        let answer = house.api(Method::GET, "review", &ann, &Value::Null).await;
        serde_json::from_slice::<Vec<Value>>(&answer.body).unwrap().len()
    };
    let refused = propose(json!(["checksum"])).await;
    assert_eq!(refused.status, 400, "{}", refused.text());
    assert_eq!(propose(json!(["licence", "upstream-changed"])).await.status, 201);
    assert_eq!((house.download().await, waiting().await), (403, 1), "it is denied all the same");
    let told = propose(json!(["denied"])).await;
    let told: Value = serde_json::from_slice(&told.body).unwrap();
    assert_eq!(told["release"]["lifts"], json!(["denied"]));
    assert_eq!((house.download().await, waiting().await), (200, 0));
    let events = house.service.events_of(EventKind::WaiverGranted).await;
    let detail = events[1].event.detail.as_deref().unwrap();
    assert!(detail.contains("lifts denied, until 2026-03-04"), "{detail}");
}

#[tokio::test]
async fn each_team_is_told_what_it_asked_for_itself_and_how_often() {
    let house = House::start("").await;
    let ann = house.admin().await;
    let (other, id) = house.token("search", TokenScope::Read, None).await;
    drop(id);
    let of_search = async || {
        let request = house.service.raw(Method::GET, &format!("/t/search/crates-io/{CRATE}"));
        Answer::of(request.header("authorization", other.expose())).await.status
    };
    for _ in 0..3 {
        assert_eq!(of_search().await, 403);
        house.service.clock.advance(Duration::from_secs(61));
    }
    assert_eq!(house.download().await, 403);
    let asked_at = house.service.clock.now().to_string();
    house.service.clock.advance(Duration::from_secs(61));
    assert_eq!(of_search().await, 403);
    let answer = house.api(Method::GET, "review", &ann, &Value::Null).await;
    let waiting = serde_json::from_slice::<Vec<Value>>(&answer.body).unwrap();
    assert_eq!(waiting[0]["times"], 1, "{waiting:?}");
    assert_eq!(waiting[0]["teams"], json!(["payments"]));
    assert_eq!(
        (&waiting[0]["first_asked"], &waiting[0]["last_asked"]),
        (&json!(asked_at), &json!(asked_at))
    );
    assert!(waiting[0]["reason"].as_str().unwrap().contains("it leaks"), "its own refusal");
}

#[tokio::test]
async fn a_waiver_that_ends_while_the_crate_is_fetched_lets_no_byte_out() {
    let house = House::start("").await;
    let ann = house.admin().await;
    let proposed = house.propose(&ann, "2026-03-31").await;
    let gate = house.upstream.on("/dl/*").hold_after(0);
    let end = format!("waivers/{}/end", id(&proposed));
    let (status, ()) = tokio::join!(house.download(), async {
        gate.wait_for(1).await;
        let ended = house.api(Method::POST, &end, &ann, &json!({})).await;
        assert_eq!(ended.status, 200, "{}", ended.text());
        gate.open();
    });
    assert_eq!(status, 403);
    let decided = house.service.events_of(EventKind::DownloadDecided).await;
    assert!(decided.iter().all(|it| it.event.waiver.is_none()), "{decided:?}");
}

#[tokio::test]
async fn a_mistyped_field_waives_nothing() {
    let house = House::start("").await;
    let ann = house.admin().await;
    for about in [json!({ "crate": "foo", "verison": "=1.1.0" }), json!({ "crate": "foo" })] {
        let body = json!({
            "about": { "release": about }, "owner": "ann", "reason": "tonight", "expires": "2026-03-31",
        });
        let answer = house.api(Method::POST, "waivers", &ann, &body).await;
        assert_eq!(answer.status, 400, "{}", answer.text());
    }
    assert!(house.store.waivers().await.unwrap().is_empty());
}

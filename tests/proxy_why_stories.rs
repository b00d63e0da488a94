//! Why a crate is let through or not, as somebody asks who met a closed door.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

#[path = "support/policy.rs"]
mod policy;
mod support;
#[path = "support/token.rs"]
mod token;

use std::time::Duration;

use depaudit_model::{RegistryName, TokenScope};
use depaudit_policy::Phrase;
use depaudit_policy::door::{Lifted, Permit, PermitAbout};
use depaudit_proxy::settings::{Authentication, Settings};
use depaudit_testkit::{CrateFile, FakeUpstream};
use policy::{enforce, enforce_with_permits};
use serde_json::Value;
use support::{Answer, Service};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const DENY: &str = "[[door.deny]]\npackage = 'foo'\nversion = '>=1.1'\nreason = 'it leaks'\n";

/// `foo` 1.0.0 is two months old, 1.1.0 one day.
fn upstream() -> FakeUpstream {
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    upstream.publish(CrateFile::new("foo", "1.1.0").published_at("2026-02-28T12:00:00Z"));
    upstream
}

/// What the team `payments` is told.
async fn why(service: &Service, path: &str) -> Value {
    let answer = service.get(&format!("why/{path}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    serde_json::from_slice(&answer.body).unwrap()
}

/// The rule that decided about the release, or nothing.
fn decided(told: &Value) -> &str {
    told["release"]["decided"]["rule"].as_str().unwrap_or_default()
}

/// What one rule made of the release, beside waivers.
fn looked<'t>(told: &'t Value, rule: &str) -> &'t Value {
    let all = told["release"]["looked"].as_array().unwrap();
    all.iter().find(|look| look["rule"] == rule).unwrap()
}

#[tokio::test]
async fn what_is_too_young_says_from_when_on_it_passes_and_then_it_does() {
    let upstream = upstream();
    let service = Service::before(&upstream).await;
    enforce(&service, "[door.minimum-age-days]\ncrates-io = 3\n");
    let passes = "2026-03-03T12:00:00.000Z";
    let told = why(&service, "foo/1.1.0").await;
    assert_eq!((&told["release"]["outcome"], decided(&told)), (&"soft".into(), "minimum-age"));
    assert_eq!(told["release"]["decided"]["until"], passes);
    let refusal = told["release"]["refusal"].as_str().unwrap();
    assert!(refusal.contains(&format!("\nuntil: {passes}\n")), "{refusal}");
    let all = why(&service, "foo").await;
    assert_eq!(all["newest_allowed"], "1.0.0");
    assert_eq!(all["versions"][0]["decided"]["until"], passes);

    service.clock.advance(2 * DAY);
    let told = why(&service, "foo/1.1.0").await;
    assert_eq!((&told["release"]["outcome"], decided(&told)), (&"allowed".into(), ""));
    assert!(told["release"]["refusal"].is_null());
    let age = looked(&told, "minimum-age");
    assert_eq!(age["result"], "passed");
    assert!(age["saw"].as_str().unwrap().starts_with("published 2026-02-28"), "{age}");
    assert_eq!(told["newest_allowed"], "1.1.0");
}

#[tokio::test]
async fn a_waiver_is_told_with_its_owner_and_its_end_and_not_to_other_teams_or_afterwards() {
    let upstream = upstream();
    let service = Service::before(&upstream).await;
    let phrase = |text: &str| Phrase::try_from(text.to_owned()).unwrap();
    let permit = Permit {
        id: "w-1".into(),
        about: PermitAbout::Release {
            name: "foo".parse().unwrap(),
            version: "=1.1.0".parse().unwrap(),
            lifts: Lifted::opinions(),
        },
        registry: RegistryName::crates_io(),
        team: Some("payments".parse().unwrap()),
        owner: phrase("ann"),
        reason: phrase("a release tonight"),
        link: None,
        expires: "2026-03-02".parse().unwrap(),
    };
    enforce_with_permits(&service, DENY, vec![permit]);
    let told = why(&service, "foo/1.1.0").await;
    assert_eq!(told["release"]["outcome"], "allowed");
    let looks = told["release"]["looked"].as_array().unwrap();
    let lifted = looks.iter().find(|look| look["result"] == "exempted").unwrap();
    assert_eq!(lifted["objection"]["rule"], "denied");
    assert_eq!(lifted["by"]["permit"]["id"], "w-1");
    let waiver = &told["waivers"][0];
    assert_eq!((&waiver["owner"], &waiver["covers"]), (&"ann".into(), &"foo =1.1.0".into()));
    assert_eq!(waiver["expires"], "2026-03-02");
    assert!(why(&service, "foo/1.0.0").await["waivers"].is_null(), "it is for another version");
    assert_eq!(why(&service, "foo").await["waivers"][0]["id"], "w-1");

    let other = service.raw(reqwest::Method::GET, "/t/billing/why/foo/1.1.0");
    let other: Value = serde_json::from_slice(&Answer::of(other).await.body).unwrap();
    assert_eq!(other["release"]["outcome"], "hard");
    assert!(other["waivers"].is_null(), "{other}");
    service.clock.advance(DAY);
    let told = why(&service, "foo/1.1.0").await;
    assert_eq!(told["release"]["outcome"], "hard");
    assert!(told["waivers"].is_null(), "{told}");
}

#[tokio::test]
async fn what_only_the_bytes_tell_is_told_once_they_are_stored() {
    let upstream = upstream();
    let service = Service::before(&upstream).await;
    enforce(&service, "[door]\nlicences = ['Apache-2.0']\n");
    let told = why(&service, "foo/1.0.0").await;
    assert_eq!(told["release"]["outcome"], "allowed");
    assert_eq!(looked(&told, "licence")["saw"], "known once the crate was fetched");
    assert_eq!(upstream.count("/dl/*"), 0, "no crate is fetched for an answer");
    assert_eq!(service.get("crates/foo/1.0.0/download").await.status, 403);
    let fetched = upstream.count("/dl/*");
    let told = why(&service, "foo/1.0.0").await;
    assert_eq!((&told["release"]["outcome"], decided(&told)), (&"hard".into(), "licence"));
    assert_eq!(looked(&told, "licence")["saw"], "its licence is MIT");
    assert_eq!(upstream.count("/dl/*"), fetched);
}

#[tokio::test]
async fn what_the_upstream_deleted_is_told_as_the_door_of_downloads_decides() {
    let upstream = upstream();
    let service = Service::before(&upstream).await;
    assert_eq!(service.get("crates/foo/1.0.0/download").await.status, 200);
    let before = why(&service, "foo/1.0.0").await;
    upstream.remove_version("foo", "1.0.0");
    service.clock.advance(DAY);
    let told = why(&service, "foo/1.0.0").await;
    assert_eq!((&told["release"]["outcome"], decided(&told)), (&"soft".into(), "upstream-changed"));
    assert_eq!(told["release"]["sha256"], before["release"]["sha256"]);
    assert_eq!(told["release"]["stored"], true);
    assert_eq!(service.get("crates/foo/1.0.0/download").await.status, 200);
}

#[tokio::test]
async fn another_spelling_is_judged_as_the_crate_that_it_means() {
    let upstream = upstream();
    let service = Service::before(&upstream).await;
    enforce(&service, DENY);
    let told = why(&service, "FOO/1.1.0").await;
    assert_eq!((&told["crate"], decided(&told)), (&"foo".into(), "denied"));
}

#[tokio::test]
async fn bad_input_31_an_internal_name_is_explained_without_a_word_to_the_upstream() {
    let upstream = FakeUpstream::start();
    let service = Service::before(&upstream).await;
    enforce(&service, "internal-packages = ['payments-*']\n");
    let refused = service.get("index/pa/ym/payments-core").await;
    for path in ["payments-core", "payments-core/1.0.0"] {
        let told = why(&service, path).await;
        assert_eq!(told["name_refused"], refused.text().trim_end());
        assert!(told["confirmed"].is_null(), "{told}");
    }
    assert_eq!(upstream.count("*payments*"), 0);
}

#[tokio::test]
async fn what_is_nowhere_is_a_404_and_an_outage_is_none() {
    let upstream = upstream();
    let only = |settings: &mut Settings| {
        settings.teams = Some(["payments".parse().unwrap()].into());
    };
    let service = Service::with(&upstream, only).await;
    for path in ["why/bar", "why/bar/1.0.0", "why/foo/9.0.0", "why/1st"] {
        assert_eq!(service.get(path).await.status, 404, "{path}");
    }
    let get = async |path: &str| Answer::of(service.raw(reqwest::Method::GET, path)).await;
    let stranger = get("/t/billing/why/foo").await;
    assert_eq!(stranger.status, 404);
    assert!(stranger.text().contains("the team `billing`"), "{}", stranger.text());
    assert_eq!(get("/t/payments/elsewhere/why/foo").await.status, 404);
    assert_eq!(get("/t/payments/why/foo/1.0").await.status, 400);
    upstream.stop();
    service.clock.advance(DAY);
    assert_eq!(service.get("why/baz").await.status, 503, "nobody knows");
    assert_eq!(service.get("why/foo/9.0.0").await.status, 503, "it may be new");
    assert_eq!(why(&service, "foo/1.0.0").await["release"]["outcome"], "allowed");
}

#[tokio::test]
async fn bad_input_26_only_holders_of_the_team_s_token_are_told() {
    let upstream = upstream();
    let required = |settings: &mut Settings| settings.authentication = Authentication::Required;
    for (team, status) in [("billing", 403), ("payments", 200)] {
        let service = Service::with(&upstream, required).await;
        let token = token::token(&service, team, TokenScope::Read).await;
        let with = async |token: &str| {
            Answer::of(service.request("why/foo/1.0.0").header("authorization", token)).await
        };
        upstream.forget_requests();
        let missing = service.get("why/foo/1.0.0").await;
        assert_eq!(missing.status, 401);
        assert_eq!(with("nonsense").await.body, missing.body);
        assert_eq!(upstream.count("*foo*"), 0, "nobody is asked for strangers");
        let answer = with(token.expose()).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.text().contains("foo"), status == 200, "{}", answer.text());
    }
}

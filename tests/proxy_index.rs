//! The index through the proxy: what clients see, and whom it is for.

mod support;

use std::io::Read;
use std::time::Duration;

use depaudit_model::Checksum;
use depaudit_model::event::EventKind;
use depaudit_testkit::{CrateFile, FakeUpstream};
use support::{Answer, Service};

const FOO: &str = "index/3/f/foo";
const MINUTE: Duration = Duration::from_secs(60);

fn upstream_with_foo() -> FakeUpstream {
    let upstream = FakeUpstream::start();
    let odd = CrateFile::new("foo", "1.0.0")
        .rust_version("1.70")
        .index_field("later", serde_json::json!([1.50, null]));
    upstream.publish(odd);
    upstream.publish(CrateFile::new("foo", "1.1.0"));
    upstream
}

/// The path of `foo`'s index entry at the upstream.
const UPSTREAM_FOO: &str = "/index/3/f/foo";

#[tokio::test]
async fn lines_pass_byte_for_byte_and_the_etag_is_the_digest_of_the_view() {
    let upstream = upstream_with_foo();
    let service = Service::before(&upstream).await;
    let direct = depaudit_testkit::raw_http::get(upstream.address(), UPSTREAM_FOO).await;
    let their_etag = direct.header("etag").map(<[u8]>::to_vec);
    let theirs = upstream.index_entry("foo");

    let answer = service.get(FOO).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.body, theirs,
        "not one byte differs, unknown fields and number formats included"
    );
    let etag = answer.header("etag").unwrap();
    assert_eq!(etag, format!("\"{}\"", Checksum::of(&theirs)));
    assert_ne!(Some(etag.as_bytes()), their_etag.as_deref());
    assert_eq!(answer.header("x-depaudit-age"), Some("0"));
    assert_eq!(answer.header("x-depaudit-stale"), None);
}

#[tokio::test]
async fn conditional_requests_save_bytes_in_both_directions() {
    let upstream = upstream_with_foo();
    let service = Service::before(&upstream).await;
    let etag = service.get(FOO).await.header("etag").unwrap().to_owned();

    let again = Answer::of(service.request(FOO).header("if-none-match", &etag)).await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_eq!(again.header("etag"), Some(etag.as_str()));

    service.clock.advance(MINUTE * 2);
    let renewed = Answer::of(service.request(FOO).header("if-none-match", &etag)).await;
    assert_eq!(renewed.status, 304);
    let asked = upstream.requests();
    let last = asked.last().unwrap();
    assert!(last.is_for(UPSTREAM_FOO));
    assert!(last.header("if-none-match").is_some(), "the upstream was asked with its own ETag");
    assert_ne!(last.header("if-none-match"), Some(etag.as_str()));
}

#[tokio::test]
async fn gzip_goes_to_clients_that_take_it_with_a_validator_of_its_own() {
    let upstream = upstream_with_foo();
    let service = Service::before(&upstream).await;
    let plain = service.get(FOO).await;
    let packed = Answer::of(service.request(FOO).header("accept-encoding", "deflate, gzip")).await;
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert!(packed.body.len() < plain.body.len());
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(packed.body.as_slice()).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain.body);
    assert_ne!(packed.header("etag"), plain.header("etag"));
    assert_eq!(packed.header("vary"), Some("accept-encoding"));
    for etag in [packed.header("etag").unwrap(), plain.header("etag").unwrap()] {
        let again = Answer::of(service.request(FOO).header("if-none-match", etag)).await;
        assert_eq!(again.status, 304, "{etag}");
    }
}

#[tokio::test]
async fn a_crate_that_is_none_is_a_404_and_the_upstream_is_not_asked_again_at_once() {
    let upstream = upstream_with_foo();
    let service = Service::before(&upstream).await;
    for _ in 0..3 {
        let answer = service.get("index/3/b/bar").await;
        assert_eq!(answer.status, 404);
        assert!(answer.text().contains("has no crate `bar`"), "{}", answer.text());
    }
    assert_eq!(upstream.count("/index/3/b/bar"), 1);
    upstream.publish(CrateFile::new("bar", "1.0.0"));
    service.clock.advance(MINUTE * 2);
    assert_eq!(service.get("index/3/b/bar").await.status, 200);
}

#[tokio::test]
async fn bad_input_2_names_that_are_none_never_reach_the_upstream() {
    let upstream = upstream_with_foo();
    let service = Service::before(&upstream).await;
    let long = "a".repeat(65);
    for path in
        ["index/3/n/nul", "index/1s/t_/1st_", &format!("index/aa/aa/{long}"), "index/3/F/Foo"]
    {
        assert_eq!(service.get(path).await.status, 404, "{path}");
    }
    assert_eq!(upstream.requests().len(), 0);
}

#[tokio::test]
async fn a_thousand_clients_ask_for_one_cold_entry_and_half_of_them_leave() {
    let upstream = upstream_with_foo();
    let service = std::sync::Arc::new(Service::before(&upstream).await);
    let gate = upstream.on(UPSTREAM_FOO).hold();
    let mut clients = Vec::new();
    for number in 0..1_000 {
        let service = std::sync::Arc::clone(&service);
        clients.push((number, tokio::spawn(async move { service.get(FOO).await })));
    }
    gate.wait_for(1).await;
    let mut staying = Vec::new();
    for (number, client) in clients {
        if number % 2 == 0 { client.abort() } else { staying.push(client) }
    }
    gate.open();
    let mut bodies = std::collections::BTreeSet::new();
    for client in staying {
        let answer = client.await.unwrap();
        assert_eq!(answer.status, 200);
        bodies.insert(answer.body);
    }
    assert_eq!(bodies.len(), 1);
    assert_eq!(upstream.count(UPSTREAM_FOO), 1, "one upstream request, however many ask");
    let views = service.events_of(EventKind::IndexServed).await;
    assert_eq!(views.len(), 1, "and one event; the repeats are counted");
}

#[tokio::test]
async fn teams_have_views_of_their_own_on_record_and_repeats_are_counted() {
    let upstream = upstream_with_foo();
    let service = Service::before(&upstream).await;
    for _ in 0..3 {
        service.get(FOO).await;
    }
    let other = service.raw(reqwest::Method::GET, "/t/search/crates-io/index/3/f/foo");
    assert_eq!(Answer::of(other).await.status, 200);
    let stopped = service.stop().await;
    let views: Vec<_> = stopped
        .events()
        .await
        .into_iter()
        .map(|stored| stored.event)
        .filter(|event| event.kind == EventKind::IndexServed)
        .map(|event| (event.team.unwrap().to_string(), event.count))
        .collect();
    let team = |name: &str, count| (name.to_owned(), count);
    assert_eq!(views, [team("payments", None), team("search", None), team("payments", Some(2))]);
}

#[tokio::test]
async fn a_list_of_teams_closes_the_door_with_a_reason() {
    let upstream = upstream_with_foo();
    let service = Service::with(&upstream, |settings| {
        settings.teams = Some(["search".parse().unwrap()].into());
    });
    let service = service.await;
    let answer = service.get(FOO).await;
    assert_eq!(answer.status, 404);
    assert!(answer.text().contains("team `payments` is not among the teams"), "{}", answer.text());
    let unknown = service.raw(reqwest::Method::GET, "/t/search/internal/index/config.json");
    let unknown = Answer::of(unknown).await;
    assert_eq!(unknown.status, 404);
    assert!(unknown.text().contains("registry `internal` is not configured"), "{}", unknown.text());
}

//! The index through the proxy: what clients see, how fresh it is, and what happens when the upstream
//! misbehaves.

mod support;

use std::io::Read;
use std::time::Duration;

use depaudit_model::Checksum;
use depaudit_model::event::{Decision, EventKind};
use depaudit_testkit::{CrateFile, FakeUpstream, Fault};
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
async fn a_view_is_never_older_than_promised_while_the_upstream_answers() {
    let upstream = upstream_with_foo();
    let service = Service::before(&upstream).await;
    let first = service.get(FOO).await;
    upstream.publish(CrateFile::new("foo", "1.2.0"));

    service.clock.advance(MINUTE / 2);
    let within = service.get(FOO).await;
    assert_eq!(within.body, first.body, "within the bound it comes from memory");
    assert_eq!(within.header("x-depaudit-age"), Some("30"));
    assert_eq!(upstream.count(UPSTREAM_FOO), 1);

    service.clock.advance(MINUTE);
    let beyond = service.get(FOO).await;
    assert!(beyond.text().contains("1.2.0"), "beyond it, the upstream is asked first");
    assert_eq!(beyond.header("x-depaudit-age"), Some("0"));
}

#[tokio::test]
async fn in_the_second_half_of_the_bound_a_view_is_renewed_while_it_is_served() {
    let upstream = upstream_with_foo();
    let service = Service::before(&upstream).await;
    service.get(FOO).await;
    service.clock.advance(MINUTE * 3 / 4);
    let gate = upstream.on(UPSTREAM_FOO).hold();
    let served = service.get(FOO).await;
    assert_eq!(served.header("x-depaudit-age"), Some("45"), "nobody waited for the held upstream");
    gate.wait_for(1).await;
    gate.open();
    upstream.wait_for(UPSTREAM_FOO, 2).await;
}

#[tokio::test]
async fn an_upstream_that_is_gone_leaves_stale_views_marked_and_never_a_404() {
    let upstream = upstream_with_foo();
    let service = Service::before(&upstream).await;
    let fresh = service.get(FOO).await;
    upstream.stop();
    service.clock.advance(MINUTE * 10);

    let stale = service.get(FOO).await;
    assert_eq!((stale.status, &stale.body), (200, &fresh.body));
    assert_eq!(stale.header("x-depaudit-stale"), Some("1"));
    assert_eq!(stale.header("x-depaudit-age"), Some("600"));

    // bad input 54
    let cold = service.get("index/3/b/bar").await;
    assert_eq!(cold.status, 503);
    assert!(cold.header("retry-after").is_some());
    assert!(cold.text().contains("`bar` is not stored here"), "{}", cold.text());
    let cold_crate = service.get("crates/bar/1.0.0/download").await;
    assert_eq!(cold_crate.status, 503);

    upstream.restart();
    upstream.publish(CrateFile::new("foo", "2.0.0"));
    let healed = support::until(async || {
        let answer = service.get(FOO).await;
        answer.header("x-depaudit-stale").is_none().then_some(answer)
    });
    assert!(healed.await.text().contains("2.0.0"));
}

#[tokio::test]
async fn a_restart_is_warm_and_works_offline() {
    let upstream = upstream_with_foo();
    let service = Service::before(&upstream).await;
    let before = service.get(FOO).await;
    let stopped = service.stop().await;
    upstream.forget_requests();

    let service = stopped.restart(&upstream).await;
    assert_eq!(service.get(FOO).await.body, before.body);
    assert_eq!(upstream.requests().len(), 0, "still within the bound: nobody was asked");
    let stopped = service.stop().await;

    upstream.stop();
    stopped.clock.advance(MINUTE * 60 * 24);
    let service = stopped.restart(&upstream).await;
    let offline = service.get(FOO).await;
    assert_eq!((offline.status, &offline.body), (200, &before.body));
    assert_eq!(offline.header("x-depaudit-stale"), Some("1"));
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
async fn bad_input_6_a_checksum_that_changes_upstream_is_blocked_and_the_old_bytes_stay() {
    let upstream = FakeUpstream::start();
    let honest = upstream.publish(CrateFile::new("foo", "1.0.0"));
    let service = Service::before(&upstream).await;
    let before = service.get(FOO).await;
    assert_eq!(service.get("crates/foo/1.0.0/download").await.body, honest.bytes);

    upstream.remove_version("foo", "1.0.0");
    let other = upstream.publish(CrateFile::new("foo", "1.0.0").library("pub fn evil() {}\n"));
    upstream.publish(CrateFile::new("foo", "1.1.0"));
    service.clock.advance(MINUTE * 2);

    let after = service.get(FOO).await;
    assert!(after.text().starts_with(before.text()), "the old line is still served");
    assert!(after.text().contains("1.1.0"), "and so is what is new");
    assert!(!after.text().contains(&other.checksum.to_string()));
    assert_eq!(service.get("crates/foo/1.0.0/download").await.body, honest.bytes);
    let conflicts = service.events_of(EventKind::ChecksumConflict).await;
    assert_eq!(conflicts.len(), 1);
    let conflict = &conflicts[0].event;
    assert_eq!(conflict.sha256, Some(other.checksum));
    assert_eq!(conflict.decision, Some(Decision::Deny));
    assert_eq!(conflict.rule.as_deref(), Some("checksum-pinned"));

    // The pin outlives a restart, and the loss of what is kept in memory.
    let service = service.stop().await.restart(&upstream).await;
    service.clock.advance(MINUTE * 2);
    assert!(!service.get(FOO).await.text().contains(&other.checksum.to_string()));
}

#[tokio::test]
async fn bad_inputs_7_8_9_unusable_lines_are_left_out_and_on_record() {
    let upstream = FakeUpstream::start();
    let good = upstream.publish(CrateFile::new("foo", "1.0.7"));
    upstream.add_raw_index_line("foo", good.line.to_string().replace("1.0.7", "1.0.7+x"));
    upstream.add_raw_index_line("foo", good.line.to_string().replace("\"foo\"", "\"bar\""));
    upstream.add_raw_index_line("foo", "{\"name\":\"foo\",\"vers\":\"1.0.8\",\"cksum\":\"\"}");
    upstream.add_raw_index_line("foo", "{\"name\":\"foo\",\"vers\":\"1.0.9\"}");
    upstream.add_raw_index_line("foo", "{broken");
    upstream.add_raw_index_line("foo", "\0");
    let service = Service::before(&upstream).await;

    let answer = service.get(FOO).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.text().lines().count(), 1);
    assert!(answer.text().contains(&good.checksum.to_string()));
    let dropped = service.events_of(EventKind::IndexLineDropped).await;
    assert_eq!(dropped.len(), 1);
    assert_eq!(dropped[0].event.count, Some(6));
    assert!(
        dropped[0]
            .event
            .detail
            .as_deref()
            .unwrap()
            .contains("line 3: the line names another crate")
    );
    for version in ["1.0.8", "1.0.9", "1.0.7+x"] {
        assert_eq!(
            service.get(&format!("crates/foo/{version}/download")).await.status,
            404,
            "{version}"
        );
    }
}

#[tokio::test]
async fn bad_input_10_an_endless_index_body_is_cut() {
    let upstream = upstream_with_foo();
    upstream.on(UPSTREAM_FOO).then(Fault::EndlessBody);
    let service = Service::with(&upstream, |settings| {
        for upstream in settings.registries.values_mut() {
            upstream.limits.index_bytes = 1 << 20;
        }
    });
    let answer = service.await.get(FOO).await;
    assert_eq!(answer.status, 502);
    assert!(answer.text().contains("more than 1048576 bytes"), "{}", answer.text());
}

#[tokio::test]
async fn bad_input_12_a_page_instead_of_an_entry_is_a_502_and_not_kept() {
    let upstream = upstream_with_foo();
    upstream.on(UPSTREAM_FOO).times(1).then(Fault::html());
    let service = Service::before(&upstream).await;
    assert_eq!(service.get(FOO).await.status, 502);
    assert_eq!(service.get(FOO).await.status, 200, "well again at the next request");

    upstream.on(UPSTREAM_FOO).times(1).then(Fault::html());
    service.clock.advance(MINUTE * 2);
    let stale = service.get(FOO).await;
    assert_eq!((stale.status, stale.header("x-depaudit-stale")), (200, Some("1")));
}

#[tokio::test]
async fn bad_input_13_a_gzip_bomb_is_capped_where_it_unfolds() {
    let upstream = upstream_with_foo();
    upstream.on(UPSTREAM_FOO).then(Fault::GzipBomb(500 << 20));
    let service = Service::with(&upstream, |settings| {
        for upstream in settings.registries.values_mut() {
            upstream.limits.index_bytes = 1 << 20;
        }
    });
    let answer = service.await.get(FOO).await;
    assert_eq!(answer.status, 502);
    assert!(answer.text().contains("more than 1048576 bytes"), "{}", answer.text());
}

#[tokio::test]
async fn bad_input_15_a_long_retry_after_serves_stale_and_does_not_last() {
    let upstream = upstream_with_foo();
    let service = Service::with(&upstream, |settings| {
        for upstream in settings.registries.values_mut() {
            upstream.limits.longest_backoff = Duration::from_millis(50);
        }
    });
    let service = service.await;
    service.get(FOO).await;
    upstream.on(UPSTREAM_FOO).times(1).then(Fault::status(503).header("retry-after", "3600"));
    service.clock.advance(MINUTE * 2);
    let stale = service.get(FOO).await;
    assert_eq!((stale.status, stale.header("x-depaudit-stale")), (200, Some("1")));
    support::until(async || {
        service.get(FOO).await.header("x-depaudit-stale").is_none().then_some(())
    })
    .await;
}

#[tokio::test]
async fn bad_input_28_an_etag_that_is_not_ascii_is_not_sent_back() {
    let upstream = upstream_with_foo();
    upstream.set_validators(depaudit_testkit::Validators::None);
    upstream.on(UPSTREAM_FOO).then(Fault::non_ascii_etag());
    let service = Service::before(&upstream).await;
    assert_eq!(service.get(FOO).await.status, 200);
    service.clock.advance(MINUTE * 2);
    assert_eq!(service.get(FOO).await.status, 200);
    assert_eq!(upstream.count(UPSTREAM_FOO), 2);
    assert!(upstream.requests().iter().all(|request| request.header("if-none-match").is_none()));
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

#[tokio::test]
async fn a_version_that_vanishes_upstream_is_on_record_and_its_stored_bytes_are_served() {
    let upstream = upstream_with_foo();
    let service = Service::before(&upstream).await;
    service.get(FOO).await;
    let bytes = service.get("crates/foo/1.0.0/download").await;
    assert_eq!(bytes.status, 200);
    upstream.remove_version("foo", "1.0.0");
    service.clock.advance(MINUTE * 2);
    assert!(!service.get(FOO).await.text().contains("\"1.0.0\""));
    let changes = service.events_of(EventKind::UpstreamChanged).await;
    assert_eq!(changes.len(), 1);
    assert!(changes[0].event.detail.as_deref().unwrap().ends_with(": 1.0.0"));
    assert_eq!(service.get("crates/foo/1.0.0/download").await.body, bytes.body);
}

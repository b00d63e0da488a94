//! Index entries that an upstream must not send: what is left out, what stays, what goes on record.

mod support;

use std::time::Duration;

use depaudit_model::event::{Decision, EventKind};
use depaudit_testkit::{CrateFile, FakeUpstream, Fault};
use support::Service;

const FOO: &str = "index/3/f/foo";
const MINUTE: Duration = Duration::from_secs(60);

/// The path of `foo`'s index entry at the upstream.
const UPSTREAM_FOO: &str = "/index/3/f/foo";

fn upstream_with_foo() -> FakeUpstream {
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    upstream.publish(CrateFile::new("foo", "1.1.0"));
    upstream
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
    let old = before.text().replace("\"yanked\":false", "\"yanked\":true");
    assert!(after.text().starts_with(&old), "the old line stays, for builds that locked it");
    assert!(after.text().contains("1.1.0"), "and so is what is new");
    assert!(!after.text().contains(&other.checksum.to_string()));
    assert_eq!(service.get("crates/foo/1.0.0/download").await.body, honest.bytes);
    let conflicts = service.events_of(EventKind::ChecksumConflict).await;
    assert_eq!(conflicts.len(), 1);
    let conflict = &conflicts[0].event;
    // Named again and again, it is one conflict.
    upstream.publish(CrateFile::new("foo", "1.2.0"));
    service.clock.advance(MINUTE * 2);
    assert!(service.get(FOO).await.text().contains("1.2.0"));
    assert_eq!(service.events_of(EventKind::ChecksumConflict).await.len(), 1);
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

#[tokio::test]
async fn bad_input_11_a_body_cut_short_with_the_right_etag_is_asked_for_again_in_full() {
    let upstream = upstream_with_foo();
    let whole = upstream.index_entry("foo");
    let first_line = whole.iter().position(|byte| *byte == b'\n').unwrap();
    for cut in [first_line, whole.len() - 9] {
        let etag = Fault::status(200).header("etag", "\"right\"");
        upstream.on(UPSTREAM_FOO).times(1).then(etag.body(whole.slice(..cut)));
        let service = Service::before(&upstream).await;
        assert!(service.get(FOO).await.body.len() <= first_line + 1);
        upstream.forget_requests();
        service.clock.advance(MINUTE * 2);
        assert_eq!(service.get(FOO).await.body, whole, "cut at {cut}");
        assert_eq!(upstream.requests()[0].header("if-none-match"), None);
    }
}

#[tokio::test]
async fn bad_input_35_a_line_that_names_another_crates_digest_gets_none_of_its_bytes() {
    let upstream = upstream_with_foo();
    let other = upstream.publish(CrateFile::new("bar", "1.0.0"));
    let service = Service::before(&upstream).await;
    assert_eq!(service.get("crates/bar/1.0.0/download").await.body, other.bytes);
    upstream.replace_checksum("foo", "1.0.0", &other.checksum.to_string());
    for _ in 0..2 {
        let answer = service.get("crates/foo/1.0.0/download").await;
        assert_eq!(answer.status, 502, "{answer:?}");
        assert!(answer.text().contains("rule archive-"), "{}", answer.text());
    }
    let refused = service.events_of(EventKind::CrateRefused).await;
    assert_eq!(refused[0].event.name.as_ref().unwrap().as_str(), "foo");
    assert_eq!(service.get("crates/bar/1.0.0/download").await.body, other.bytes);
}

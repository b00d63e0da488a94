//! Crates through the proxy: proven before their last byte, fetched once, on record before their first.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use depaudit_model::Checksum;
use depaudit_model::event::{CacheOutcome, Decision, EventKind, Outcome};
use depaudit_testkit::{CrateFile, FakeUpstream, Fault, PackedCrate, RawEntry};
use reqwest::Method;
use support::{Answer, Service};

const DOWNLOAD: &str = "crates/foo/1.0.0/download";
const AT_UPSTREAM: &str = "/dl/foo/1.0.0/download";

fn upstream_with(file: CrateFile) -> (FakeUpstream, PackedCrate) {
    let upstream = FakeUpstream::start();
    let packed = upstream.publish(file);
    (upstream, packed)
}

fn foo() -> CrateFile {
    CrateFile::new("foo", "1.0.0")
}

/// Several megabytes: large enough to be streamed while it arrives.
fn large() -> CrateFile {
    foo().padding(5 << 20)
}

/// What is left in the store's folder: whole crates, and anything else.
fn files_below(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.retain(|path| !path.to_string_lossy().contains(".sqlite"));
    found
}

#[tokio::test]
async fn a_crate_is_fetched_once_then_served_from_the_store_and_every_step_is_on_record() {
    let (upstream, packed) = upstream_with(foo());
    let service = Service::before(&upstream).await;
    for _ in 0..3 {
        let answer =
            Answer::of(service.request(DOWNLOAD).header("user-agent", "cargo/1.95.0")).await;
        assert_eq!((answer.status, &answer.body[..]), (200, &packed.bytes[..]));
        assert_eq!(answer.header("etag"), Some(format!("\"{}\"", packed.checksum).as_str()));
        assert!(answer.header("x-served-by").unwrap().starts_with("depaudit req-"));
    }
    assert_eq!(upstream.count(AT_UPSTREAM), 1);
    let events = service.stop().await.events().await;
    let indices: Vec<u64> = events.iter().map(|stored| stored.index).collect();
    assert_eq!(indices, (0..events.len() as u64).collect::<Vec<_>>(), "contiguous from 0");

    let decided: Vec<_> =
        events.iter().filter(|e| e.event.kind == EventKind::DownloadDecided).collect();
    let finished: Vec<_> =
        events.iter().filter(|e| e.event.kind == EventKind::DownloadFinished).collect();
    assert_eq!((decided.len(), finished.len()), (3, 3));
    let caches: Vec<_> = decided.iter().map(|stored| stored.event.cache.unwrap()).collect();
    assert_eq!(caches, [CacheOutcome::Miss, CacheOutcome::Hit, CacheOutcome::Hit]);
    for (decision, outcome) in decided.iter().zip(&finished) {
        let event = &decision.event;
        assert_eq!(event.sha256, Some(packed.checksum));
        assert_eq!(event.decision, Some(Decision::Allow));
        assert_eq!(event.bytes, Some(packed.bytes.len() as u64));
        let client = decision.client.as_ref().unwrap();
        assert_eq!(client.user_agent.as_deref(), Some("cargo/1.95.0"));
        assert_eq!(event.client, Some(client.commitment()));
        assert!(decision.index < outcome.index, "decided before it was finished");
        assert_eq!(outcome.event.outcome, Some(Outcome::Complete));
        assert_eq!(outcome.event.bytes, event.bytes);
        assert_eq!(outcome.event.request_id, event.request_id);
    }
    let first: Vec<_> = events.iter().filter(|e| e.event.kind == EventKind::FirstSeen).collect();
    assert_eq!(first.len(), 1);
    assert_eq!(first[0].event.source.as_deref(), Some("127.0.0.1"));
    assert!(first[0].index < decided[0].index);
}

#[tokio::test]
async fn bad_input_3_another_spelling_is_another_crate_and_no_second_cache_key() {
    let (upstream, _) = upstream_with(CrateFile::new("serde_derive", "1.0.0"));
    let service = Service::before(&upstream).await;
    for spelling in ["SERDE_derive", "Serde_Derive", "serde-derive"] {
        let answer = service.get(&format!("crates/{spelling}/1.0.0/download")).await;
        assert_eq!(answer.status, 404, "{spelling}");
    }
    assert_eq!(upstream.count("/dl/*"), 0);
    assert_eq!(service.get("crates/serde_derive/1.0.0/download").await.status, 200);
}

#[tokio::test]
async fn bad_input_5_wrong_bytes_get_a_502_nothing_is_kept_and_an_incident_is_on_record() {
    let (upstream, packed) = upstream_with(foo());
    upstream.on(AT_UPSTREAM).times(2).then(Fault::WrongBytes);
    let service = Service::before(&upstream).await;
    for _ in 0..2 {
        let answer = service.get(DOWNLOAD).await;
        assert_eq!(answer.status, 502);
        assert!(answer.text().contains("rule checksum-mismatch"), "{}", answer.text());
    }
    assert_eq!(service.get(DOWNLOAD).await.body, packed.bytes, "well again, served again");
    let incidents = service.events_of(EventKind::ChecksumConflict).await;
    assert_eq!(incidents.len(), 2);
    assert_ne!(incidents[0].event.sha256, Some(packed.checksum));
    let denied = service.events_of(EventKind::DownloadDecided).await;
    let denied: Vec<_> =
        denied.iter().filter(|e| e.event.decision == Some(Decision::Deny)).collect();
    assert_eq!(denied.len(), 2);
    assert_eq!(denied[0].event.rule.as_deref(), Some("checksum-mismatch"));
}

#[tokio::test]
async fn bad_input_5_a_large_wrong_crate_is_cut_off_before_its_last_byte() {
    let (upstream, packed) = upstream_with(large());
    upstream.on(AT_UPSTREAM).times(1).then(Fault::WrongBytes);
    let service = Service::before(&upstream).await;
    let answer = service.get(DOWNLOAD).await;
    let complete = answer.status == 200 && answer.whole;
    assert!(!complete, "a client never holds a complete body that is wrong");
    assert!(answer.body.len() < packed.bytes.len());
    let stopped = service.stop().await;
    let failed = stopped.events().await.into_iter().any(|stored| {
        stored.event.kind == EventKind::DownloadFinished
            && stored.event.outcome == Some(Outcome::Failed)
    });
    assert!(failed || answer.status == 502);
    assert_eq!(files_below(stopped.folder()), Vec::<std::path::PathBuf>::new());
    let service = stopped.restart(&upstream).await;
    assert_eq!(service.get(DOWNLOAD).await.body, packed.bytes);
}

#[tokio::test]
async fn bad_input_11_truncated_and_over_long_bodies_leave_nothing_behind() {
    for file in [foo(), large()] {
        let (upstream, packed) = upstream_with(file);
        let service = Service::before(&upstream).await;
        for fault in [Fault::Truncate(packed.bytes.len() / 2), Fault::OverLong(10)] {
            upstream.on(AT_UPSTREAM).times(1).then(fault);
            let answer = service.get(DOWNLOAD).await;
            assert!(answer.status == 502 || !answer.whole, "{answer:?}");
            assert!(
                packed.bytes.len() > 1 << 20 || answer.status == 502,
                "small ones get a clean 502"
            );
        }
        let stopped = service.stop().await;
        assert_eq!(files_below(stopped.folder()), Vec::<std::path::PathBuf>::new());
        let service = stopped.restart(&upstream).await;
        assert_eq!(service.get(DOWNLOAD).await.body, packed.bytes);
    }
}

#[tokio::test]
async fn bad_input_12_a_page_instead_of_a_crate_is_a_502_and_not_kept() {
    let (upstream, packed) = upstream_with(foo());
    upstream.on(AT_UPSTREAM).times(1).then(Fault::html());
    let service = Service::before(&upstream).await;
    assert_eq!(service.get(DOWNLOAD).await.status, 502);
    assert_eq!(service.get(DOWNLOAD).await.body, packed.bytes);
}

#[tokio::test]
async fn bad_input_14_a_body_that_drips_is_given_up() {
    let (upstream, _) = upstream_with(foo());
    upstream.on(AT_UPSTREAM).then(Fault::Drip { bytes: 1, every: Duration::from_millis(20) });
    let service = Service::with(&upstream, |settings| {
        for upstream in settings.registries.values_mut() {
            upstream.limits.pace_window = Duration::from_millis(300);
        }
    });
    let answer = service.await.get(DOWNLOAD).await;
    assert_eq!(answer.status, 502);
    assert!(answer.text().contains("less than 1024 bytes a second"), "{}", answer.text());
}

#[tokio::test]
async fn bad_inputs_34_35_36_archives_that_break_a_rule_are_refused_and_on_record() {
    let entries = [
        ("archive-", RawEntry::symlink("foo-1.0.0/link", "/etc/passwd")),
        ("archive-", RawEntry::hard_link("foo-1.0.0/hard", "foo-1.0.0/Cargo.toml")),
        ("archive-", RawEntry::fifo("foo-1.0.0/pipe")),
        ("archive-", RawEntry::char_device("foo-1.0.0/null", 1, 3)),
        ("archive-", RawEntry::file("../escape", "x")),
        ("archive-", RawEntry::file("/etc/passwd", "x")),
        ("archive-", RawEntry::file("bar-1.0.0/lib.rs", "x")),
        ("archive-", RawEntry::file(b"foo-1.0.0/\xff".as_slice(), "x")),
        ("archive-", RawEntry::file("foo-1.0.0/cargo.toml", "[package]\n")),
        ("archive-", RawEntry::file("foo-1.0.0/size", "abcdef").pax_size(3)),
    ];
    for (rule, entry) in entries {
        let said = format!("{entry:?}");
        let (upstream, _) = upstream_with(foo().raw_entry(entry));
        let service = Service::before(&upstream).await;
        let answer = service.get(DOWNLOAD).await;
        assert_eq!(answer.status, 502, "{said}: {}", answer.text());
        assert!(answer.text().contains(&format!("rule {rule}")), "{said}: {}", answer.text());
        let refused = service.events_of(EventKind::CrateRefused).await;
        assert_eq!(refused.len(), 1, "{said}");
        assert!(refused[0].event.rule.as_deref().unwrap().starts_with(rule));
        assert_eq!(service.get("index/3/f/foo").await.status, 200, "the server is well");
        assert_eq!(files_below(service.stop().await.folder()), Vec::<std::path::PathBuf>::new());
    }
}

#[tokio::test]
async fn bad_input_37_a_crate_that_unfolds_without_end_is_stopped() {
    let (upstream, _) =
        upstream_with(foo().raw_entry(RawEntry::zeros("foo-1.0.0/zeros", 600 << 20)));
    let service = Service::before(&upstream).await;
    let answer = service.get(DOWNLOAD).await;
    assert_eq!(answer.status, 502);
    assert!(answer.text().contains("rule archive-too-large"), "{}", answer.text());
}

#[tokio::test]
async fn bad_input_29_head_and_ranges_are_answered_rightly_and_a_part_is_never_kept() {
    let (upstream, packed) = upstream_with(foo());
    let service = Service::before(&upstream).await;
    let length = packed.bytes.len();
    let part = Answer::of(service.request(DOWNLOAD).header("range", "bytes=10-19")).await;
    assert_eq!((part.status, &part.body[..]), (206, &packed.bytes[10..20]));
    assert_eq!(part.header("content-range"), Some(format!("bytes 10-19/{length}").as_str()));
    assert!(upstream.requests().iter().all(|request| request.header("range").is_none()));
    assert_eq!(service.get(DOWNLOAD).await.body, packed.bytes, "the cold part fetched the whole");

    let beyond = Answer::of(service.request(DOWNLOAD).header("range", "bytes=999999999-")).await;
    assert_eq!((beyond.status, beyond.body.len()), (416, 0));
    assert_eq!(beyond.header("content-range"), Some(format!("bytes */{length}").as_str()));
    let etag = format!("\"{}\"", packed.checksum);
    let same = Answer::of(service.request(DOWNLOAD).header("if-none-match", &etag)).await;
    assert_eq!((same.status, same.body.len()), (304, 0));
    let path = format!("/t/payments/crates-io/{DOWNLOAD}");
    let head = Answer::of(service.raw(Method::HEAD, &path)).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), Some(length.to_string().as_str()));
    let post = Answer::of(service.raw(Method::POST, &path)).await;
    assert_eq!((post.status, post.header("allow")), (405, Some("GET, HEAD")));
    assert_eq!(upstream.count(AT_UPSTREAM), 1);
}

#[tokio::test]
async fn a_large_crate_streams_while_it_arrives() {
    let (upstream, packed) = upstream_with(large());
    let gate = upstream.on(AT_UPSTREAM).hold_after(3 << 20);
    let service = Service::before(&upstream).await;
    let mut response = service.request(DOWNLOAD).send().await.unwrap();
    assert_eq!(response.status(), 200, "headers are there while the upstream still holds the rest");
    let mut body = Vec::new();
    while body.len() < 2 << 20 {
        body.extend_from_slice(&response.chunk().await.unwrap().unwrap());
    }
    gate.open();
    while let Some(chunk) = response.chunk().await.unwrap() {
        body.extend_from_slice(&chunk);
    }
    assert_eq!(Checksum::of(&body), packed.checksum);
}

#[tokio::test]
async fn a_thousand_clients_ask_for_one_cold_crate_and_half_of_them_leave() {
    for file in [foo(), large()] {
        let (upstream, packed) = upstream_with(file);
        let gate = upstream.on(AT_UPSTREAM).hold_after(1_000);
        let service = Arc::new(Service::before(&upstream).await);
        let clients: Vec<_> = (0..1_000)
            .map(|_| {
                let service = Arc::clone(&service);
                tokio::spawn(async move {
                    let answer = service.get(DOWNLOAD).await;
                    (answer.status, answer.whole, Checksum::of(&answer.body))
                })
            })
            .collect();
        gate.wait_for(1).await;
        let mut staying = Vec::new();
        for (number, client) in clients.into_iter().enumerate() {
            if number % 2 == 0 { client.abort() } else { staying.push(client) }
        }
        gate.open();
        let mut seen = BTreeSet::new();
        for client in staying {
            seen.insert(client.await.unwrap());
        }
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [(200, true, packed.checksum)]);
        assert_eq!(upstream.count(AT_UPSTREAM), 1, "one upstream request, however many ask");
        let decided = service.events_of(EventKind::DownloadDecided).await;
        assert!(decided.len() >= 500, "every byte served was decided on first: {}", decided.len());
    }
}

#[tokio::test]
async fn one_crate_that_cannot_be_had_leaves_the_rest_of_the_registry_alone() {
    let (upstream, _) = upstream_with(foo());
    upstream.publish(CrateFile::new("bar", "1.0.0"));
    upstream.on(AT_UPSTREAM).then(Fault::status(500).header("retry-after", "3600"));
    let service = Service::before(&upstream).await;
    for _ in 0..10 {
        assert_eq!(service.get(DOWNLOAD).await.status, 503);
    }
    assert_eq!(service.get("crates/bar/1.0.0/download").await.status, 200);
    service.clock.advance(Duration::from_secs(300));
    assert_eq!(service.get("index/3/b/bar").await.header("x-depaudit-stale"), None);
}

#[tokio::test]
async fn when_everybody_leaves_the_fetch_goes_on_for_the_next_one() {
    let (upstream, packed) = upstream_with(foo());
    let gate = upstream.on(AT_UPSTREAM).hold();
    let service = Arc::new(Service::before(&upstream).await);
    let only = tokio::spawn({
        let service = Arc::clone(&service);
        async move { service.get(DOWNLOAD).await }
    });
    gate.wait_for(1).await;
    only.abort();
    gate.open();
    assert_eq!(service.get(DOWNLOAD).await.body, packed.bytes);
    assert_eq!(upstream.count(AT_UPSTREAM), 1);
}

#[tokio::test]
async fn what_was_stored_is_served_without_the_upstream_and_what_was_not_is_a_503() {
    let (upstream, packed) = upstream_with(foo());
    upstream.publish(CrateFile::new("foo", "1.1.0"));
    let service = Service::before(&upstream).await;
    service.get(DOWNLOAD).await;
    upstream.stop();
    service.clock.advance(Duration::from_secs(86_400));
    assert_eq!(service.get(DOWNLOAD).await.body, packed.bytes);
    let other = service.get("crates/foo/1.1.0/download").await;
    assert_eq!(other.status, 503);
    assert!(other.header("retry-after").is_some());
    assert!(other.text().contains("foo@1.1.0 is not stored here"), "{}", other.text());
}

#[tokio::test]
async fn a_file_that_was_damaged_on_disk_is_noticed_and_fetched_again() {
    for file in [foo(), large()] {
        let (upstream, packed) = upstream_with(file);
        let service = Service::before(&upstream).await;
        service.get(DOWNLOAD).await;
        let stopped = service.stop().await;
        let stored = files_below(stopped.folder());
        assert_eq!(stored.len(), 1);
        let mut bytes = std::fs::read(&stored[0]).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::remove_file(&stored[0]).unwrap();
        std::fs::write(&stored[0], bytes).unwrap();

        let service = stopped.restart(&upstream).await;
        let part = Answer::of(service.request(DOWNLOAD).header("range", "bytes=1-")).await;
        assert!(part.status != 206 || part.body == packed.bytes[1..], "nor in parts");
        let answer = service.get(DOWNLOAD).await;
        let complete = answer.status == 200 && answer.whole;
        assert!(!complete || answer.body == packed.bytes, "never the damaged bytes as a whole");
        let healed = support::until(async || {
            let answer = service.get(DOWNLOAD).await;
            (answer.status == 200 && answer.whole).then_some(answer.body)
        });
        assert!(healed.await == packed.bytes);
    }
}

#[tokio::test]
async fn bad_input_53_a_user_agent_with_json_in_it_is_one_escaped_record() {
    let (upstream, _) = upstream_with(foo());
    let service = Service::before(&upstream).await;
    let hostile = "x\", \"decision\":\"deny\" \t\u{e9}";
    let value = reqwest::header::HeaderValue::from_bytes(hostile.as_bytes()).unwrap();
    let answer = Answer::of(service.request(DOWNLOAD).header("user-agent", value)).await;
    assert_eq!(answer.status, 200);
    let decided = service.events_of(EventKind::DownloadDecided).await;
    assert_eq!(decided.len(), 1);
    assert_eq!(decided[0].event.decision, Some(Decision::Allow));
    let kept = decided[0].client.as_ref().unwrap().user_agent.as_deref().unwrap();
    assert_eq!(kept, hostile);
}

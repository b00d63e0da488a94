use std::io::Read;
use std::time::Duration;

use depaudit_testkit::raw_http::{RawConnection, blocking_get, get};
use depaudit_testkit::{Answer, CrateFile, Dependency, FakeUpstream, Fault, Validators};

use crate::{get_with, header};

#[test]
fn a_published_crate_is_in_the_index_and_can_be_downloaded() {
    let upstream = FakeUpstream::start();
    let plan = CrateFile::new("Foo_Bar", "1.0.0")
        .dependency(Dependency::new("dep", "^1"))
        .rust_version("1.70")
        .index_field("x_from_the_future", serde_json::json!({ "deep": [1, 2] }));
    let packed = upstream.publish(plan);

    let entry = blocking_get(upstream.address(), "/index/fo/o_/foo_bar");
    assert_eq!(entry.body(), upstream.index_entry("Foo_Bar"));
    let line: serde_json::Value = serde_json::from_slice(entry.body()).unwrap();
    assert_eq!(line["name"], "Foo_Bar");
    assert_eq!(line["cksum"], packed.checksum.to_string());
    assert_eq!(line["deps"][0]["req"], "^1");
    assert_eq!(line["rust_version"], "1.70");
    assert_eq!(line["pubtime"], "2026-01-01T00:00:00Z");
    assert_eq!(line["x_from_the_future"]["deep"][1], 2);

    let archive = blocking_get(upstream.address(), "/dl/Foo_Bar/1.0.0/download");
    assert_eq!(archive.body(), packed.bytes);
    assert_eq!(blocking_get(upstream.address(), "/index/ab/se/absent").status(), Some(404));
}

#[test]
fn what_is_published_changes_while_it_runs() {
    let upstream = FakeUpstream::start();
    for version in ["1.0.0", "1.0.1"] {
        upstream.publish(CrateFile::new("foo", version));
    }
    upstream.yank("foo", "1.0.0");
    upstream.replace_checksum("foo", "1.0.1", "0000");
    upstream.replace_archive("foo", "1.0.1", "other bytes");
    upstream.add_raw_index_line("foo", "{broken");
    let entry = String::from_utf8(upstream.index_entry("foo").to_vec()).unwrap();
    let lines: Vec<_> = entry.lines().collect();
    assert!(lines[0].contains(r#""yanked":true"#));
    assert!(lines[1].contains(r#""cksum":"0000""#));
    assert_eq!(lines[2], "{broken");
    let path = upstream.download_path("foo", "1.0.1");
    assert_eq!(blocking_get(upstream.address(), &path).body(), b"other bytes");

    upstream.unyank("foo", "1.0.0");
    upstream.remove_version("foo", "1.0.1");
    let entry = String::from_utf8(upstream.index_entry("foo").to_vec()).unwrap();
    assert!(entry.contains(r#""yanked":false"#) && !entry.contains("1.0.1"), "{entry}");
    upstream.unpublish("foo");
    let gone = blocking_get(upstream.address(), &upstream.index_path("foo"));
    assert_eq!(gone.status(), Some(404));
}

#[test]
fn conditional_requests_are_answered_by_the_validators_that_were_sent() {
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    let path = upstream.index_path("foo");
    let ask = |headers: &[(&str, &str)]| get_with(upstream.address(), &path, headers);

    let first = ask(&[]);
    let (etag, modified) = (header(&first, "etag"), header(&first, "last-modified"));
    let unchanged = ask(&[("if-none-match", &etag)]);
    assert_eq!((unchanged.status(), unchanged.body()), (Some(304), &b""[..]));
    assert_eq!(ask(&[("if-modified-since", &modified)]).status(), Some(304));
    assert_eq!(ask(&[("if-none-match", "\"x\"")]).status(), Some(200));

    upstream.publish(CrateFile::new("foo", "1.0.1"));
    let changed = ask(&[("if-none-match", &etag)]);
    assert_eq!(changed.status(), Some(200));
    assert_ne!(header(&changed, "last-modified"), modified);

    upstream.set_validators(Validators::LastModified);
    assert!(ask(&[]).header("etag").is_none());
    upstream.set_validators(Validators::Etag);
    assert!(ask(&[]).header("last-modified").is_none());
    upstream.set_validators(Validators::None);
    let etag = header(&changed, "etag");
    assert_eq!(ask(&[("if-none-match", &etag)]).status(), Some(200));
}

#[test]
fn the_index_is_compressed_for_those_who_accept_it() {
    let upstream = FakeUpstream::start();
    upstream.publish_index_of_size("foo", 10_000);
    upstream.compress_index(true);
    let path = upstream.index_path("foo");
    let plain = get_with(upstream.address(), &path, &[]);
    assert_eq!(plain.body(), upstream.index_entry("foo"));
    let packed = get_with(upstream.address(), &path, &[("accept-encoding", "deflate, gzip")]);
    assert_eq!(header(&packed, "content-encoding"), "gzip");
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(packed.body()).read_to_end(&mut text).unwrap();
    assert_eq!(text, plain.body());
}

#[test]
fn an_index_has_the_size_that_was_asked_for() {
    let upstream = FakeUpstream::start();
    for size in [10_000, 180_000] {
        let name = format!("big{size}");
        let last = upstream.publish_index_of_size(&name, size);
        let length = upstream.index_entry(&name).len();
        assert!((size..size + 1_000).contains(&length), "{length}");
        let path = upstream.download_path(&name, &last.version);
        assert_eq!(blocking_get(upstream.address(), &path).body(), last.bytes);
    }
}

#[test]
fn downloads_stand_where_the_template_leads() {
    let upstream = FakeUpstream::start();
    let packed = upstream.publish(CrateFile::new("Foo", "1.0.0"));
    let origin = upstream.index_url().origin().ascii_serialization();
    upstream.set_downloads(&format!(
        "{origin}/{{lowerprefix}}/{{crate}}-{{version}}-{{sha256-checksum}}"
    ));
    let config = blocking_get(upstream.address(), "/index/config.json");
    let config: serde_json::Value = serde_json::from_slice(config.body()).unwrap();
    assert!(config["dl"].as_str().unwrap().contains("{sha256-checksum}"));
    let path = format!("/3/f/Foo-1.0.0-{}", packed.checksum);
    assert_eq!(blocking_get(upstream.address(), &path).body(), packed.bytes);

    upstream.set_downloads("http://elsewhere.example/dl");
    assert_eq!(blocking_get(upstream.address(), &path).status(), Some(404));
    let default = upstream.download_path("Foo", "1.0.0");
    assert_eq!(blocking_get(upstream.address(), &default).body(), packed.bytes);

    upstream.serve_at("/index/config.json", Answer::new(200).body("{}"));
    assert_eq!(blocking_get(upstream.address(), "/index/config.json").body(), b"{}");
}

#[test]
fn a_private_registry_answers_only_those_with_its_header() {
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    upstream.require_header("authorization", "token-1");
    let path = upstream.index_path("foo");
    upstream.on(&path).times(1).then(Fault::status(500));

    let refused = get_with(upstream.address(), &path, &[("authorization", "token-2")]);
    assert_eq!(refused.status(), Some(401));
    let known = [("Authorization", "token-1")];
    assert_eq!(get_with(upstream.address(), &path, &known).status(), Some(500));
    assert_eq!(get_with(upstream.address(), &path, &known).status(), Some(200));
    let sent: Vec<_> = upstream.requests();
    assert_eq!(sent[0].header("authorization"), Some("token-2"));
    assert_eq!(upstream.count_matching(|seen| seen.header("Authorization") == Some("token-1")), 2);
}

#[test]
fn a_connection_serves_request_after_request_and_each_is_counted() {
    let upstream = FakeUpstream::start();
    let packed = upstream.publish(CrateFile::new("foo", "1.0.0"));
    let mut connection = RawConnection::open(upstream.address()).unwrap();
    for last in [false, true] {
        let closing = if last { "connection: close\r\n" } else { "" };
        let request =
            format!("GET /dl/foo/1.0.0/download?x=1 HTTP/1.1\r\nhost: h\r\n{closing}\r\n");
        connection.send(request.as_bytes()).unwrap();
    }
    let both = connection.read(1 << 20, Duration::from_secs(30));
    let bodies = both.bytes.windows(packed.bytes.len()).filter(|part| part == &packed.bytes);
    assert_eq!(bodies.count(), 2);
    assert_eq!(upstream.count("/dl/*"), 2);
    assert_eq!(upstream.count("/index/*"), 0);
    assert_eq!(upstream.requests()[0].query.as_deref(), Some("x=1"));
    upstream.forget_requests();
    assert_eq!(upstream.count("*"), 0);
}

#[test]
fn an_upstream_that_is_gone_refuses_connections_until_it_comes_back() {
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    let path = upstream.index_path("foo");
    let mut open = RawConnection::open(upstream.address()).unwrap();
    for _ in 0..3 {
        upstream.stop();
        upstream.stop();
        let refused = RawConnection::open(upstream.address()).unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
        upstream.restart();
        assert_eq!(blocking_get(upstream.address(), &path).status(), Some(200));
    }
    let ended = open.read(1, Duration::from_secs(30));
    assert!(ended.bytes.is_empty(), "connections do not outlive the server");
}

#[tokio::test]
async fn it_serves_a_test_with_one_thread_and_a_runtime() {
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    let path = upstream.index_path("foo");
    let (answer, ()) = tokio::join!(get(upstream.address(), &path), upstream.wait_for(&path, 1));
    assert_eq!(answer.status(), Some(200));
    upstream.stop();
    upstream.restart();
    assert_eq!(get(upstream.address(), &path).await.status(), Some(200));
}

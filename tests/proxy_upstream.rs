//! The upstream is not trusted: where it points to, what it is told, and what it may cost.

mod support;

use std::time::Duration;

use depaudit_model::{RegistryName, Secret};
use depaudit_proxy::upstream::{HeaderPair, UpstreamSettings};
use depaudit_testkit::{CrateFile, FakeUpstream, Fault, raw_http};
use support::{Answer, Service};

const DOWNLOAD: &str = "crates/foo/1.0.0/download";
const AT_UPSTREAM: &str = "/dl/foo/1.0.0/download";

fn upstream_with_foo() -> FakeUpstream {
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    upstream
}

#[tokio::test]
async fn redirects_within_the_registry_are_followed() {
    let upstream = upstream_with_foo();
    let moved = format!("http://{}/moved/foo", upstream.address());
    let bytes = upstream.publish(CrateFile::new("foo", "1.0.0")).bytes;
    upstream.serve_at("/moved/foo", Fault::status(200).body(bytes.clone()));
    upstream.on(AT_UPSTREAM).then(Fault::Redirect(moved));
    let service = Service::before(&upstream).await;
    assert_eq!(service.get(DOWNLOAD).await.body, bytes);
}

#[tokio::test]
async fn bad_input_16_redirect_loops_and_other_schemes_end_in_a_502() {
    let upstream = upstream_with_foo();
    let service = Service::before(&upstream).await;
    upstream.on(AT_UPSTREAM).times(6).then(Fault::RedirectLoop);
    let answer = service.get(DOWNLOAD).await;
    assert_eq!(answer.status, 502);
    assert!(answer.text().contains("more than 5 redirects"), "{}", answer.text());
    for target in ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/"] {
        upstream.on(AT_UPSTREAM).times(1).then(Fault::Redirect(target.to_owned()));
        let answer = service.get(DOWNLOAD).await;
        assert_eq!(answer.status, 502, "{target}");
        assert!(answer.text().contains("not allowed"), "{}", answer.text());
    }
}

#[tokio::test]
async fn bad_input_17_neither_dl_nor_a_redirect_reaches_an_inner_address() {
    let inner = FakeUpstream::start();
    let upstream = upstream_with_foo();
    let service = Service::before(&upstream).await;
    let port = inner.address().port();
    for host in ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.1", "0x7f000001"] {
        let target = format!("http://{host}:{port}/latest/meta-data");
        upstream.on(AT_UPSTREAM).times(1).then(Fault::Redirect(target));
        let answer = service.get(DOWNLOAD).await;
        assert_eq!(answer.status, 502, "{host}: {}", answer.text());
        assert!(answer.text().contains("not allowed"), "{host}: {}", answer.text());
    }
    assert_eq!(inner.requests().len(), 0, "no connection was made to another port of this machine");

    // The same through `dl`, which is asked for by a proxy that has not seen it yet.
    upstream.set_downloads(&format!("http://127.0.0.1:{port}/dl"));
    let service = Service::before(&upstream).await;
    assert_eq!(service.get(DOWNLOAD).await.status, 502);
    assert_eq!(inner.requests().len(), 0);
}

#[tokio::test]
async fn a_network_that_was_configured_may_be_reached() {
    let downloads = upstream_with_foo();
    let upstream = upstream_with_foo();
    upstream.set_downloads(&format!("http://{}/dl", downloads.address()));
    let service = Service::with(&upstream, |settings| {
        for upstream in settings.registries.values_mut() {
            upstream.networks = vec!["127.0.0.0/8".parse().unwrap()];
        }
    });
    assert_eq!(service.await.get(DOWNLOAD).await.status, 200);
    assert_eq!(downloads.count(AT_UPSTREAM), 1);
}

#[tokio::test]
async fn bad_input_18_credentials_go_to_the_registry_and_to_nobody_else() {
    let other = upstream_with_foo();
    let upstream = upstream_with_foo();
    upstream.require_header("authorization", "canary-token");
    upstream.set_downloads(&format!("http://{}/dl", other.address()));
    let service = Service::with(&upstream, |settings| {
        for upstream in settings.registries.values_mut() {
            upstream.token = Some(Secret::new("canary-token".into()));
            let name = "x-client".parse().unwrap();
            let value = Secret::new("canary-header".into());
            upstream.headers = vec![HeaderPair { name, value }];
            upstream.networks = vec!["127.0.0.0/8".parse().unwrap()];
        }
    });
    let service = service.await;
    assert_eq!(service.get("index/3/f/foo").await.status, 200, "the token opened the index");
    assert_eq!(service.get(DOWNLOAD).await.status, 200);
    let asked = upstream.requests();
    assert!(asked.iter().all(|request| request.header("authorization") == Some("canary-token")));
    assert!(asked.iter().all(|request| request.header("x-client") == Some("canary-header")));
    let elsewhere = other.requests();
    assert_eq!(elsewhere.len(), 1);
    assert_eq!(elsewhere[0].header("authorization"), None);
    assert_eq!(elsewhere[0].header("x-client"), None);
}

#[tokio::test]
async fn what_clients_send_does_not_reach_the_upstream() {
    let upstream = upstream_with_foo();
    let service = Service::before(&upstream).await;
    let request = service
        .request(&format!("{DOWNLOAD}?token=canary-query"))
        .header("authorization", "canary-header")
        .header("cookie", "canary-cookie");
    assert_eq!(Answer::of(request).await.status, 200);
    assert!(!format!("{:?}", upstream.requests()).contains("canary"));
    assert!(!format!("{:?}", service.stop().await.events().await).contains("canary"));
}

#[tokio::test]
async fn bad_input_19_the_host_header_decides_nothing() {
    let upstream = upstream_with_foo();
    let service = Service::before(&upstream).await;
    let request = service
        .request("index/config.json")
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example")
        .header("forwarded", "host=evil.example");
    let answer = Answer::of(request).await;
    let expected = format!("{{\"dl\":\"http://{}/t/payments/crates-io/crates\"}}", service.address);
    assert_eq!(answer.text(), expected);
}

#[tokio::test]
async fn several_registries_stand_behind_one_proxy() {
    let (public, inner) = (FakeUpstream::start(), FakeUpstream::start());
    public.publish(CrateFile::new("foo", "1.0.0"));
    let ours = inner.publish(CrateFile::new("foo", "2.0.0"));
    let service = Service::with(&public, |settings| {
        let name: RegistryName = "internal".parse().unwrap();
        settings.registries.insert(name, UpstreamSettings::new(inner.index_url()));
    });
    let service = service.await;
    let path = "/t/payments/internal/crates/foo/2.0.0/download";
    let answer = Answer::of(service.raw(reqwest::Method::GET, path)).await;
    assert_eq!(answer.body, ours.bytes);
    assert_eq!(
        service.get("crates/foo/2.0.0/download").await.status,
        404,
        "each has its own crates"
    );
    let config = service.raw(reqwest::Method::GET, "/t/search/internal/index/config.json");
    assert!(Answer::of(config).await.text().ends_with("/t/search/internal/crates\"}"));
}

#[tokio::test]
async fn a_config_that_hangs_is_asked_for_once_and_holds_up_no_download_of_a_known_registry() {
    const CONFIG: &str = "/index/config.json";
    let upstream = upstream_with_foo();
    for number in 0..5 {
        upstream.publish(CrateFile::new(&format!("bar{number}"), "1.0.0"));
    }
    let service = Service::with(&upstream, |settings| {
        for upstream in settings.registries.values_mut() {
            upstream.limits.first_byte = Duration::from_millis(500);
        }
    });
    let service = service.await;
    let gate = upstream.on(CONFIG).hold();
    let cold =
        (0..5).map(async |number| service.get(&format!("crates/bar{number}/1.0.0/download")).await);
    for answer in futures_util::future::join_all(cold).await {
        assert_eq!(answer.status, 503, "{}", answer.text());
    }
    assert_eq!(upstream.count(CONFIG), 1, "one question, and one failure for all");
    gate.open();
    support::until(async || (service.get(DOWNLOAD).await.status == 200).then_some(())).await;

    let stopped = service.stop().await;
    let _gate = upstream.on(CONFIG).hold();
    let service = stopped.restart(&upstream).await;
    for number in 0..5 {
        let path = format!("crates/bar{number}/1.0.0/download");
        assert_eq!(service.get(&path).await.status, 200, "the template of before serves");
    }
}

#[tokio::test]
async fn bad_input_11_an_http_1_0_client_never_takes_a_cut_crate_for_a_whole_one() {
    let upstream = FakeUpstream::start();
    let packed = upstream.publish(CrateFile::new("foo", "1.0.0").padding(3 << 20));
    // No length, so that the end of the connection is the end of the crate: one byte too early.
    let mut answer = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec();
    answer.extend_from_slice(&packed.bytes[..packed.bytes.len() - 1]);
    upstream.on(AT_UPSTREAM).times(2).then(Fault::Raw(answer.into()));
    let service = Service::before(&upstream).await;
    let request = format!("GET /t/payments/crates-io/{DOWNLOAD} HTTP/1.0\r\nhost: x\r\n\r\n");
    let patience = Duration::from_secs(20);
    let ask = || raw_http::exchange(service.address, request.clone().into_bytes(), patience);
    let refused = ask().await.bytes;
    assert!(refused.starts_with(b"HTTP/1.0 502 "), "nothing was sent before all of it was proven");
    assert!(!service.get(DOWNLOAD).await.whole, "an HTTP/1.1 client sees the cut");
    assert_eq!(ask().await.body(), packed.bytes);
}

#[tokio::test]
async fn a_stop_does_not_wait_for_fetches_that_nobody_waits_for() {
    let upstream = upstream_with_foo();
    let service = std::sync::Arc::new(Service::before(&upstream).await);
    let crate_gate = upstream.on(AT_UPSTREAM).hold();
    let index_gate = upstream.on("/index/3/b/bar").hold();
    for path in [DOWNLOAD, "index/3/b/bar"] {
        let asking = std::sync::Arc::clone(&service);
        let client = tokio::spawn(async move { asking.get(path).await });
        let gate = if path == DOWNLOAD { &crate_gate } else { &index_gate };
        gate.wait_for(1).await;
        client.abort();
        assert!(client.await.is_err(), "the client is gone");
    }
    service.proxy.abandon_fetches();
    let service = std::sync::Arc::into_inner(service).unwrap();
    let stopped = tokio::time::timeout(Duration::from_secs(20), service.stop()).await;
    assert!(stopped.is_ok(), "the gates are still closed");
}

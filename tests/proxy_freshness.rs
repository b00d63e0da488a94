//! How fresh the index is, and what is served while the upstream is slow or gone.

mod support;

use std::time::Duration;

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
async fn a_slow_upstream_is_waited_for_when_what_is_known_is_old() {
    let upstream = upstream_with_foo();
    let service = Service::with(&upstream, |settings| {
        settings.patience = Duration::from_millis(50);
    });
    let service = service.await;
    service.get(FOO).await;
    let gate = upstream.on(UPSTREAM_FOO).times(1).hold();
    service.clock.advance(MINUTE * 5);
    let stale = service.get(FOO).await;
    assert_eq!(stale.header("x-depaudit-stale"), Some("1"), "five minutes old: served meanwhile");

    gate.open();
    support::until(async || {
        service.get(FOO).await.header("x-depaudit-stale").is_none().then_some(())
    })
    .await;
    service.clock.advance(MINUTE * 60);
    let gate = upstream.on(UPSTREAM_FOO).hold();
    waits_for_the_upstream(&service, gate).await;
}

#[tokio::test]
async fn a_clock_that_was_set_back_makes_nothing_fresh() {
    let upstream = upstream_with_foo();
    let service = Service::with(&upstream, |settings| {
        settings.patience = Duration::from_millis(50);
    });
    let service = service.await;
    service.get(FOO).await;
    service.clock.turn_back(MINUTE);
    let gate = upstream.on(UPSTREAM_FOO).hold();
    waits_for_the_upstream(&service, gate).await;
}

/// Asks for `foo`, which must not be answered before the gate opens, however much longer than its
/// patience that takes.
async fn waits_for_the_upstream(service: &Service, gate: depaudit_testkit::Gate) {
    let mut answer = std::pin::pin!(service.get(FOO));
    let early = tokio::time::timeout(Duration::from_millis(300), answer.as_mut()).await;
    assert!(early.is_err(), "answered before the upstream did: {early:?}");
    gate.open();
    let answer = answer.await;
    assert_eq!((answer.status, answer.header("x-depaudit-stale")), (200, None));
}

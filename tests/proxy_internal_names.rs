//! Names that the policy keeps for internal packages, and what of them goes on record.

#[path = "support/policy.rs"]
mod policy;
mod support;

use std::time::Duration;

use depaudit_model::event::{Decision, EventKind};
use depaudit_proxy::upstream::UpstreamSettings;
use depaudit_testkit::{CrateFile, FakeUpstream};
use policy::enforce;
use support::{Answer, Service};

const KEPT: &str = "internal-packages = ['payments-*']\n";
const ENTRY: &str = "index/pa/ym/payments-core";

#[tokio::test]
async fn asking_for_a_kept_name_over_and_over_is_one_event_and_a_count() {
    let upstream = FakeUpstream::start();
    let service = Service::before(&upstream).await;
    enforce(&service, KEPT);
    for _ in 0..50 {
        assert_eq!(service.get(ENTRY).await.status, 403);
    }
    assert_eq!(service.get("index/pa/ym/payments-web").await.status, 403);
    let refused = service.events_of(EventKind::IndexServed).await;
    assert_eq!(refused.len(), 2, "one for each name");
    assert!(refused[0].event.detail.as_ref().unwrap().contains("kept for an internal package"));

    service.clock.advance(Duration::from_secs(24 * 60 * 60));
    service.proxy.tidy_up(false).await;
    let events = service.events_of(EventKind::IndexServed).await;
    let counted: Vec<_> = events.iter().filter(|it| it.event.count.is_some()).collect();
    assert_eq!(counted.len(), 1, "{events:?}");
    let count = &counted[0].event;
    assert_eq!((count.count, count.decision), (Some(49), Some(Decision::Deny)));
    assert_eq!(count.name.as_ref().unwrap().as_str(), "payments-core");
    assert!(count.detail.as_ref().unwrap().starts_with("refused again, since"), "{count:?}");

    assert_eq!(service.get(ENTRY).await.status, 403);
    let events = service.events_of(EventKind::IndexServed).await;
    assert_eq!(events.len(), 4, "a new window begins with an event");
    enforce(&service, &format!("{KEPT}# another one\n"));
    assert_eq!(service.get(ENTRY).await.status, 403);
    let events = service.events_of(EventKind::IndexServed).await;
    assert_eq!(events.len(), 5, "another policy refuses anew");
}

/// A path in the internal registry.
async fn ours(service: &Service, path: &str) -> Answer {
    let path = format!("/t/payments/ours/{path}");
    Answer::of(service.raw(reqwest::Method::GET, &path)).await
}

#[tokio::test]
async fn bad_input_31_of_a_name_in_both_registries_the_internal_one_wins_on_record_once() {
    let (public, internal) = (FakeUpstream::start(), FakeUpstream::start());
    for upstream in [&public, &internal] {
        upstream.publish(CrateFile::new("shared", "1.0.0"));
    }
    public.publish(CrateFile::new("other", "1.0.0"));
    let both = |settings: &mut depaudit_proxy::settings::Settings| {
        let home = UpstreamSettings::new(internal.index_url());
        settings.registries.insert("ours".parse().unwrap(), home);
    };
    let service = Service::with(&public, both).await;
    let policy = "[door]\ninternal-registries = ['ours']\n";
    enforce(&service, policy);
    let entry = "index/sh/ar/shared";
    let download = "crates/shared/1.0.0/download";
    assert_eq!(service.get(entry).await.status, 200, "nobody knows yet of another one");
    assert_eq!(ours(&service, entry).await.status, 200);
    let asked = public.count("*shared*");
    for path in [entry, download, entry] {
        let refused = service.get(path).await;
        assert_eq!(refused.status, 403, "{path}");
        let why = "the internal registry `ours` has a crate of this name";
        assert!(refused.text().contains(why), "{}", refused.text());
    }
    assert_eq!(public.count("*shared*"), asked, "the public registry is not asked any more");
    assert_eq!(ours(&service, download).await.status, 200);
    assert_eq!(service.get("index/ot/he/other").await.status, 200);
    let events = service.events().await.into_iter().map(|stored| stored.event);
    let denied: Vec<_> = events.filter(|it| it.decision == Some(Decision::Deny)).collect();
    let kinds: Vec<_> = denied.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::IndexServed, EventKind::DownloadDecided], "{denied:?}");
    assert!(denied.iter().all(|event| event.rule.as_deref() == Some("internal-name")));

    // A line of the policy may say that it is the same crate; a dry run says what it would do.
    let dry = "[[door.rule]]\nrule = 'internal-name'\nmode = 'dry-run'\n";
    enforce(&service, &format!("{policy}{dry}"));
    assert_eq!(service.get(download).await.status, 200);
    let last = service.events_of(EventKind::DownloadDecided).await.pop().unwrap().event;
    assert_eq!(last.decision, Some(Decision::WouldDeny));
    let allow = "[[door.allow]]\npackage = 'shared'\nrules = ['internal-name']\nreason = 'same'\n";
    enforce(&service, &format!("{policy}{allow}"));
    assert_eq!(service.get(entry).await.status, 200);

    let service = service.stop().await.restart(&public).await;
    enforce(&service, policy);
    assert_eq!(service.get(entry).await.status, 403, "a restart forgets nothing");
}

//! Names that the policy keeps for internal packages, and what of them goes on record.

#[path = "support/policy.rs"]
mod policy;
mod support;

use std::time::Duration;

use depaudit_model::event::{Decision, EventKind};
use depaudit_testkit::FakeUpstream;
use policy::enforce;
use support::Service;

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

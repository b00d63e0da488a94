//! What waivers and allow lines lift, and what is lifted only by name.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

#[path = "support/policy.rs"]
mod policy;
mod support;

use std::time::Duration;

use depaudit_model::RegistryName;
use depaudit_policy::Phrase;
use depaudit_policy::door::{Lifted, Permit, PermitAbout};
use depaudit_testkit::{CrateFile, FakeUpstream};
use policy::{enforce, enforce_with_permits};
use support::{Answer, Service};

/// The versions that an index view calls yanked.
fn yanked(view: &Answer) -> Vec<String> {
    let lines = view.text().lines().map(|line| serde_json::from_str(line).unwrap());
    let lines = lines.filter(|line: &serde_json::Value| line["yanked"] == true);
    lines.map(|line| line["vers"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn what_the_upstream_changed_is_let_through_only_by_who_names_that_rule() {
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    upstream.publish(CrateFile::new("foo", "1.1.0"));
    let service = Service::before(&upstream).await;
    assert_eq!(service.get("index/3/f/foo").await.status, 200, "its checksums are pinned");
    upstream.replace_checksum("foo", "1.1.0", &"ab".repeat(32));
    service.clock.advance(Duration::from_secs(120));
    let permit = |lifts: Lifted| Permit {
        id: "w-1".into(),
        about: PermitAbout::Release {
            name: "foo".parse().unwrap(),
            version: "*".parse().unwrap(),
            lifts,
        },
        registry: RegistryName::crates_io(),
        team: None,
        owner: Phrase::try_from("ann".to_owned()).unwrap(),
        reason: Phrase::try_from("ticket 12".to_owned()).unwrap(),
        link: None,
        expires: "2026-03-02".parse().unwrap(),
    };
    let deny = "[[door.deny]]\npackage = 'foo'\nversion = '=1.0.0'\nreason = 'no'\n";
    enforce_with_permits(&service, deny, vec![permit(Lifted::opinions())]);
    assert_eq!(yanked(&service.get("index/3/f/foo").await), ["1.1.0"]);
    assert_eq!(service.get("crates/foo/1.0.0/download").await.status, 200, "an opinion is lifted");
    let refused = service.get("crates/foo/1.1.0/download").await;
    assert_eq!(refused.status, 403, "what its bytes say is none");
    assert!(refused.text().contains("`upstream-changed`"), "{}", refused.text());
    // A line of the policy lifts no more than a waiver does.
    let allow = "[[door.allow]]\npackage = 'foo'\nreason = 'ours'\n";
    enforce(&service, allow);
    assert_eq!(service.get("crates/foo/1.1.0/download").await.status, 403);

    enforce_with_permits(&service, deny, vec![permit("upstream-changed".parse().unwrap())]);
    assert_eq!(yanked(&service.get("index/3/f/foo").await), ["1.0.0"]);
    assert_eq!(
        service.get("crates/foo/1.0.0/download").await.status,
        403,
        "and lifts nothing else"
    );
    let pinned = service.get("crates/foo/1.1.0/download").await;
    assert_eq!(pinned.status, 200, "the bytes that were first seen: {}", pinned.text());
    let bytes = CrateFile::new("foo", "1.1.0").pack().bytes;
    assert_eq!(pinned.body, bytes);
}

//! Releases that mend an advisory, under a minimum age.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

#[path = "support/policy.rs"]
mod policy;
mod support;

use std::sync::Arc;
use std::time::Duration;

use depaudit_model::event::EventKind;
use depaudit_policy::{Advisories, Advisory};
use depaudit_proxy::door::AdvisorySource;
use depaudit_testkit::{CrateFile, FakeUpstream};
use policy::enforce_with_advisories;
use support::Service;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const AGE: &str = "[door.minimum-age-days]\ncrates-io = 3\n";

/// 1.0.0 leaks, 1.0.1 mends it and is a day old, and of two days ago is a 0.9.9 that mends nothing.
/// What came hours ago calls itself newer still.
fn upstream() -> FakeUpstream {
    let upstream = FakeUpstream::start();
    for (version, published) in [
        ("1.0.2", "2026-03-01T06:00:00Z"),
        ("1.0.0", "2026-01-01T00:00:00Z"),
        ("1.0.1", "2026-02-28T12:00:00Z"),
        ("0.9.9", "2026-02-27T12:00:00Z"),
    ] {
        upstream.publish(CrateFile::new("foo", version).published_at(published));
    }
    upstream
}

fn database() -> AdvisorySource {
    let text = "```toml\n[advisory]\nid = \"RUSTSEC-2026-0001\"\npackage = \"foo\"\n\
                date = \"2026-02-28\"\n[versions]\npatched = [\">=1.0.1\"]\n```\n# It leaks\n";
    AdvisorySource::Read(Arc::new(Advisories::new([Advisory::parse(text).unwrap()])))
}

/// The versions that an index view does not call yanked, in the order of versions.
async fn free(service: &Service) -> Vec<String> {
    let view = service.get("index/3/f/foo").await;
    let lines = view.text().lines().map(|line| serde_json::from_str(line).unwrap());
    let lines = lines.filter(|line: &serde_json::Value| line["yanked"] == false);
    let mut free: Vec<_> = lines.map(|line| line["vers"].as_str().unwrap().to_owned()).collect();
    free.sort();
    free
}

#[tokio::test]
async fn a_fix_passes_young_and_what_follows_it_waits() {
    let upstream = upstream();
    let service = Service::before(&upstream).await;
    enforce_with_advisories(&service, AGE, database());
    assert!(free(&service).await.is_empty(), "without a word of the policy every release waits");
    let lets = format!("[door]\nyoung-security-fixes = 'allow'\n{AGE}");
    enforce_with_advisories(&service, &lets, database());
    assert_eq!(free(&service).await, ["1.0.1"]);
    for version in ["1.0.1", "1.0.2"] {
        let answer = service.get(&format!("crates/foo/{version}/download")).await;
        assert_eq!(answer.status, 200, "locked builds go on");
    }
    let decided = service.events_of(EventKind::DownloadDecided).await;
    let rules: Vec<_> = decided.iter().map(|stored| stored.event.rule.as_deref()).collect();
    assert_eq!(rules, [None, Some("minimum-age")], "both doors say the same");

    service.clock.advance(3 * DAY);
    assert_eq!(free(&service).await, ["1.0.1", "1.0.2"]);
}

#[tokio::test]
async fn an_advisory_that_is_mended_already_lets_nothing_young_pass() {
    let upstream = upstream();
    let service = Service::before(&upstream).await;
    service.clock.advance(30 * DAY);
    upstream.publish(CrateFile::new("foo", "1.0.3").published_at("2026-03-31T06:00:00Z"));
    let hard = "[[door.rule]]\nrule = 'minimum-age'\nblock = 'hard'\n";
    let lets = format!("[door]\nyoung-security-fixes = 'allow'\n{AGE}{hard}");
    enforce_with_advisories(&service, &lets, database());
    assert_eq!(free(&service).await, ["1.0.1", "1.0.2"]);
    let refused = service.get("crates/foo/1.0.3/download").await;
    assert_eq!(refused.status, 403);
    let text = refused.text();
    assert!(text.contains("newest allowed version: 1.0.2"), "{text}");
}

#[tokio::test]
async fn a_fix_of_what_nobody_may_have_waits_like_any_other() {
    let upstream = upstream();
    let service = Service::before(&upstream).await;
    let denied = "[[door.deny]]\npackage = 'foo'\nversion = '=1.0.0'\nreason = 'no'\n";
    let lets = format!("[door]\nyoung-security-fixes = 'allow'\n{AGE}{denied}");
    enforce_with_advisories(&service, &lets, database());
    assert!(free(&service).await.is_empty());
}

//! The policy at both doors, as requests see it.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

#[path = "support/policy.rs"]
mod policy;
mod support;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use depaudit_model::RegistryName;
use depaudit_model::event::{Decision, EventKind};
use depaudit_policy::door::{Lifted, Permit, PermitAbout};
use depaudit_policy::{Advisories, Advisory, Phrase};
use depaudit_proxy::door::AdvisorySource;
use depaudit_testkit::{CrateFile, FakeUpstream};
use policy::{enforce, enforce_with_advisories, enforce_with_permits};
use proptest::prelude::*;
use support::{Answer, Service};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// `foo` 1.0.0 is two months old, 1.1.0 one day.
fn upstream() -> FakeUpstream {
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    upstream.publish(CrateFile::new("foo", "1.1.0").published_at("2026-02-28T12:00:00Z"));
    upstream
}

/// The versions that an index view calls yanked.
fn yanked(view: &Answer) -> Vec<String> {
    let lines = view.text().lines().map(|line| serde_json::from_str(line).unwrap());
    let lines = lines.filter(|line: &serde_json::Value| line["yanked"] == true);
    lines.map(|line| line["vers"].as_str().unwrap().to_owned()).collect()
}

async fn of_team(service: &Service, team: &str, path: &str) -> Answer {
    let path = format!("/t/{team}/crates-io/{path}");
    Answer::of(service.raw(reqwest::Method::GET, &path)).await
}

#[tokio::test]
async fn a_young_release_is_held_back_and_appears_by_itself_when_it_is_old_enough() {
    let upstream = upstream();
    let service = Service::before(&upstream).await;
    enforce(&service, "[door.minimum-age-days]\ncrates-io = 3\n");
    let young = service.get("index/3/f/foo").await;
    assert_eq!(yanked(&young), ["1.1.0"]);
    let line = upstream.index_entry("foo");
    let line = std::str::from_utf8(&line).unwrap().lines().nth(1).unwrap();
    let marked = line.replace("\"yanked\":false", "\"yanked\":true");
    assert_eq!(young.text().lines().nth(1).unwrap(), marked, "nothing else changes");
    let locked = service.get("crates/foo/1.1.0/download").await;
    assert_eq!(locked.status, 200, "whoever locked it before goes on building");

    service.clock.advance(2 * DAY - Duration::from_secs(1));
    assert_eq!(yanked(&service.get("index/3/f/foo").await), ["1.1.0"]);
    service.clock.advance(Duration::from_secs(1));
    let old = service.get("index/3/f/foo").await;
    assert!(yanked(&old).is_empty(), "{}", old.text());
    assert_ne!(old.header("etag"), young.header("etag"));
    let event = &service.events_of(EventKind::DownloadDecided).await[0].event;
    assert_eq!(event.decision, Some(Decision::Allow));
    assert_eq!(event.rule.as_deref(), Some("minimum-age"));
    assert!(event.policy.is_some(), "the policy that decided is on record");
}

#[tokio::test]
async fn bad_input_33_a_denied_crate_by_direct_url_is_refused_with_the_reason_on_record() {
    let upstream = upstream();
    let service = Service::before(&upstream).await;
    enforce(
        &service,
        "[door]\ncontact = 'room 4'\n\
         [[door.deny]]\npackage = 'foo'\nversion = '>=1.1'\nreason = 'it phones home'\n",
    );
    let refused = service.get("crates/foo/1.1.0/download").await;
    assert_eq!(refused.status, 403);
    let lines: Vec<_> = refused.text().lines().collect();
    assert_eq!(lines[0], "depaudit: foo 1.1.0 is blocked by the rule `denied`");
    assert!(lines[1].starts_with("why: it phones home"), "{lines:?}");
    assert!(lines.contains(&"newest allowed version: 1.0.0"), "{lines:?}");
    assert_eq!(*lines.last().unwrap(), "for a waiver, ask room 4");
    assert_eq!(upstream.count("/dl/*"), 0, "what is blocked is not even fetched");
    let denied = &service.events_of(EventKind::DownloadDecided).await[0].event;
    assert_eq!(denied.decision, Some(Decision::Deny));
    assert_eq!(denied.rule.as_deref(), Some("denied"));
    assert!(
        refused
            .header("x-served-by")
            .unwrap()
            .contains(denied.request_id.as_ref().unwrap().as_str())
    );
    assert_eq!(service.get("crates/foo/1.0.0/download").await.status, 200);
}

#[tokio::test]
async fn bad_input_32_two_teams_see_different_views_and_neither_sees_half_of_one() {
    let upstream = upstream();
    let service = Service::before(&upstream).await;
    enforce(
        &service,
        "[[door.deny]]\npackage = 'foo'\nversion = '=1.0.0'\nteam = 'billing'\nreason = 'no'\n",
    );
    let payments = of_team(&service, "payments", "index/3/f/foo").await;
    let billing = of_team(&service, "billing", "index/3/f/foo").await;
    assert!(yanked(&payments).is_empty());
    assert_eq!(payments.body, upstream.index_entry("foo"));
    assert_eq!(yanked(&billing), ["1.0.0"]);
    assert_ne!(payments.header("etag"), billing.header("etag"));
    let etag = billing.header("etag").unwrap().to_owned();
    let again = |team: &str| {
        let path = format!("/t/{team}/crates-io/index/3/f/foo");
        service.raw(reqwest::Method::GET, &path).header("if-none-match", &etag)
    };
    assert_eq!(Answer::of(again("billing")).await.status, 304);
    assert_eq!(Answer::of(again("payments")).await.status, 200, "it is another view");
    assert_eq!(of_team(&service, "billing", "crates/foo/1.0.0/download").await.status, 403);
    assert_eq!(of_team(&service, "payments", "crates/foo/1.0.0/download").await.status, 200);
}

#[tokio::test]
async fn bad_input_30_an_internal_name_is_never_asked_of_the_upstream() {
    let upstream = upstream();
    let service = Service::before(&upstream).await;
    enforce(&service, "internal-packages = ['payments-*']\n[door]\ncontact = 'room 4'\n");
    let view = service.get("index/pa/ym/payments-core").await;
    let download = service.get("crates/payments-core/1.0.0/download").await;
    for refused in [&view, &download] {
        assert_eq!(refused.status, 403);
        let lines: Vec<_> = refused.text().lines().collect();
        assert_eq!(lines[0], "depaudit: payments-core is blocked by the rule `internal-name`");
        assert!(lines[1].starts_with("why: the name is kept for an internal package"), "{lines:?}");
        assert_eq!(*lines.last().unwrap(), "for a waiver, ask room 4");
    }
    assert_eq!(upstream.count("*payments-core*"), 0, "the question alone would tell the name");
    for kind in [EventKind::IndexServed, EventKind::DownloadDecided] {
        let event = &service.events_of(kind).await[0].event;
        assert_eq!(event.decision, Some(Decision::Deny), "{kind}");
        assert_eq!(event.rule.as_deref(), Some("internal-name"), "{kind}");
    }
    assert_eq!(service.get("index/3/f/foo").await.status, 200, "other names are as before");
    assert!(upstream.count("*foo*") > 0, "what is asked for is counted");
}

#[tokio::test]
async fn bad_input_31_a_public_crate_with_an_internal_name_goes_to_nobody_until_a_line_lets_it() {
    let upstream = upstream();
    let service = Service::before(&upstream).await;
    let kept = "internal-packages = ['foo']\n";
    enforce(&service, kept);
    assert_eq!(service.get("index/3/f/foo").await.status, 403);
    assert_eq!(service.get("crates/foo/1.0.0/download").await.status, 403);
    assert_eq!(upstream.count("*foo*"), 0, "that the public one exists does not matter");

    enforce(
        &service,
        &format!(
            "{kept}[[door.allow]]\npackage = 'foo'\nversion = '=1.0.0'\n\
             rules = ['internal-name']\nreason = 'ours, published by us'\n"
        ),
    );
    assert_eq!(yanked(&service.get("index/3/f/foo").await), ["1.1.0"]);
    assert_eq!(service.get("crates/foo/1.0.0/download").await.status, 200);
    assert_eq!(service.get("crates/foo/1.1.0/download").await.status, 403);

    enforce(&service, &format!("{kept}[door]\ninternal-registries = ['crates-io']\n"));
    let home = service.get("index/3/f/foo").await;
    assert!(yanked(&home).is_empty(), "in a registry of the house the name is at home");
}

#[tokio::test]
async fn a_rule_in_dry_run_is_on_record_and_blocks_nothing() {
    let upstream = upstream();
    let service = Service::before(&upstream).await;
    enforce(
        &service,
        "[[door.deny]]\npackage = 'foo'\nreason = 'no'\n\
         [[door.rule]]\nrule = 'denied'\nmode = 'dry-run'\n",
    );
    assert!(yanked(&service.get("index/3/f/foo").await).is_empty());
    assert_eq!(service.get("crates/foo/1.0.0/download").await.status, 200);
    let event = &service.events_of(EventKind::DownloadDecided).await[0].event;
    assert_eq!(event.decision, Some(Decision::WouldDeny));
    assert_eq!(event.rule.as_deref(), Some("denied"));
}

#[tokio::test]
async fn a_waiver_opens_the_door_until_its_day_and_not_after() {
    let upstream = upstream();
    let service = Service::before(&upstream).await;
    let phrase = |text: &str| Phrase::try_from(text.to_owned()).unwrap();
    let permit = Permit {
        id: "w-1".into(),
        about: PermitAbout::Release {
            name: "foo".parse().unwrap(),
            version: "=1.1.0".parse().unwrap(),
            lifts: Lifted::opinions(),
        },
        registry: RegistryName::crates_io(),
        team: None,
        owner: phrase("payments"),
        reason: phrase("a release tonight"),
        link: None,
        expires: "2026-03-02".parse().unwrap(),
    };
    let deny = "[[door.deny]]\npackage = 'foo'\nreason = 'no'\n";
    enforce_with_permits(&service, deny, vec![permit]);
    assert_eq!(yanked(&service.get("index/3/f/foo").await), ["1.0.0"]);
    assert_eq!(service.get("crates/foo/1.1.0/download").await.status, 200);
    service.clock.advance(Duration::from_secs(12 * 60 * 60));
    assert_eq!(yanked(&service.get("index/3/f/foo").await), ["1.0.0", "1.1.0"]);
    assert_eq!(service.get("crates/foo/1.1.0/download").await.status, 403);
}

#[tokio::test]
async fn an_advisory_holds_a_version_back_and_an_unreadable_database_holds_back_all() {
    let upstream = upstream();
    let service = Service::before(&upstream).await;
    let text = "```toml\n[advisory]\nid = \"RUSTSEC-2026-0001\"\npackage = \"foo\"\n\
                date = \"2026-02-01\"\n[versions]\npatched = [\">=1.1\"]\n```\n# It leaks\n";
    let database = Advisories::new([Advisory::parse(text).unwrap()]);
    let source = AdvisorySource::Read(Arc::new(database));
    enforce_with_advisories(&service, "", source.clone());
    assert_eq!(yanked(&service.get("index/3/f/foo").await), ["1.0.0"]);
    assert_eq!(service.get("crates/foo/1.0.0/download").await.status, 200);
    let hard = "[[door.rule]]\nrule = 'advisory'\nblock = 'hard'\n";
    enforce_with_advisories(&service, hard, source);
    let refused = service.get("crates/foo/1.0.0/download").await;
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("why: RUSTSEC-2026-0001"), "{}", refused.text());
    enforce_with_advisories(&service, "", AdvisorySource::Unreadable);
    assert_eq!(yanked(&service.get("index/3/f/foo").await), ["1.0.0", "1.1.0"]);
}

#[tokio::test]
async fn a_licence_is_read_from_the_crate_before_any_byte_of_it_leaves() {
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("bare", "1.0.0"));
    upstream.publish(CrateFile::new("large", "1.0.0").padding(3 << 20));
    let service = Service::before(&upstream).await;
    enforce(&service, "[door]\nlicences = ['Apache-2.0']\n");
    for name in ["bare", "large"] {
        let refused = service.get(&format!("crates/{name}/1.0.0/download")).await;
        assert_eq!(refused.status, 403, "{name}");
        assert!(refused.text().contains("why: its licence is MIT"), "{}", refused.text());
        let claims = refused.text().contains("newest allowed version");
        assert!(!claims, "what was not fetched is not known to pass: {}", refused.text());
    }
    enforce(&service, "[door]\nlicences = ['MIT']\n");
    assert_eq!(service.get("crates/large/1.0.0/download").await.status, 200);
    enforce(&service, "[door]\nlargest-crate-bytes = 1000000\n");
    assert_eq!(service.get("crates/large/1.0.0/download").await.status, 403);
    assert_eq!(service.get("crates/bare/1.0.0/download").await.status, 200);
}

#[tokio::test]
async fn what_the_upstream_changed_is_held_back_and_its_pinned_bytes_stay() {
    let upstream = upstream();
    let service = Service::before(&upstream).await;
    assert_eq!(service.get("crates/foo/1.0.0/download").await.status, 200);
    upstream.replace_checksum("foo", "1.0.0", &"ab".repeat(32));
    upstream.remove_version("foo", "1.1.0");
    service.clock.advance(Duration::from_secs(120));
    let view = service.get("index/3/f/foo").await;
    assert_eq!(yanked(&view), ["1.0.0"], "{}", view.text());
    assert_eq!(service.get("crates/foo/1.0.0/download").await.status, 200, "it was served before");
    assert_eq!(service.get("crates/foo/1.1.0/download").await.status, 404, "nobody has it");
}

/// What a client may do, in any order.
#[derive(Debug, Clone, Copy)]
enum Step {
    View(u8),
    Download(u8, u8),
    Head(u8, u8),
    Part(u8, u8),
    Wait,
    Reload,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0..2u8).prop_map(Step::View),
        (0..2u8, 0..2u8).prop_map(|(team, version)| Step::Download(team, version)),
        (0..2u8, 0..2u8).prop_map(|(team, version)| Step::Head(team, version)),
        (0..2u8, 0..2u8).prop_map(|(team, version)| Step::Part(team, version)),
        Just(Step::Wait),
        Just(Step::Reload),
    ];
    prop::collection::vec(step, 1..25)
}

const TEAMS: [&str; 2] = ["payments", "billing"];
const VERSIONS: [&str; 2] = ["1.0.0", "1.1.0"];

/// Denies 1.1.0 to the team `billing`, whatever else.
const STRICT: &str = "[[door.deny]]\npackage = 'foo'\nversion = '=1.1.0'\nteam = 'billing'\n\
                      reason = 'no'\n";

async fn walk(steps: Vec<Step>) {
    let upstream = upstream();
    let service = Service::before(&upstream).await;
    enforce(&service, STRICT);
    let denied_bytes =
        CrateFile::new("foo", "1.1.0").published_at("2026-02-28T12:00:00Z").pack().bytes;
    for step in steps {
        let (team, version, request) = match step {
            Step::View(team) => (team, None, "index/3/f/foo".to_owned()),
            Step::Download(team, version)
            | Step::Head(team, version)
            | Step::Part(team, version) => {
                let version = VERSIONS[usize::from(version)];
                (team, Some(version), format!("crates/foo/{version}/download"))
            }
            Step::Wait => {
                service.clock.advance(Duration::from_secs(61));
                continue;
            }
            Step::Reload => {
                enforce(&service, &format!("{STRICT}[door]\nunknown-age = 'allow'\n"));
                continue;
            }
        };
        let team = TEAMS[usize::from(team)];
        let path = format!("/t/{team}/crates-io/{request}");
        let method = match step {
            Step::Head(..) => reqwest::Method::HEAD,
            _ => reqwest::Method::GET,
        };
        let mut asked = service.raw(method, &path);
        if matches!(step, Step::Part(..)) {
            asked = asked.header("range", "bytes=0-99");
        }
        let answer = Answer::of(asked).await;
        let blocked = team == "billing" && version == Some("1.1.0");
        if blocked {
            assert_eq!(answer.status, 403, "{step:?}");
            let windows: BTreeSet<&[u8]> = denied_bytes.windows(64).collect();
            assert!(answer.body.windows(64).all(|part| !windows.contains(part)), "{step:?}");
        } else {
            assert!(matches!(answer.status, 200 | 206), "{step:?}: {}", answer.status);
        }
        if version.is_none() {
            let wanted: &[&str] = if team == "billing" { &["1.1.0"] } else { &[] };
            assert_eq!(yanked(&answer), wanted, "{step:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn no_sequence_of_views_and_downloads_lets_denied_bytes_out(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(walk(steps));
    }
}

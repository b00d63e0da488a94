//! What pages advise, the doors let through; what they cannot know they do not say.

use depaudit_testkit::{CrateFile, FakeUpstream};

use crate::reports::{page, report, send};
use crate::server::Server;

const DENIED: &str = "[[door.deny]]\npackage = 'shared'\nversion = '=1.3.0'\nreason = 'it leaks'\n";

async fn started(data: &std::path::Path) -> (FakeUpstream, Server) {
    let upstream = FakeUpstream::start();
    for version in ["1.2.0", "1.2.1", "1.3.0"] {
        let krate = CrateFile::new("shared", version);
        upstream.publish(krate.published_at("2026-01-01T00:00:00Z"));
    }
    let policy = data.join("policy.toml");
    std::fs::write(&policy, DENIED).unwrap();
    let more = ["--policy", policy.to_str().unwrap(), "--team", "search", "--team", "web"];
    let server = Server::start(&data.join("data"), &upstream, &more);
    // The index entry comes with the first question for it.
    assert_eq!(page(&server, "/t/web/crates-io/index/sh/ar/shared").await.0, 200);
    (upstream, server)
}

#[tokio::test]
async fn nobody_is_told_to_update_to_what_the_policy_refuses() {
    let data = tempfile::tempdir().unwrap();
    let (_upstream, server) = started(data.path()).await;
    send(&server, &report("payments", "1.2.0", None)).await;
    send(&server, &report("search", "1.2.1", None)).await;
    send(&server, &report("web", "1.3.0", None)).await;
    let told = "1.3.0 is refused here by the rule denied: it leaks (";
    let update = "cargo update -p shared@1.2.0 --precise 1.2.1";
    for path in ["/", "/team/payments"] {
        let (_, text) = page(&server, path).await;
        assert!(text.contains(told) && text.contains(update), "{path}: {text}");
        assert!(!text.contains("--precise 1.3.0"), "{path}: {text}");
    }
    let (_, text) = page(&server, "/team/search").await;
    assert!(text.contains("no newer release that is compatible passes"), "{text}");
    assert!(!text.contains("cargo update"), "{text}");
    let (_, text) = page(&server, "/drift/missed-patches").await;
    assert!(text.contains("has been out for more than 14 days"), "{text}");
}

#[tokio::test]
async fn what_if_tells_what_there_is_and_leaves_the_choice_to_cargo() {
    let data = tempfile::tempdir().unwrap();
    let (_upstream, server) = started(data.path()).await;
    let mut fork = report("search", "1.2.0", Some("https://git.example/our-org/shared"));
    fork["overrides"][0]["locked"] = serde_json::json!([1]);
    send(&server, &fork).await;
    let (_, text) = page(&server, "/what-if?dropped=shared").await;
    // No lock holds the number without its fork: 1.2.0 is not what a build would take.
    assert!(text.contains("<td><bdi>1.3.0</bdi></td>"), "{text}");
    assert!(text.contains("the manifests' requirements, which reports do not carry"), "{text}");
}

#[tokio::test]
async fn a_declaration_that_has_ended_says_since_when_and_one_that_holds_promises_no_passed_scan() {
    let data = tempfile::tempdir().unwrap();
    let (_upstream, server) = started(data.path()).await;
    for (team, day) in [("search", "2026-02-10"), ("web", "9999-01-01")] {
        let mut declared = report(team, "1.2.0", Some("https://git.example/our-org/shared"));
        declared["overrides"][0]["declared"] = "yes".into();
        declared["overrides"][0]["owned"] =
            serde_json::json!({ "owner": "platform", "expires": day });
        send(&server, &declared).await;
    }
    let (_, text) = page(&server, "/overrides").await;
    for told in ["on 2026-02-10", "until 9999-01-01", "a scan may deny what it holds"] {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert!(!text.contains("until 2026-02-10"), "{text}");
    let (_, text) = page(&server, "/team/search").await;
    assert!(text.contains("may lack what came out since"), "{text}");
}

//! Whoever is on call types what is at hand, and reads who has it, who runs it and what to do.

use depaudit_testkit::{CrateFile, FakeUpstream};
use serde_json::Value;

use crate::reports::{page, report, send};
use crate::server::Server;

const DENIED: &str = "[[door.deny]]\npackage = 'shared'\nversion = '=1.3.0'\nreason = 'it leaks'\n";

/// payments received what it locks, search locks a fork under the same number, web received other bytes
/// than it locks, mobile was refused.
async fn story(data: &std::path::Path) -> (FakeUpstream, Server) {
    let upstream = FakeUpstream::start();
    for version in ["1.2.0", "1.3.0"] {
        upstream.publish(CrateFile::new("shared", version));
    }
    let policy = data.join("policy.toml");
    std::fs::write(&policy, DENIED).unwrap();
    let more = ["--policy", policy.to_str().unwrap()];
    let teams = ["search", "web", "mobile"].iter().flat_map(|team| ["--team", *team]);
    let more: Vec<_> = more.into_iter().chain(teams).collect();
    let server = Server::start(data, &upstream, &more);
    for (team, version, expected) in
        [("payments", "1.2.0", 200), ("web", "1.2.0", 200), ("mobile", "1.3.0", 403)]
    {
        let path = format!("/t/{team}/crates-io/crates/shared/{version}/download");
        assert_eq!(page(&server, &path).await.0, expected, "{path}");
    }
    let locked = |team: &str, checksum: &str| {
        let mut report = report(team, "1.2.0", None);
        report["packages"][1]["checksum"] = checksum.into();
        report
    };
    let (_, json) = page(&server, "/incident.json?of=shared%401.2.0").await;
    let json: Value = serde_json::from_str(&json).unwrap();
    let received = json["trace"]["releases"][0]["checksums"][0].as_str().unwrap().to_owned();
    send(&server, &locked("payments", &received)).await;
    send(&server, &locked("web", &"ab".repeat(32))).await;
    send(&server, &locked("mobile", &received)).await;
    let fork = "https://git.example/shared?x=<script>alert(1)</script>";
    send(&server, &report("search", "1.2.0", Some(fork))).await;
    (upstream, server)
}

async fn shows(server: &Server, of: &str, all: &[&str]) -> String {
    let (status, text) = page(server, &format!("/incident?of={of}")).await;
    assert_eq!(status, 200, "{of}: {text}");
    for expected in all {
        assert!(text.contains(expected), "{of}: {expected} in {text}");
    }
    for never in ["<script", "\u{202e}", "style="] {
        assert!(!text.contains(never), "{of}: {never} in {text}");
    }
    text
}

/// The part of a page under a heading.
fn under<'t>(text: &'t str, id: &str) -> &'t str {
    let (_, from) = text.split_once(&format!("<h2 id=\"{id}\"")).unwrap();
    from.split("<h2").next().unwrap()
}

#[tokio::test]
async fn a_version_is_told_in_the_order_in_which_somebody_on_call_asks() {
    let data = tempfile::tempdir().unwrap();
    let (_upstream, server) = story(data.path()).await;
    let text = shows(&server, "shared%401.2.0", &["2 teams received it"]).await;
    let order = ["what", "has", "runs", "instead", "next", "policy", "when", "now"];
    let places: Vec<_> = order.iter().map(|id| text.find(&format!("<h2 id=\"{id}\""))).collect();
    assert!(places.is_sorted() && places.iter().all(Option::is_some), "{places:?}");
    for (id, told) in [
        ("what", "is not the same bytes for all"),
        ("what", "advisories: no database is configured"),
        ("what", "the upstream still names the checksum that went out"),
        ("has", "<bdi>payments</bdi>"),
        ("runs", "4 teams"),
        ("runs", "<bdi>app 0.1.0 → shared 1.2.0</bdi>"),
        ("runs", "&#60;script&#62;alert(1)&#60;/script&#62;"),
        ("instead", "<bdi>Cargo.toml:7</bdi>"),
        ("now", "version = \"=1.2.0\""),
        ("now", "href=\"/crate/shared\""),
        ("now", "href=\"/audit?crate=shared&#38;version=1.2.0\""),
    ] {
        let part = if told == "4 teams" { text.as_str() } else { under(&text, id) };
        assert!(part.contains(told), "{id}: {told} in {part}");
    }
    // search takes a fork, which nobody receives here; mobile was refused another version.
    let (_, json) = page(&server, "/incident.json?of=shared%401.2.0").await;
    let json: Value = serde_json::from_str(&json).unwrap();
    let missing: Vec<_> = json["not_received"].as_array().unwrap().iter().collect();
    let told: Vec<_> = missing
        .iter()
        .map(|it| (it["team"].as_str().unwrap(), it["received"].as_array().unwrap().len()))
        .collect();
    assert_eq!(told, [("mobile", 0), ("web", 1)], "{json}");
    assert!(under(&text, "runs").contains("other bytes: "), "{text}");
    assert_eq!(json["schema"], "depaudit.incident/1");
    assert_eq!(json["blast"]["totals"]["teams"], 4);

    let (_, csv) = page(&server, "/incident.csv?of=shared%401.2.0").await;
    assert_eq!(csv.lines().count(), 3, "{csv}");
    let (_, csv) = page(&server, "/incident-workspaces.csv?of=shared%401.2.0").await;
    assert_eq!(csv.lines().count(), 5, "{csv}");
    assert!(csv.contains("mobile,acme/shop,main,.,payd,app 0.1.0 > shared 1.2.0"), "{csv}");
}

#[tokio::test]
async fn one_repositorys_move_is_not_told_as_its_whole_teams() {
    let data = tempfile::tempdir().unwrap();
    let upstream = FakeUpstream::start();
    for version in ["1.2.0", "1.3.0"] {
        upstream.publish(CrateFile::new("shared", version));
    }
    let server = Server::start(data.path(), &upstream, &["--team", "web", "--team", "mobile"]);
    for team in ["payments", "web", "mobile"] {
        for version in ["1.2.0", "1.3.0"] {
            let path = format!("/t/{team}/crates-io/crates/shared/{version}/download");
            assert_eq!(page(&server, &path).await.0, 200, "{path}");
        }
    }
    for (team, repository, version) in [
        ("payments", "acme/shop", "1.3.0"),
        ("payments", "acme/billing", "1.2.0"),
        ("web", "acme/site", "1.3.0"),
    ] {
        let mut locked = report(team, version, None);
        locked["origin"]["repository"] = repository.into();
        send(&server, &locked).await;
    }
    let text = shows(&server, "shared%401.2.0", &[]).await;
    let next = under(&text, "next");
    for told in [
        "<bdi>acme/shop alone; acme/billing still locks 1.2.0</bdi>",
        "<bdi>all of web: acme/site</bdi>",
        "<bdi>not known: the team has not reported</bdi>",
    ] {
        assert!(next.contains(told), "{told} in {next}");
    }
    let (_, json) = page(&server, "/incident.json?of=shared%401.2.0").await;
    let json: Value = serde_json::from_str(&json).unwrap();
    let of = |team: &str| {
        let moves = json["moves"].as_array().unwrap();
        moves.iter().find(|it| it["team"] == team).unwrap_or_else(|| panic!("{json}"))
    };
    assert_eq!(of("payments")["still"], serde_json::json!(["acme/billing"]));
    assert_eq!(of("web")["still"], serde_json::json!([]));
    assert_eq!(of("mobile")["reported"], false);
}

#[tokio::test]
async fn a_crate_a_digest_and_a_request_lead_to_the_same_story() {
    let data = tempfile::tempdir().unwrap();
    let (_upstream, server) = story(data.path()).await;
    let all =
        ["1 team was refused", "refused by the rule denied for mobile", "<bdi>it leaks</bdi>"];
    let crate_page = shows(&server, "shared", &all[..2]).await;
    assert!(under(&crate_page, "now").contains("href=\"/policy/queue\""), "{crate_page}");
    assert!(under(&crate_page, "policy").contains("href=\"/policy/rule/denied\""), "{crate_page}");

    let (_, json) = page(&server, "/incident.json?of=shared%401.2.0").await;
    let json: Value = serde_json::from_str(&json).unwrap();
    let digest = json["trace"]["releases"][0]["checksums"][0].as_str().unwrap().to_owned();
    let start = format!("sha256%3A{}", &digest[..8]);
    let capitals = format!("SHA256%3A{}", &digest[..8].to_uppercase());
    for of in [digest.as_str(), &start, &capitals, "shared%20v1.2.0"] {
        shows(&server, of, &["2 teams received it", &digest, "<bdi>shared 1.2.0</bdi>"]).await;
    }
    let (_, start) = page(&server, "/incident").await;
    let request = start.split("?of=req-").nth(1).unwrap().split('"').next().unwrap();
    let asked = format!("req-{request}");
    let refused =
        shows(&server, &asked, &["led to 1 event:", ">download-decided</a>", "shared 1.3.0"]).await;
    let what = under(&refused, "what");
    assert!(what.contains("nothing of it was served here to compare with"), "{what}");
    assert!(!what.contains("another checksum"), "nothing has changed: {what}");
    assert!(what.contains("shared 1.3.0 is blocked by the policy in force for mobile"), "{what}");
    let now = under(&refused, "now");
    assert!(now.contains("it leaks (") && now.contains("policy.toml:1"), "which line: {now}");
    assert!(!now.contains("[[door.deny]]"), "it is denied already: {now}");
}

#[tokio::test]
async fn what_leads_nowhere_is_said_beside_the_field_and_what_was_typed_stays() {
    let data = tempfile::tempdir().unwrap();
    let (_upstream, server) = story(data.path()).await;
    let (status, start) = page(&server, "/incident").await;
    assert_eq!(status, 200);
    for offered in ["?of=shared\"", "?of=shared%401.3.0\"", "?of=sha256%3A", "?of=shared%401.2.0\""]
    {
        assert!(start.contains(offered), "{offered} in {start}");
    }
    for (wrong, expected, told) in [
        ("a%20b", 400, "ask for a crate"),
        ("//evil.example", 400, "ask for a crate"),
        ("shared%40newest", 400, "ask for a crate"),
        ("%3Cscript%3E", 400, "value=\"&#60;script&#62;\""),
        ("absent", 404, "nothing is on record, and no report holds it"),
        ("req-0000000000000000", 404, "nothing is on record"),
        (&"ab".repeat(31), 404, "nothing is on record"),
    ] {
        let (status, text) = page(&server, &format!("/incident?of={wrong}")).await;
        assert_eq!(status, expected, "{wrong}: {text}");
        assert!(text.contains(told) && text.contains("role=\"alert\""), "{wrong}: {text}");
        assert!(!text.contains("<script"), "{wrong}: {text}");
    }
    assert_eq!(page(&server, "/incident.json").await.0, 400);
    assert_eq!(page(&server, "/incident.csv?of=a%20b").await.0, 400);
}

#[tokio::test]
async fn a_name_that_is_written_otherwise_is_no_all_clear() {
    let data = tempfile::tempdir().unwrap();
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("shared-parts", "1.2.0"));
    let server = Server::start(data.path(), &upstream, &[]);
    let path = "/t/payments/crates-io/crates/shared-parts/1.2.0/download";
    assert_eq!(page(&server, path).await.0, 200);
    let text = shows(&server, "shared_parts", &["1 team received it"]).await;
    assert!(text.contains("who runs it is not known"), "nobody has reported: {text}");
    let mut parts = report("payments", "1.2.0", None);
    parts["packages"][1]["name"] = "shared-parts".into();
    send(&server, &parts).await;
    for of in ["shared-parts", "shared_parts", "Shared-Parts", "SHARED_PARTS%401.2.0"] {
        shows(&server, of, &["1 team received it", "1 team runs it in 1 repository"]).await;
    }
}

#[tokio::test]
async fn a_repository_is_told_by_its_own_locks() {
    let data = tempfile::tempdir().unwrap();
    let (_upstream, server) = story(data.path()).await;
    let mut other = report("payments", "1.3.0", None);
    other["origin"]["repository"] = "acme/checkout".into();
    send(&server, &other).await;
    let text = shows(&server, "shared", &["acme/checkout"]).await;
    let row = under(&text, "runs").split("<tr").find(|row| row.contains("acme/checkout")).unwrap();
    assert!(row.contains("1.3.0: ") && !row.contains("1.2.0"), "{row}");
}

#[tokio::test]
async fn a_release_that_nobody_has_yet_can_be_stopped_before() {
    let data = tempfile::tempdir().unwrap();
    let (_upstream, server) = story(data.path()).await;
    let (status, text) = page(&server, "/incident?of=shared%409.9.9").await;
    assert_eq!(status, 404);
    assert!(text.contains("[[door.deny]]") && text.contains("version = \"=9.9.9\""), "{text}");
    let (_, text) = page(&server, "/incident?of=absent").await;
    assert!(!text.contains("[[door.deny]]"), "no version is named: {text}");
}

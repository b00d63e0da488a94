//! Overrides, drift and crates: what is shown, filtered, exported, and refused.

use serde_json::Value;

use crate::reports::{page, report, send, started};
use crate::server::Server;

const FORK: &str = "https://git.example/shared?x=<script>alert(1)</script>";

async fn reported(data: &std::path::Path) -> (depaudit_testkit::FakeUpstream, Server) {
    let (upstream, server) = started(data);
    send(&server, &report("payments", "1.2.0", None)).await;
    send(&server, &report("search", "1.2.0", Some(FORK))).await;
    send(&server, &report("web", "1.3.0", None)).await;
    (upstream, server)
}

async fn shows(server: &Server, path: &str, all: &[&str]) -> String {
    let (status, text) = page(server, path).await;
    assert_eq!(status, 200, "{path}: {text}");
    for expected in all {
        assert!(text.contains(expected), "{path}: {expected} in {text}");
    }
    for never in ["<script", "\u{202e}", "style="] {
        assert!(!text.contains(never), "{path}: {never} in {text}");
    }
    text
}

#[tokio::test]
async fn bad_input_45_an_override_with_its_place_its_owner_and_what_to_do() {
    let data = tempfile::tempdir().unwrap();
    let (_upstream, server) = reported(data.path()).await;
    let all = [
        "<bdi>Cargo.toml:7</bdi>",
        "<bdi>undeclared</bdi>",
        "href=\"/crate/shared\"",
        "&#60;script&#62;alert(1)&#60;/script&#62;",
        "<bdi>take it out, or declare it</bdi>",
        "<code class=\"copied\"><bdi>depaudit explain OVR03</bdi></code>",
    ];
    shows(&server, "/overrides", &all).await;
    shows(&server, "/overrides?team=search&standing=undeclared&package=SHA", &all).await;
    shows(&server, "/overrides?team=payments", &["None of 1 is like that"]).await;
    shows(&server, "/overrides?team=&standing=&package=", &all).await;
    let (_, json) = page(&server, "/overrides.json?team=search").await;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json[0]["path"], &json[0]["line"]), (&"Cargo.toml".into(), &7.into()));
    let (_, csv) = page(&server, "/overrides.csv").await;
    assert!(csv.lines().nth(1).unwrap().starts_with("search,acme/shop,patch,shared,"), "{csv}");
}

#[tokio::test]
async fn drift_is_a_matrix_with_a_picture_and_a_table() {
    let data = tempfile::tempdir().unwrap();
    let (_upstream, server) = reported(data.path()).await;
    let all =
        ["◑</span> 1.2.0", "●</span> 1.3.0", "How the score comes about", "<svg class=\"chart\""];
    shows(&server, "/drift", &all).await;
    shows(&server, "/drift?skew=minor&name=SHAR&team=web&sort=name", &all).await;
    shows(&server, "/drift?split=only", &all).await;
    shows(&server, "/drift?from=18446744073709551615", &all).await;
    shows(&server, "/drift?skew=incompatible", &["None of 1 is like that"]).await;
    let (_, csv) = page(&server, "/drift.csv").await;
    assert_eq!(csv.lines().count(), 4, "{csv}");
    shows(&server, "/drift/split", &["<bdi>kind</bdi>", "href=\"/crate/shared\""]).await;
    shows(&server, "/drift/one-version", &["one-version list"]).await;
    let (_, csv) = page(&server, "/drift/split.csv").await;
    assert!(csv.contains("shared,1.2.0,kind,"), "{csv}");
}

#[tokio::test]
async fn what_nobody_can_know_is_told_as_not_known_and_with_what_to_do_and_then_every_page_counts_the_same_days()
 {
    let data = tempfile::tempdir().unwrap();
    let (upstream, server) = started(data.path());
    send(&server, &report("payments", "1.2.0", None)).await;
    send(&server, &report("web", "1.2.2", None)).await;
    let all = [
        "Whether a lock misses a patch release is not known.",
        "Of 2 of 2 locked releases it is not known (shared)",
        "depaudit prefetch Cargo.lock",
    ];
    shows(&server, "/drift/missed-patches", &all).await;
    let unknown = "Missed patch releases</span>\n<strong class=\"soft\">not known</strong></a>";
    shows(&server, "/", &[unknown, "; not known of 2</p>"]).await;
    let behind = "<td><bdi>1</bdi></td><td><bdi>not known</bdi></td></tr>";
    shows(&server, "/drift", &[behind]).await;
    shows(&server, "/teams", &["<bdi>1, for how long is not known</bdi>"]).await;
    shows(&server, "/crate/shared", &["<td><bdi>not known</bdi></td></tr>"]).await;
    let (_, json) = page(&server, "/drift/missed-patches.json").await;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["known"], &json["not_known"]), (&0.into(), &2.into()), "{json}");
    assert_eq!(json["not_judged"][1]["teams"], serde_json::json!(["web"]), "{json}");
    let (_, csv) = page(&server, "/drift/missed-patches.csv").await;
    let rows: Vec<_> = csv.lines().skip(1).collect();
    let all = ["shared,1.2.0,not known,,,,payments", "shared,1.2.2,not known,,,,web"];
    assert_eq!(rows, all, "{csv}");
    let beside = |question: &str| {
        crate::cli_support::run(data.path(), &["portfolio", question, "--data", "."]).out
    };
    let told = beside("missed-patches");
    assert!(told.contains("not known of 2 of 2 locked releases (shared)"), "{told}");
    assert!(told.contains("depaudit prefetch"), "{told}");

    // A build asks for it, and so its index comes.
    let day = |day: &str| format!("{day}T00:00:00Z");
    for (version, published) in
        [("1.2.0", "2025-01-01"), ("1.2.1", "2026-01-01"), ("1.2.2", "2026-02-01")]
    {
        upstream.publish(
            depaudit_testkit::CrateFile::new("shared", version).published_at(&day(published)),
        );
    }
    let (status, _) = page(&server, "/t/web/crates-io/crates/shared/1.2.0/download").await;
    assert_eq!(status, 200);
    // Answers are given again for a minute, but not after another report.
    send(&server, &report("search", "1.2.2", None)).await;
    let (_, json) = page(&server, "/drift/missed-patches.json").await;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["known"], &json["not_known"]), (&2.into(), &0.into()), "{json}");
    let missed = &json["missed"][0];
    let (behind, out) = (missed["days_behind"].as_u64().unwrap(), missed["days"].as_u64().unwrap());
    assert_eq!(behind, out + 31, "1.2.1 could have been taken a month earlier: {json}");
    let cell = format!("<td><bdi>{behind}</bdi></td>");
    shows(&server, "/drift/missed-patches", &[&cell]).await;
    shows(&server, "/drift", &[&cell]).await;
    shows(&server, "/teams", &[&format!("<bdi>1, by {behind} days</bdi>")]).await;
    shows(&server, "/team/payments", &[&format!("<bdi>{behind}</bdi>")]).await;
    shows(&server, "/crate/shared", &[&format!("<bdi>1.2.2, {behind} days behind</bdi>")]).await;
    shows(&server, "/", &["<strong class=\"hard\">1</strong> <span class=\"of\">of 2</span>"])
        .await;
    let (_, csv) = page(&server, "/drift.csv").await;
    assert!(
        csv.contains(&format!("shared,{},1.2.0,payments,{behind},a lock", {
            let (_, json) = page(&server, "/drift.json").await;
            let json: Value = serde_json::from_str(&json).unwrap();
            // 3 teams, a patch release apart, the same for all.
            assert_eq!(json["crates"][0]["score"], 3 * (30 + behind) / 30);
            json["crates"][0]["score"].clone()
        })),
        "{csv}"
    );
    let told = beside("missed-patches");
    assert!(told.contains(&behind.to_string()) && told.contains("of 2 locked releases"), "{told}");
    assert!(beside("drift").contains(&behind.to_string()));
}

#[tokio::test]
async fn a_crate_and_whom_it_hits() {
    let data = tempfile::tempdir().unwrap();
    let (_upstream, server) = reported(data.path()).await;
    let all = [
        "<strong>3 teams, 3 repositories",
        "<bdi>split</bdi>",
        "<title>The shortest ways from shared to the binaries of 3 workspaces",
        "<bdi>app 0.1.0 → shared 1.3.0</bdi>",
        "No index entry of it is stored here",
        "The server has no advisory database",
        "<td><bdi>nobody</bdi></td>",
        "Nobody, by the record of this server",
        "<bdi>Cargo.toml:7</bdi>",
    ];
    shows(&server, "/crate/shared", &all).await;
    let two = "<strong>2 teams, 2 repositories";
    shows(&server, "/crate/shared/1.2.0", &[two, "If it is withdrawn"]).await;
    let (_, json) = page(&server, "/blast/shared@1.3.0").await;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["totals"]["binaries"], 1);
}

#[tokio::test]
async fn a_crate_that_nobody_reports_has_a_page_of_who_received_it_and_when() {
    let data = tempfile::tempdir().unwrap();
    let (upstream, server) = started(data.path());
    upstream.publish(depaudit_testkit::CrateFile::new("foo", "1.0.0"));
    for team in ["payments", "payments", "web"] {
        let (status, _) =
            page(&server, &format!("/t/{team}/crates-io/crates/foo/1.0.0/download")).await;
        assert_eq!(status, 200);
    }
    let all = [
        "<strong>0 teams",
        "<h2>What happened</h2>",
        "<bdi>came to the team first</bdi>",
        "<bdi>first-seen</bdi>",
        "<title>When the versions of foo were published",
    ];
    let text = shows(&server, "/crate/foo", &all).await;
    assert!(text.contains("href=\"/t/web/crates-io/why/foo\""), "{text}");
    assert!(text.contains("<bdi>1 of 1 versions pass</bdi>"), "{text}");
    let rows = |cells: &str| text.matches(cells).count();
    assert_eq!((rows("<bdi>came to the team first</bdi>"), rows("<td><bdi>2</bdi></td>")), (2, 1));
    shows(&server, "/crate/foo/1.0.0", &all).await;
    let (status, _) = page(&server, "/crate/foo/1.0.1").await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn a_question_that_makes_no_sense_is_answered_with_what_does() {
    let data = tempfile::tempdir().unwrap();
    let (_upstream, server) = reported(data.path()).await;
    for (path, expected, told) in [
        ("/overrides?standing=fine", 400, "expired, undeclared, incomplete, declared, not-needed"),
        ("/overrides?tema=search", 400, "unknown field"),
        ("/drift?sort=%3Cscript%3E", 400, "score, name, teams, days"),
        ("/drift?split=yes", 400, "only"),
        ("/drift?from=-1", 400, "invalid digit"),
        ("/crate/%20", 400, "no crate can be called that"),
        ("/crate/shared/newest", 400, "a version looks like 1.2.0"),
        ("/crate/absent", 404, "no team has reported or received absent"),
        ("/blast/%00", 400, "NAME@VERSION"),
    ] {
        let (status, text) = page(&server, path).await;
        assert_eq!(status, expected, "{path}: {text}");
        assert!(text.contains(told), "{path}: {text}");
        assert!(text.contains("<h1>") && !text.contains("<script"), "{path}: {text}");
    }
}

/// A team that takes `shared` from a mirror of its own, which never got the patch release.
fn from_a_mirror(team: &str, mirror: &str) -> Value {
    let mut report = report(team, "1.2.0", None);
    report["packages"][1]["source"] = serde_json::json!({ "registry": mirror });
    report["overrides"] = serde_json::json!([{
        "kind": "registry-dependency", "layer": "manifest", "package": "shared",
        "target": "the registry `acme`", "state": "used", "declared": "not-needed", "path": "Cargo.toml",
        "line": 8, "locked": [1], "text": "shared = { version = \"1.2\", registry = \"acme\" }",
    }]);
    report
}

#[tokio::test]
async fn a_mirror_that_misses_the_release_is_named_and_nobody_is_told_to_update_from_it() {
    let data = tempfile::tempdir().unwrap();
    let (_upstream, server) = started(data.path());
    let mirror = "sparse+https://mirror.example/index/";
    send(&server, &from_a_mirror("search", mirror)).await;
    send(&server, &report("web", "1.2.1", None)).await;
    let advice = "<bdi>sparse+https://mirror.example/index/ is not known to have 1.2.1, so cargo update \
                  cannot: nobody is declared as its owner (Cargo.toml:8)</bdi>";
    let text = shows(&server, "/", &[advice]).await;
    assert!(!text.contains("cargo update -p shared"), "{text}");
    let text = shows(&server, "/team/search", &[advice]).await;
    assert!(!text.contains("cargo update -p shared"), "{text}");
    let seen = ["<bdi>1 from sparse+https://mirror.example/index/ (shared 1.2.0)</bdi>"];
    shows(&server, "/coverage", &seen).await;
    // The line that does it, as the manifest has it.
    let line = "<code class=\"copied\"><bdi>shared = { version = &#34;1.2&#34;, registry = &#34;acme&#34; }</bdi></code>";
    shows(&server, "/overrides", &[line, "depaudit explain SRC01"]).await;
    shows(&server, "/crate/shared", &[line]).await;
}

#[tokio::test]
async fn what_if_is_asked_on_pages_by_links_and_by_a_form() {
    let data = tempfile::tempdir().unwrap();
    let (_upstream, server) = started(data.path());
    let mut declared = report("search", "1.2.0", Some("https://git.example/our-org/shared"));
    declared["overrides"][0]["declared"] = "yes".into();
    declared["overrides"][0]["owned"] = serde_json::json!({ "owner": "search" });
    declared["overrides"][0]["locked"] = serde_json::json!([1]);
    send(&server, &declared).await;
    send(&server, &report("payments", "1.2.0", None)).await;
    send(&server, &report("web", "1.2.1", None)).await;

    let yanked = "/what-if?yanked=shared%401.2.0";
    shows(&server, "/crate/shared/1.2.0", &[&format!("href=\"{yanked}\"")]).await;
    shows(&server, "/crate/shared", &["href=\"/what-if?dropped=shared\""]).await;
    let one = "/what-if?dropped=shared&#38;at=search+acme%2Fshop+Cargo.toml%3A7";
    let one_link = format!("href=\"{one}\"");
    let links = [one_link.as_str(), "href=\"/what-if?leaves=search\""];
    let fork = ["href=\"/what-if?leaves=our-org\""];
    shows(&server, "/overrides", &[&links[..], &fork].concat()).await;
    shows(&server, "/team/search", &links).await;
    let told = [
        "<h1>What if <bdi>shared@1.2.0 is yanked</bdi>?</h1>",
        "<td><bdi>1.2.1</bdi></td>",
        "<a href=\"/team/payments\">",
        "href=\"/what-if.csv?yanked=shared%401.2.0\"",
    ];
    let text = shows(&server, yanked, &told).await;
    assert!(!text.contains("/team/search"), "it takes a fork: {text}");
    let told = ["the overrides of shared are dropped", "search acme/shop Cargo.toml:7"];
    shows(&server, "/what-if?dropped=shared", &told).await;
    shows(&server, "/what-if?leaves=our-org", &["/team/search", "our-org leaves"]).await;
    shows(&server, "/what-if?leaves=nobody", &["Nothing follows, by what was reported"]).await;
    shows(&server, "/what-if", &["name=\"leaves\""]).await;
    shows(&server, "/what-if?yanked=shared%401.2.0&dropped=&leaves=", &["is yanked"]).await;
    let (status, text) = page(&server, "/what-if?yanked=%3Cscript%3E").await;
    assert!(status == 400 && text.contains("a release looks like serde@1.0.219"), "{text}");
    assert!(text.contains("value=\"&#60;script&#62;\"") && !text.contains("<script"), "{text}");
    let (_, json) = page(&server, "/what-if.json?yanked=shared%401.2.0").await;
    let json: Value = serde_json::from_str(&json).unwrap();
    let (_, api) = page(&server, "/api/v1/portfolio/what-if?yanked=shared%401.2.0").await;
    assert_eq!(json, serde_json::from_str::<Value>(&api).unwrap());
    let (_, csv) = page(&server, "/what-if.csv?dropped=shared").await;
    assert!(csv.contains("search acme/shop Cargo.toml:7"), "{csv}");
    assert_eq!(page(&server, "/what-if.json").await.0, 400);

    // Another repository overrides it as well: what is said of one override is said of that one alone.
    declared["origin"]["repository"] = "acme/ads".into();
    send(&server, &declared).await;
    let one = one.replace("&#38;", "&");
    let told =
        ["<title>What if the override of shared in search acme/shop Cargo.toml:7 is dropped"];
    let text = shows(&server, &one, &told).await;
    assert!(text.contains("<td><bdi>acme/shop</bdi></td>") && !text.contains("acme/ads"), "{text}");
    shows(&server, "/what-if?dropped=shared", &["search acme/ads Cargo.toml:7"]).await;
    let (_, csv) = page(&server, &one.replace("/what-if", "/what-if.csv")).await;
    assert!(!csv.contains("acme/ads"), "{csv}");
    let ask =
        async |path: String| serde_json::from_str::<Value>(&page(&server, &path).await.1).unwrap();
    let api = ask(one.replace("/what-if", "/api/v1/portfolio/what-if")).await;
    assert_eq!(api, ask(one.replace("/what-if", "/what-if.json")).await);
    assert_eq!(api["blast"]["totals"]["repositories"], 1, "{api}");
    let what_if = ["portfolio", "what-if", "--dropped", "shared", "--data", ".", "--json", "--at"];
    let place = ["search acme/shop Cargo.toml:7"];
    let beside = crate::cli_support::run(data.path(), &[&what_if[..], &place].concat());
    assert_eq!(serde_json::from_str::<Value>(&beside.out).unwrap(), api, "{beside:?}");
    assert_eq!(page(&server, "/what-if?dropped=shared&at=Cargo.toml%3A7").await.0, 400);
}

//! Teams: who is seen how, and all about one of them.

use depaudit_testkit::CrateFile;
use serde_json::Value;

use crate::reports::{page, report, send, started};
use crate::server::Server;

const FORK: &str = "https://git.example/shared?x=<script>alert(1)</script>";

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

async fn download(server: &Server, team: &str, version: &str) -> u16 {
    page(server, &format!("/t/{team}/crates-io/crates/foo/{version}/download")).await.0
}

#[tokio::test]
async fn bad_input_45_every_team_stands_in_the_list_and_each_has_a_page() {
    let data = tempfile::tempdir().unwrap();
    let (upstream, server) = started(data.path());
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    send(&server, &report("payments", "1.2.0", None)).await;
    send(&server, &report("search", "1.2.0", Some(FORK))).await;
    assert_eq!(download(&server, "web", "1.0.0").await, 200);
    assert_eq!(download(&server, "payments", "1.0.0").await, 200);

    let all = [
        "3 teams are configured, have reported or have downloaded; 3 of them are not seen",
        "href=\"/team/payments\"",
        "<bdi>downloads, and reports nothing</bdi>",
        "<bdi>1, 1 undeclared</bdi>",
        "href=\"/teams?sort=overrides\"",
    ];
    shows(&server, "/teams", &all).await;
    let (_, csv) = page(&server, "/teams.csv?sort=overrides").await;
    assert!(csv.lines().nth(1).unwrap().starts_with("search,old,1,2026-02-01T"), "{csv}");
    let (_, json) = page(&server, "/teams.json?sort=name").await;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&json[2]["team"], &json[2]["covered"]),
        (&"web".into(), &"never-reported".into()),
        "{json}"
    );
    assert!(json[2]["received"].is_string() && json[2]["refused"].is_null(), "{json}");

    let all = [
        "<bdi>acme/shop</bdi>",
        "<bdi>Cargo.toml:7</bdi>",
        "&#60;script&#62;alert(1)&#60;/script&#62;",
        "What is not the same as others have",
        "depaudit serve --advisories DIR",
        "How the counts went in the last 30 days",
        "Nothing, by the record of this server",
    ];
    shows(&server, "/team/search", &all).await;
    // It downloads and never reported: it is told how to.
    let all = [
        "<dt>Crates behind</dt><dd>not known</dd>",
        "How to connect it",
        "--team web=.",
        "href=\"/crate/foo/1.0.0\"",
    ];
    shows(&server, "/team/web", &all).await;
    let (_, csv) = page(&server, "/team/search/trend.csv").await;
    assert!(csv.lines().last().unwrap().ends_with(",1,1,0,1,1,1"), "{csv}");
    for (path, status) in [
        ("/team/absent", 404),
        ("/team/%20", 400),
        ("/teams?sort=luck", 400),
        ("/teams?from=-1", 400),
    ] {
        assert_eq!(page(&server, path).await.0, status, "{path}");
    }
    // Wherever a team is named, its page is a click away.
    for path in ["/", "/overrides", "/drift/split", "/crate/shared", "/crate/foo", "/audit"] {
        shows(&server, path, &["href=\"/team/"]).await;
    }
}

#[tokio::test]
async fn who_is_behind_sees_whom_and_by_what_to_catch_up() {
    let data = tempfile::tempdir().unwrap();
    let (_upstream, server) = started(data.path());
    send(&server, &report("payments", "1.2.0", None)).await;
    send(&server, &report("web", "1.3.0", None)).await;
    let all = [
        "href=\"/team/web\"",
        "<code class=\"copied\"><bdi>cargo update -p shared@1.2.0 --precise 1.3.0</bdi></code>",
        "drift score 4",
    ];
    shows(&server, "/team/payments", &all).await;
    shows(&server, "/team/web", &["it has the newest version in use of every crate"]).await;
    shows(&server, "/drift", &["<a href=\"/team/payments\">payments</a>"]).await;
}

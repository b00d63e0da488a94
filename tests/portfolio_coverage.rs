//! What teams lock, held against what the record says that they received: who is seen, and what stands in
//! for who is not.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

mod cli_support;
#[path = "support/client.rs"]
mod client;
#[path = "support/server.rs"]
mod server;

use cli_support::run;
use depaudit_model::Timestamp;
use depaudit_testkit::{CrateFile, FakeUpstream, PackedCrate};
use serde_json::{Value, json};
use server::Server;

const INTERNAL: &str = "sparse+https://registry.internal.example/index/";

/// A team's lock: crates of crates.io as they were published, and what no record here can tell of.
fn report(team: &str, crates: &[&PackedCrate]) -> Value {
    let mut packages = vec![json!({"name": "app", "version": "0.1.0", "source": "folder"})];
    packages.extend(crates.iter().map(|it| {
        let (name, version) = (&it.name, &it.version);
        json!({"name": name, "version": version, "source": "crates-io", "checksum": it.checksum})
    }));
    packages.push(json!({
        "name": "zz-internal", "version": "1.0.0", "source": {"registry": INTERNAL},
        "checksum": "1".repeat(64),
    }));
    let nodes: Vec<_> = (0..packages.len()).collect();
    let mut edges: Vec<Vec<usize>> = nodes.iter().map(|_| Vec::new()).collect();
    edges[0] = nodes[1..].to_vec();
    json!({
        "schema": "depaudit.report/1",
        "origin": {"team": team, "repository": format!("acme/{team}"), "branch": "main"},
        "time": now(),
        "tool": "0.1.0",
        "packages": packages,
        "workspaces": [{
            "folder": ".", "nodes": nodes, "edges": edges, "members": [0],
            "binaries": [{"name": "app", "node": 0}],
        }],
        "overrides": [], "findings": [],
        "counts": {"manifests": 1, "workspaces": 1, "locks": 1, "gaps": 0, "left_out": 0},
    })
}

fn now() -> Timestamp {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp::EPOCH.plus(now)
}

async fn send(server: &Server, report: &Value) {
    let team = report["origin"]["team"].as_str().unwrap();
    let url = format!("{}/api/v1/t/{team}/reports", server.address);
    let answer = client::new().post(url).body(report.to_string()).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 201, "{}", answer.text().await.unwrap());
}

async fn download(server: &Server, team: &str, it: &PackedCrate) {
    let path = format!("/t/{team}/crates-io/crates/{}/{}/download", it.name, it.version);
    let (status, text) = server::get(server, &path).await;
    assert_eq!(status, 200, "{path}: {text}");
}

async fn ask(server: &Server, path: &str) -> Value {
    let (status, text) = server::get(server, path).await;
    assert_eq!(status, 200, "{path}: {text}");
    serde_json::from_str(&text).unwrap()
}

fn seen(coverage: &Value) -> Vec<(&str, &str)> {
    let teams = coverage["teams"].as_array().unwrap();
    teams.iter().map(|it| (it["team"].as_str().unwrap(), it["covered"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn who_reports_who_bypasses_and_what_stands_in_for_who_never_reported() {
    let data = tempfile::tempdir().unwrap();
    let upstream = FakeUpstream::start();
    let [old, new, other] = [("shared", "1.2.0"), ("shared", "1.2.1"), ("other", "1.0.0")]
        .map(|(name, version)| upstream.publish(CrateFile::new(name, version)));
    let teams = ["search", "data", "web", "mobile", "depaudit-scan"];
    let teams: Vec<_> = teams.iter().flat_map(|team| ["--team", team]).collect();
    let server = Server::start(data.path(), &upstream, &teams);
    send(&server, &report("payments", &[&old])).await;
    send(&server, &report("search", &[&old])).await;
    send(&server, &report("data", &[&other, &old])).await;
    download(&server, "payments", &old).await;
    download(&server, "data", &old).await;
    // An update within the month: the newest of a line stands in.
    download(&server, "web", &old).await;
    download(&server, "web", &new).await;
    // A scan that compares a fork with the release: no team builds it.
    download(&server, "depaudit-scan", &old).await;

    let coverage = ask(&server, "/api/v1/portfolio/coverage").await;
    let expected = [
        ("mobile", "unseen"),
        ("web", "never-reported"),
        ("search", "bypasses"),
        // Each locks a crate of a registry that is not served here.
        ("data", "elsewhere"),
        ("payments", "elsewhere"),
    ];
    assert_eq!(seen(&coverage), expected, "{coverage}");
    let of = |team: &str| {
        let teams = coverage["teams"].as_array().unwrap();
        teams.iter().find(|it| it["team"] == team).unwrap()["against_record"].clone()
    };
    let data_team = of("data");
    assert_eq!(data_team["examples"], json!([{"name": "other", "version": "1.0.0"}]));
    let counts = |it: &Value| {
        ["locked", "received", "by_others", "never", "not_knowable"]
            .map(|of| it[of].as_u64().unwrap())
    };
    assert_eq!(counts(&data_team), [2, 1, 0, 1, 1]);
    assert_eq!(counts(&of("search")), [1, 0, 1, 0, 1]);

    let drift = ask(&server, "/api/v1/portfolio/drift").await;
    let versions = &drift["crates"][0]["versions"];
    assert_eq!(
        (&versions[0]["version"], &versions[0]["by_downloads"]),
        (&json!("1.2.1"), &json!(["web"]))
    );
    assert_eq!(versions[1]["by_downloads"], json!([]));
    assert!(!versions[1]["teams"].as_array().unwrap().contains(&json!("web")));
    let blast = ask(&server, "/api/v1/portfolio/blast?of=shared@1.2.0").await;
    assert_eq!(
        (&blast["totals"]["teams"], &blast["received"][0]["team"]),
        (&json!(3), &json!("web"))
    );

    for path in ["/coverage", "/teams", "/drift"] {
        let (_, text) = server::get(&server, path).await;
        assert!(!text.contains("/team/depaudit-scan"), "{path}: {text}");
    }
    let (_, text) = server::get(&server, "/incident?of=shared%401.2.0").await;
    assert!(text.contains("3 teams received it"), "{text}");

    for (path, all) in [
        ("/coverage", &["<bdi>never-reported</bdi>", "<bdi>other 1.0.0</bdi>", "Not knowable"][..]),
        (
            "/coverage",
            &[
                "<bdi>1 from sparse+https://registry.internal.example/index/ (zz-internal 1.0.0)</bdi>",
            ],
        ),
        ("/", &["Teams not seen</span>\n<strong class=\"hard\">5</strong>"]),
        ("/drift", &["<span role=\"img\" aria-label=\"by downloads alone\">⇣</span>"]),
        ("/drift.csv", &["web,0,downloads", "a lock"]),
        ("/crate/shared/1.2.0", &["Received, not known whether locked"]),
        (
            "/",
            &["href=\"/coverage\"", "<bdi>search: it received nothing here of what it locks</bdi>"],
        ),
        ("/coverage.csv", &["search,bypasses,1,"]),
    ] {
        let (status, text) = server::get(&server, path).await;
        assert_eq!(status, 200, "{path}: {text}");
        for expected in all {
            assert!(text.contains(expected), "{path}: {expected} in {text}");
        }
    }
    let beside = |question: &str| run(data.path(), &["portfolio", question, "--data", "."]).out;
    let table = beside("coverage");
    assert!(table.contains("never-reported") && table.contains("by nobody: fetched"), "{table}");
    assert!(table.contains("which is not served here (zz-internal 1.0.0)"), "{table}");
    let table = beside("drift");
    assert!(table.contains("1.2.1 (0+1 by downloads)"), "{table}");
    assert!(table.contains("stands in: web"), "{table}");
    let json = run(data.path(), &["portfolio", "drift", "--no-facts", "--data", ".", "--json"]).out;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["crates"][0]["versions"][0]["by_downloads"], json!(["web"]));

    // What nobody has is no good answer, as of a trace.
    let blast = |of: &str| run(data.path(), &["portfolio", "blast", of, "--data", "."]);
    let nobody = blast("nosuch");
    assert_eq!(nobody.code, Some(1), "{nobody:?}");
    assert!(nobody.err.contains("no lock that was reported holds nosuch"), "{nobody:?}");
    assert!(nobody.err.contains("depaudit trace nosuch"), "{nobody:?}");
    assert!(blast("shared@9.0.0").err.contains("depaudit portfolio blast shared"));
    assert_eq!(blast("shared").code, Some(0));
    // It was received, and by a team that has never reported.
    assert_eq!(blast("shared@1.2.1").code, Some(0));

    // Once a report comes, it alone counts.
    send(&server, &report("web", &[&old])).await;
    let drift = ask(&server, "/api/v1/portfolio/drift").await;
    assert_eq!(drift["crates"], json!([]));
    let coverage = ask(&server, "/coverage.json").await;
    assert!(seen(&coverage).contains(&("web", "elsewhere")), "{coverage}");
}

//! Reports by hand, sent to a server.

use depaudit_testkit::FakeUpstream;
use serde_json::{Value, json};

use crate::client;
use crate::server::Server;

pub(crate) fn started(data: &std::path::Path) -> (FakeUpstream, Server) {
    let upstream = FakeUpstream::start();
    let server = Server::start(data, &upstream, &["--team", "search", "--team", "web"]);
    (upstream, server)
}

/// An application that locks `shared` at a version, from crates.io or (as an override) from git.
pub(crate) fn report(team: &str, shared: &str, fork: Option<&str>) -> Value {
    let source = match fork {
        None => json!("crates-io"),
        Some(url) => json!({"git": {"url": url, "commit": "a".repeat(40)}}),
    };
    let overrides = fork.map(|url| {
        json!({
            "kind": "patch", "layer": "manifest", "package": "shared", "target": url, "state": "used",
            "declared": "no", "path": "Cargo.toml", "line": 7,
        })
    });
    json!({
        "schema": "depaudit.report/1",
        "origin": {"team": team, "repository": "acme/shop", "branch": "main"},
        "time": "2026-02-01T00:00:00Z",
        "tool": "0.1.0",
        "packages": [
            {"name": "app", "version": "0.1.0", "source": "folder"},
            {"name": "shared", "version": shared, "source": source},
        ],
        "workspaces": [{
            "folder": ".", "nodes": [0, 1], "edges": [[1], []], "members": [0],
            "binaries": [{"name": "payd", "node": 0}],
        }],
        "overrides": overrides.into_iter().collect::<Vec<_>>(),
        "findings": [],
        "counts": {"manifests": 1, "workspaces": 1, "locks": 1, "gaps": 0, "left_out": 0},
    })
}

pub(crate) async fn send(server: &Server, report: &Value) {
    let team = report["origin"]["team"].as_str().unwrap();
    let path = format!("{}/api/v1/t/{team}/reports", server.address);
    let answer = client::new().post(path).body(report.to_string()).send().await.unwrap();
    let status = answer.status();
    assert_eq!(status, 201, "{}", answer.text().await.unwrap());
}

/// A page, as a browser asks for it; without the headings that cells repeat for narrow screens.
pub(crate) async fn page(server: &Server, path: &str) -> (u16, String) {
    let request = client::new().get(format!("{}{path}", server.address));
    let answer = request.header("accept", "text/html").send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    let mut parts = text.split(" data-of=\"");
    let first = parts.next().unwrap_or_default().to_owned();
    let rest = parts.map(|part| part.split_once('"').map_or(part, |(_, rest)| rest));
    (status, rest.fold(first, |text, part| text + part))
}

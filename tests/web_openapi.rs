//! The description of the JSON API, held against the routes that there are and against what they answer.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

mod cli_support;
#[path = "support/client.rs"]
mod client;
#[path = "support/server.rs"]
mod server;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cli_support::run;
use depaudit_testkit::{CrateFile, FakeUpstream};
use serde_json::{Map, Value, json};
use server::Server;

async fn ask(server: &Server, path: &str, token: &str) -> (u16, Value) {
    let request = client::get(format!("{}{path}", server.address)).header("authorization", token);
    let answer = request.send().await.unwrap();
    let (status, text) = (answer.status().as_u16(), answer.text().await.unwrap());
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

async fn document(server: &Server) -> Value {
    let (status, document) = ask(server, "/api/v1/openapi.json", "").await;
    assert_eq!(status, 200, "{document}");
    document
}

/// Objects have no other keys than those that are described: a client may be told of more later, and
/// this test may not.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if map.get("properties").is_some_and(Value::is_object) {
                map.insert("additionalProperties".to_owned(), json!(false));
            }
            map.values_mut().for_each(close);
        }
        Value::Array(all) => all.iter_mut().for_each(close),
        _ => {}
    }
}

/// Holds an answer against what the document says of it.
fn hold(document: &Value, path: &str, method: &str, status: &str, answer: &Value) {
    let content = &document["paths"][path][method]["responses"][status]["content"];
    let mut schema = content["application/json"]["schema"].clone();
    assert!(schema.is_object(), "{method} {path} {status} is not described");
    schema["components"] = document["components"].clone();
    close(&mut schema);
    let validator = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<_> = validator.iter_errors(answer).map(|it| it.to_string()).collect();
    assert!(wrong.is_empty(), "{method} {path}: {wrong:#?}\n{answer}");
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// The routes below `/api/` that the sources of the server name, each with its methods.
fn routes() -> BTreeSet<(String, String)> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for room in ["proxy/src", "web/src", "cli/src/commands/serve"] {
        sources(&top.join(room), &mut files);
    }
    let mut routes = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(file).unwrap();
        // A route and its handlers stand on one line.
        for route in text.split(".route(").skip(1) {
            let Some(path) = route.trim_start().strip_prefix('"') else { continue };
            let (path, rest) = path.split_once('"').unwrap();
            let handlers = rest.lines().next().unwrap_or_default();
            for method in ["get", "post", "put", "patch", "delete"] {
                if path.starts_with("/api/") && handlers.contains(&format!("{method}(")) {
                    routes.insert((path.to_owned(), method.to_owned()));
                }
            }
        }
        for rest in text.split("const PATH: &str = \"").skip(1) {
            let path = rest.split('"').next().unwrap();
            if path.starts_with("/api/") {
                routes.insert((path.to_owned(), "post".to_owned()));
            }
        }
    }
    routes
}

#[tokio::test]
async fn every_route_is_described_and_nothing_else() {
    let data = tempfile::tempdir().unwrap();
    let upstream = FakeUpstream::start();
    let server = Server::start(data.path(), &upstream, &[]);
    let document = document(&server).await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    let mut expected = routes();
    assert!(expected.len() > 8, "{expected:?}");
    // One route, and as many questions as it says.
    let dynamic = ("/api/v1/portfolio/{question}".to_owned(), "get".to_owned());
    assert!(expected.remove(&dynamic), "{expected:?}");
    let (_, questions) = ask(&server, "/api/v1/portfolio/nonsense", "").await;
    let (_, questions) = questions.as_str().unwrap().split_once("there are ").unwrap();
    let word = regex::Regex::new("[a-z][a-z-]+(\\?[a-z=&]+)?").unwrap();
    let outside = regex::Regex::new(r"\([^)]*\)").unwrap().replace_all(questions, "").into_owned();
    for found in word.find_iter(&outside).map(|it| it.as_str()).filter(|it| *it != "and") {
        let question = found.split('?').next().unwrap();
        expected.insert((format!("/api/v1/portfolio/{question}"), "get".to_owned()));
    }
    let paths = document["paths"].as_object().unwrap();
    let api = paths.iter().filter(|(path, _)| path.starts_with("/api/"));
    let described: BTreeSet<_> = api
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys();
            methods.map(move |method| (path.clone(), method.clone()))
        })
        .collect();
    assert_eq!(described, expected);
    let text = document.to_string();
    let names = document["components"]["schemas"].as_object().unwrap();
    for rest in text.split("#/components/schemas/").skip(1) {
        let name = rest.split('"').next().unwrap();
        assert!(names.contains_key(name), "{name}");
    }
}

/// Two teams on two versions, one by a fork that it overrides.
fn report(team: &str, version: &str, forked: bool) -> Value {
    let url = "https://git.example/our-org/shared";
    let source = match forked {
        true => json!({"git": {"url": url, "commit": "a".repeat(40)}}),
        false => json!("crates-io"),
    };
    let mut fork = json!({
        "kind": "patch", "layer": "manifest", "package": "shared", "target": url, "state": "used",
        "declared": "no", "path": "Cargo.toml", "line": 7, "locked": [1], "workspace": ".",
    });
    fork["owned"] = json!({"owner": "ann", "reason": "a fix", "expires": "2999-01-01"});
    fork["declared"] = json!("yes");
    json!({
        "schema": "depaudit.report/1",
        "origin": {"team": team, "repository": "acme/shop", "branch": "main"},
        "time": "2026-02-01T00:00:00Z",
        "tool": "0.1.0",
        "packages": [
            {"name": "app", "version": "0.1.0", "source": "folder"},
            {"name": "shared", "version": version, "source": source},
        ],
        "workspaces": [{
            "folder": ".", "nodes": [0, 1], "edges": [[1], []], "members": [0],
            "binaries": [{"name": "payd", "node": 0}],
        }],
        "overrides": if forked { vec![fork] } else { vec![] },
        "findings": [],
        "counts": {"manifests": 1, "workspaces": 1, "locks": 1, "gaps": 0, "left_out": 0},
    })
}

#[tokio::test]
async fn what_is_answered_about_reports_is_what_is_described() {
    let data = tempfile::tempdir().unwrap();
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("shared", "1.2.0"));
    upstream.publish(CrateFile::new("shared", "1.2.1"));
    let policy = data.path().join("depaudit.toml");
    fs::write(&policy, "[drift]\none-version = [\"shared\"]\n").unwrap();
    let more = ["--team", "search", "--team", "web", "--policy", policy.to_str().unwrap()];
    let server = Server::start(data.path(), &upstream, &more);
    let document = document(&server).await;
    let path = "/t/web/crates-io/crates/shared/1.2.1/download";
    assert_eq!(server::get(&server, path).await.0, 200);
    for sent in [report("payments", "1.2.0", false), report("search", "1.2.0", true)] {
        let team = sent["origin"]["team"].as_str().unwrap();
        for (code, status) in [(201, "201"), (200, "200")] {
            let url = format!("{}/api/v1/t/{team}/reports", server.address);
            let answer = client::new().post(url).body(sent.to_string()).send().await.unwrap();
            assert_eq!(answer.status().as_u16(), code);
            let receipt = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
            hold(&document, "/api/v1/t/{team}/reports", "post", status, &receipt);
        }
    }
    let mut answers = Map::new();
    for (question, query) in [
        ("across", ""),
        ("split", ""),
        ("drift", ""),
        ("one-version", ""),
        ("missed-patches", ""),
        ("overrides", ""),
        ("blast", "?of=shared"),
        ("what-if", "?yanked=shared@1.2.0"),
        ("what-if", "?dropped=shared"),
        ("what-if", "?leaves=our-org"),
        ("trend", "?days=3"),
        ("trend", "?team=payments"),
        ("teams", ""),
        ("coverage", ""),
    ] {
        let path = format!("/api/v1/portfolio/{question}");
        let (status, answer) = ask(&server, &format!("{path}{query}"), "").await;
        assert_eq!(status, 200, "{path}{query}: {answer}");
        hold(&document, &path, "get", "200", &answer);
        answers.insert(format!("{question}{query}"), answer);
    }
    // There was something in them to hold.
    for (question, place) in [
        ("split", "/0/identities/0"),
        ("drift", "/crates/0/versions/0"),
        ("one-version", "/0/versions/0"),
        ("overrides", "/0/owner"),
        ("blast?of=shared", "/received/0"),
        ("blast?of=shared", "/workspaces/0/binaries/0/path/0"),
        ("what-if?leaves=our-org", "/effects/0/overrides/0"),
        ("coverage", "/teams/0"),
    ] {
        assert!(answers[question].pointer(place).is_some(), "{question}: {}", answers[question]);
    }
    let of = "/t/{team}/{registry}/why/{crate}";
    for (described, path) in [
        (of.to_owned(), "/t/web/crates-io/why/shared"),
        (format!("{of}/{{version}}"), "/t/web/crates-io/why/shared/1.2.0"),
    ] {
        let (status, answer) = ask(&server, path, "").await;
        assert_eq!(status, 200, "{answer}");
        hold(&document, &described, "get", "200", &answer);
    }
}

#[tokio::test]
async fn what_is_answered_about_waivers_is_what_is_described() {
    let data = tempfile::tempdir().unwrap();
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("shared", "1.2.0"));
    let policy = data.path().join("depaudit.toml");
    let deny = "[[door.deny]]\npackage = \"shared\"\nreason = \"it is not to be\"\n";
    fs::write(&policy, deny).unwrap();
    let more = ["--auth", "required", "--policy", policy.to_str().unwrap()];
    let server = Server::start(data.path(), &upstream, &more);
    let document = document(&server).await;
    let token = |scope: &str| {
        let create = ["token", "create", "--team", "payments", "--scope", scope, "--name", scope];
        let ran = run(data.path(), &[&create[..], &["--expires", "9d", "--data", "."]].concat());
        ran.out.trim().to_owned()
    };
    let (read, admin) = (token("read"), token("admin"));
    let denied = "/t/payments/crates-io/crates/shared/1.2.0/download";
    assert_eq!(ask(&server, denied, &read).await.0, 403);
    let (status, waiting) = ask(&server, "/api/v1/t/payments/review", &admin).await;
    assert_eq!((status, &waiting[0]["crate"]), (200, &json!("shared")), "{waiting}");
    hold(&document, "/api/v1/t/{team}/review", "get", "200", &waiting);

    let send = async |path: &str, body: Value| {
        let request = client::new().post(format!("{}{path}", server.address));
        let request = request.header("authorization", &admin).body(body.to_string());
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_str::<Value>(&answer.text().await.unwrap()).unwrap_or_default())
    };
    let day = depaudit_policy::Day::of(depaudit_model::Timestamp::EPOCH.plus(
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap()
            + std::time::Duration::from_secs(9 * 24 * 60 * 60),
    ));
    let waivers = "/api/v1/t/payments/waivers";
    let draft = json!({
        "about": {"release": {"crate": "shared", "version": "*"}}, "owner": "ann",
        "reason": "until the migration", "expires": day.to_string(),
    });
    let (status, waiver) = send(waivers, draft).await;
    assert_eq!(status, 201, "{waiver}");
    hold(&document, "/api/v1/t/{team}/waivers", "post", "201", &waiver);
    let (_, all) = ask(&server, waivers, &admin).await;
    hold(&document, "/api/v1/t/{team}/waivers", "get", "200", &all);
    let end = format!("{waivers}/{}/end", waiver["id"].as_str().unwrap());
    let (status, ended) = send(&end, json!({"reason": "it is mended"})).await;
    assert_eq!(status, 200, "{ended}");
    hold(&document, "/api/v1/t/{team}/waivers/{id}/end", "post", "200", &ended);
}

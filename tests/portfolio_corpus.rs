//! Real repositories, each a team, are reported to a running server by the real scan; what the server
//! counts across them is held against what an independent program counted, and against a scan of all.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

#[path = "support/corpus.rs"]
mod archives;
mod cli_support;
#[path = "support/client.rs"]
mod client;
#[path = "support/server.rs"]
mod server;

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use cli_support::{command, run};
use depaudit_testkit::FakeUpstream;
use serde_json::{Value, json};
use server::Server;

/// A repository, and the team that it is.
struct Team {
    name: String,
    repository: String,
    folder: PathBuf,
}

fn teams(corpus: &Path, truth: &Value) -> Vec<Team> {
    let names = truth["rust"].as_object().unwrap().keys();
    let team = |repository: &String| Team {
        name: repository.to_lowercase().replace(['/', '.'], "-"),
        repository: repository.clone(),
        folder: corpus.join("rust").join(repository.replace('/', "+")),
    };
    names.map(team).collect()
}

/// A few at the same time, as CI jobs do.
fn report_all(server: &Server, teams: &[Team]) {
    let waiting: Mutex<VecDeque<_>> = Mutex::new(teams.iter().collect());
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                loop {
                    let Some(team) = waiting.lock().unwrap().pop_front() else { break };
                    report(server, team);
                }
            });
        }
    });
}

fn report(server: &Server, team: &Team) {
    let which = format!("{}=.", team.name);
    let arguments = ["scan", "--quiet", "--no-facts", "--format", "json", "--team", &which];
    let of = ["--repo", &team.repository, "--branch", "main"];
    let to = ["--report", &server.address, "--report-required"];
    let ran = command(&team.folder, &[&arguments[..], &of, &to].concat()).output().unwrap();
    // Findings, gaps and nothing to scan are no failures of reporting.
    assert!(matches!(ran.status.code(), Some(0 | 1 | 3 | 4)), "{}: {ran:?}", team.name);
}

async fn ask(server: &Server, path: &str) -> Value {
    let (status, text) = server::get(server, path).await;
    assert_eq!(status, 200, "{path}: {text}");
    serde_json::from_str(&text).unwrap()
}

/// Ours, and what the truth calls it; counts of zero are absent there.
fn compare(ours: &Value, truth: &Value) {
    for (what, named) in [
        ("/shared", "shared"),
        ("/drift", "drift"),
        ("/incompatible", "incompatible"),
        ("/no_common", "no_common"),
        ("/split_source", "split_source"),
        ("/same_version/shared", "nv_shared"),
        ("/same_version/checksum", "nv_checksum"),
        ("/same_version/kind", "nv_kind"),
        ("/same_version/git_url", "nv_giturl"),
        ("/same_version/git_rev", "nv_gitrev"),
        ("/same_version/path_path", "nv_pathpath"),
    ] {
        let truth = truth[named].as_u64().unwrap_or(0);
        assert_eq!(ours.pointer(what).unwrap(), truth, "{what}");
    }
}

#[tokio::test]
async fn what_every_repository_reports_adds_up_to_the_truth_in_the_api_and_on_the_pages() {
    let Some(found) = archives::find() else {
        println!("SKIPPED: there is no corpus beside the repository; nothing was compared");
        return;
    };
    let corpus = archives::unpack(&found);
    let truth = fs::read_to_string(corpus.join("truth_shared.json")).unwrap();
    let truth: Value = serde_json::from_str(&truth).unwrap();
    let truth_across = &truth["cross_rust_total"];
    let teams = teams(&corpus, &truth);
    let data = tempfile::tempdir().unwrap();
    let upstream = FakeUpstream::start();
    let names = teams.iter().flat_map(|team| ["--team", &team.name]);
    let server = Server::start(data.path(), &upstream, &names.collect::<Vec<_>>());
    report_all(&server, &teams);

    let across = ask(&server, "/api/v1/portfolio/across").await;
    compare(&across, truth_across);
    let mut scan = vec!["scan".to_owned(), "--no-facts".to_owned(), "--format".to_owned()];
    scan.push("json".to_owned());
    for team in &teams {
        scan.push("--team".to_owned());
        scan.push(format!("{}={}", team.name, team.folder.display()));
    }
    let scan: Vec<_> = scan.iter().map(String::as_str).collect();
    let scanned: Value = serde_json::from_str(&run(data.path(), &scan).out).unwrap();
    let mut cross_team = scanned["cross_team"].clone();
    cross_team.as_object_mut().unwrap().remove("crates");
    assert_eq!(across, cross_team);

    // The pages show the same, and so do the commands beside the server.
    let drift = ask(&server, "/drift.json").await;
    assert_eq!(json!(drift["crates"].as_array().unwrap().len()), across["drift"]);
    let trend = ask(&server, "/trend.json").await;
    let today = trend.as_array().unwrap().last().unwrap();
    assert_eq!(today["repositories"], teams.len());
    assert_eq!((&today["drift"], &today["shared"]), (&across["drift"], &across["shared"]));
    let split = ask(&server, "/drift/split.json").await;
    let split = split.as_array().unwrap();
    for (cause, named) in [("checksum", "checksum"), ("kind", "kind"), ("git-url", "git_url")] {
        let having =
            split.iter().filter(|it| it["causes"].as_array().unwrap().contains(&json!(cause)));
        assert_eq!(having.count(), across["same_version"][named], "{cause}");
    }
    let (status, overview) = server::get(&server, "/").await;
    let drifting = format!(
        "<span class=\"label\">Crates that drift</span>\n<strong class=\"hard\">{}</strong> <span \
         class=\"of\">of {}</span>",
        across["drift"], across["shared"]
    );
    assert!(status == 200 && overview.contains(&drifting), "{drifting}\n{overview}");
    let beside = run(data.path(), &["portfolio", "across", "--data", ".", "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&beside.out).unwrap(), across, "{beside:?}");
}

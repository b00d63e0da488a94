//! `depaudit demo`: what a newcomer sees.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

#[path = "support/client.rs"]
mod client;

use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

struct Demo {
    child: Child,
    address: String,
    /// The folder that it says the repositories are in.
    houses: String,
    /// Held, so that it can go on printing.
    _rest: Lines<BufReader<ChildStdout>>,
}

impl Demo {
    fn start(more: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_depaudit"));
        command.args(["demo", "--listen", "127.0.0.1:0"]).args(more);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut after = |label: &str| {
            let line = lines.find(|line| line.as_ref().unwrap().contains(label));
            let line = line.unwrap().unwrap();
            line.split_once(label).unwrap().1.trim().to_owned()
        };
        let address = after("Open").trim_end_matches('/').to_owned();
        let houses = after("repositories are in");
        Self { child, address, houses, _rest: lines }
    }

    async fn get(&self, path: &str) -> String {
        let answer = client::get(format!("{}{path}", self.address)).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.unwrap()
    }

    async fn ask(&self, question: &str) -> Value {
        let text = self.get(&format!("/api/v1/portfolio/{question}")).await;
        serde_json::from_str(&text).unwrap()
    }

    /// As Ctrl-C does.
    fn stop(mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn the_avalanche_is_seen_its_blast_radius_and_its_trace() {
    let kept = tempfile::tempdir().unwrap();
    let folder = kept.path().to_str().unwrap();
    let demo = Demo::start(&["--keep", folder]);

    let overview = demo.get("/").await;
    for told in [
        "ledgerline 1.2.0 is the release for some, and a fork for others",
        "ledgerline is overridden by patch for 24 days, declared until a day that has passed",
        "ledgerline 1.2.1 has been out for 18 days, 1.2.0 is locked",
    ] {
        assert!(overview.contains(told), "{told} in {overview}");
    }
    let blast = demo.ask("blast?of=ledgerline").await;
    assert_eq!(
        blast["totals"],
        json!({"teams": 3, "repositories": 4, "workspaces": 4, "binaries": 5})
    );
    let trend = demo.ask("trend?days=31").await;
    let (first, last) = (&trend[0], &trend[30]);
    assert_eq!((&first["split_identities"], &first["drift"]), (&json!(0), &json!(0)), "{trend}");
    assert_eq!((&last["split_identities"], &last["drift"]), (&json!(1), &json!(2)), "{trend}");

    // The line of the guilty manifest is where the report says.
    let standing = demo.ask("overrides").await;
    let guilty = &standing[0];
    assert_eq!((&guilty["team"], &guilty["standing"]), (&json!("search"), &json!("expired")));
    let manifest = Path::new(&demo.houses).join("acme/ads-billing/Cargo.toml");
    let manifest = std::fs::read_to_string(manifest).unwrap();
    let line = usize::try_from(guilty["line"].as_u64().unwrap()).unwrap();
    let line = manifest.lines().nth(line - 1).unwrap();
    assert_eq!(line, "ledgerline = { path = \"third_party/ledgerline\" }");

    // Only what went through the proxy was received; the month's days are the record's.
    let data = kept.path().join("depaudit-data");
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_depaudit"));
        let output = command.args(args).arg("--data").arg(&data).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let trace: Value =
        serde_json::from_str(&run(&["trace", "ledgerline@1.2.1", "--json"])).unwrap();
    assert!(trace.to_string().contains("payments"), "{trace}");
    for other in ["search", "mobile"] {
        assert!(!trace.to_string().contains(other), "{other} never received it: {trace}");
    }
    run(&["ledger", "verify"]);
    demo.stop();
    assert!(data.exists(), "it was to be kept");
}

#[tokio::test]
async fn without_keep_nothing_stays_and_a_folder_in_use_is_left_alone() {
    let demo = Demo::start(&[]);
    let houses = demo.houses.clone();
    assert!(Path::new(&houses).exists());
    demo.stop();
    assert!(!Path::new(&houses).exists(), "{houses}");

    let used = tempfile::tempdir().unwrap();
    std::fs::write(used.path().join("mine.txt"), "mine").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_depaudit"));
    let output = command.args(["demo", "--keep"]).arg(used.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("is not empty; name another folder"), "{told}");
    assert_eq!(used.path().read_dir().unwrap().count(), 1);
}

//! A small real project from the real crates.io. Where there is no network, this says so loudly.
#![expect(clippy::expect_used, clippy::panic, reason = "a panic is the report of a test")]

#[path = "support/client.rs"]
mod client;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use depaudit_testkit::CargoProject;

/// The server, ended when the test is.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the binary with its defaults but for the port and the folder, and tells its address.
fn serve(data: &std::path::Path) -> (Server, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_depaudit"))
        .args(["serve", "--listen", "127.0.0.1:0", "--log", "warn", "--data"])
        .arg(data)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut first = String::new();
    let stdout = child.stdout.take().expect("a pipe");
    BufReader::new(stdout).read_line(&mut first).expect("a first line");
    let address = first.split_whitespace().find(|word| word.starts_with("http://"));
    let address = address.unwrap_or_else(|| panic!("no address in {first:?}"));
    (Server(child), address.trim_end_matches([',', '/']).to_owned())
}

#[tokio::test]
async fn a_small_real_project_builds_through_the_proxy() {
    let data = tempfile::tempdir().unwrap();
    let (_server, address) = serve(data.path());
    let base = format!("{address}/t/payments/crates-io");
    let probe = client::get(format!("{base}/index/it/oa/itoa")).send().await.unwrap();
    if probe.status() == 503 {
        let reason = probe.text().await.unwrap();
        eprintln!("\n*** SKIPPED: crates.io cannot be reached from here ({}) ***\n", reason.trim());
        return;
    }
    assert_eq!(probe.status(), 200);
    let project = CargoProject::named("app")
        .dependency("itoa", "1")
        .dependency("semver", "1")
        .dependency("fnv", "1")
        .source_replacement(&format!("sparse+{base}/index/"))
        .file(
            "src/main.rs",
            "fn main() {\n    let version = semver::Version::new(1, 2, 3);\n    \
             println!(\"{version} {}\", itoa::Buffer::new().format(7));\n}\n",
        )
        .create();
    let ran = project.cargo(["run"]).run().await.expect_success();
    assert_eq!(ran.stdout.trim(), "1.2.3 7");

    let log = Command::new(env!("CARGO_BIN_EXE_depaudit"))
        .args(["log", "--json", "--kind", "download-decided", "--data"])
        .arg(data.path())
        .output()
        .unwrap();
    let log = String::from_utf8(log.stdout).unwrap();
    let mut served = Vec::new();
    for line in log.lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(event["decision"], "allow");
        assert!(project.lock().contains(event["sha256"].as_str().unwrap()));
        assert!(event["user_agent"].as_str().unwrap().starts_with("cargo/"));
        served.push(event["crate"].as_str().unwrap().to_owned());
    }
    served.sort();
    assert_eq!(served, ["fnv", "itoa", "semver"]);
}

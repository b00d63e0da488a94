//! The pages of the policy, on a real server.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

#[path = "../support/client.rs"]
mod client;
mod forms;
mod lists;
mod persons;
mod rules;
#[path = "../support/server.rs"]
mod server;

use std::path::Path;
use std::time::{Duration, Instant};

use depaudit_testkit::{CrateFile, FakeUpstream};
use server::{Server, get};
use tempfile::TempDir;

/// A server with a policy, and the registry behind it.
struct House {
    server: Server,
    data: TempDir,
    _upstream: FakeUpstream,
}

impl House {
    fn start(policy: &str, more: &[&str]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let file = data.path().join("policy.toml");
        std::fs::write(&file, policy).unwrap();
        let upstream = FakeUpstream::start();
        for version in ["1.0.0", "1.1.0"] {
            upstream.publish(CrateFile::new("foo", version));
        }
        let arguments = [&["--policy", file.to_str().unwrap()], more].concat();
        let server = Server::start(data.path(), &upstream, &arguments);
        Self { server, data, _upstream: upstream }
    }

    fn policy(&self) -> std::path::PathBuf {
        self.data.path().join("policy.toml")
    }

    async fn page(&self, path: &str) -> String {
        let (status, page) = get(&self.server, path).await;
        assert_eq!(status, 200, "{path}: {page}");
        page
    }

    /// The page, once it says so: the server looks at its files every two seconds.
    async fn until(&self, path: &str, told: &str) -> String {
        let begun = Instant::now();
        loop {
            let page = self.page(path).await;
            if page.contains(told) {
                return page;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "{path} never says {told}: {page}");
            tokio::task::yield_now().await;
        }
    }
}

/// The place of a line, as a page shows it.
fn line(file: &Path, number: u32) -> String {
    format!("{}:{number}:", file.display())
}

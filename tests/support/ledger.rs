//! A data folder with a record, and `depaudit ledger` on it.
#![allow(dead_code, reason = "each test uses a part")]

use std::path::Path;

use depaudit_testkit::{CrateFile, FakeUpstream};

use crate::cli_support::{Ran, run};
use crate::client;
use crate::server::{self, Server};

pub(crate) fn ledger(data: &Path, arguments: &[&str]) -> Ran {
    run(data, &[&["ledger"], arguments].concat())
}

pub(crate) fn done(data: &Path, arguments: &[&str]) -> String {
    let ran = ledger(data, arguments);
    assert_eq!(ran.code, Some(0), "{arguments:?}: {ran:?}");
    ran.out
}

/// The key that verifies, as `ledger key show` prints it first.
pub(crate) fn key(data: &Path) -> String {
    done(data, &["key", "show", "--data", "."]).lines().next().unwrap().to_owned()
}

pub(crate) async fn download(server: &Server, times: usize) {
    for _ in 0..times {
        let url = format!("{}/t/payments/crates-io/crates/foo/1.0.0/download", server.address);
        assert_eq!(client::get(url).send().await.unwrap().status(), 200);
    }
}

/// A data folder with the record of `times` downloads.
pub(crate) async fn recorded(data: &Path, times: usize) {
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    let server = Server::start(data, &upstream, &[]);
    download(&server, times).await;
    server.signal("-TERM");
    server.end();
}

/// Asks until a checkpoint covers what was done: it is signed within a second.
pub(crate) async fn signed(server: &Server, size: u64) -> String {
    let begun = std::time::Instant::now();
    loop {
        let (status, note) = server::get(server, "/ledger/checkpoint").await;
        let found = note.lines().nth(1).and_then(|line| line.parse::<u64>().ok());
        if status == 200 && found.is_some_and(|found| found >= size) {
            return note;
        }
        assert!(begun.elapsed().as_secs() < 20, "no checkpoint of {size} events: {note}");
        tokio::task::yield_now().await;
    }
}

//! A proof that is downloaded from an event's page and verified by the real command, offline.

use std::path::Path;

use depaudit_model::Timestamp;
use depaudit_model::event::{Event, EventKind};
use depaudit_store::sqlite::SqliteAuditLog;
use depaudit_store::{AuditLog, Record};
use depaudit_testkit::{CrateFile, FakeUpstream};

use crate::cli_support::{Ran, run};
use crate::reports::page;
use crate::server::Server;

fn ledger(data: &Path, arguments: &[&str]) -> Ran {
    run(data, &[&["ledger"], arguments].concat())
}

async fn download(server: &Server) {
    let (status, _) = page(server, "/t/payments/crates-io/crates/foo/1.0.0/download").await;
    assert_eq!(status, 200);
}

/// The newest event that tells how a download ended.
async fn ended(server: &Server) -> String {
    let begun = std::time::Instant::now();
    loop {
        let (_, csv) = page(server, "/audit.csv?kind=download-finished").await;
        if let Some(row) = csv.lines().nth(1) {
            return row.split(',').next().unwrap().to_owned();
        }
        assert!(begun.elapsed().as_secs() < 20, "no download has ended: {csv}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_events_proof_is_downloaded_and_verifies_without_the_server() {
    let data = tempfile::tempdir().unwrap();
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    let server = Server::start(data.path(), &upstream, &[]);
    download(&server).await;
    let index = ended(&server).await;
    let begun = std::time::Instant::now();
    let event = loop {
        let (_, event) = page(&server, &format!("/audit/{index}")).await;
        if event.contains("signed for by a checkpoint") {
            break event;
        }
        assert!(begun.elapsed().as_secs() < 20, "it is not signed for: {event}");
    };
    let file = format!("event-{index}.tlog-proof");
    let link = format!("href=\"/audit/{index}/proof\"");
    let command = format!("depaudit ledger verify {file} --key KEY");
    for shown in [&link, &command] {
        assert!(event.contains(shown.as_str()), "{shown} in {event}");
    }
    let (status, proof) = page(&server, &format!("/audit/{index}/proof")).await;
    assert_eq!(status, 200, "{proof}");
    let own = ["prove", "foo@1.0.0", "--team", "payments", "--data", ".", "--out", "own"];
    assert_eq!(ledger(data.path(), &own).code, Some(0));
    assert_eq!(std::fs::read_to_string(data.path().join("own")).unwrap(), proof);
    let (status, _) = page(&server, "/audit/999999/proof").await;
    assert_eq!(status, 404);
    server.signal("-TERM");
    server.end();

    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::write(elsewhere.path().join(&file), &proof).unwrap();
    let key = ledger(data.path(), &["key", "show", "--data", "."]).out;
    let key = key.lines().next().unwrap();
    let verified = ledger(elsewhere.path(), &["verify", &file, "--key", key]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    assert!(verified.out.contains("\"kind\":\"download-finished\""), "{verified:?}");
    // One letter more or less, and it proves nothing.
    let forged = proof.replacen("index ", "index 1", 1);
    std::fs::write(elsewhere.path().join(&file), forged).unwrap();
    assert_eq!(ledger(elsewhere.path(), &["verify", &file, "--key", key]).code, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_signed_for_is_not_proven_and_the_page_says_so() {
    let data = tempfile::tempdir().unwrap();
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    let server = Server::start(data.path(), &upstream, &[]);
    // Behind what nobody put there who holds the ledger's key, nothing is signed.
    let log = SqliteAuditLog::open(data.path()).unwrap();
    let event = Event::new(EventKind::Administration, Timestamp::EPOCH).with_detail("slipped in");
    log.append(vec![Record { event, client: None }]).await.unwrap();
    log.close().await.unwrap();
    download(&server).await;
    let (_, csv) = page(&server, "/audit.csv?kind=download-decided").await;
    let index = csv.lines().nth(1).unwrap().split(',').next().unwrap();
    let (status, event) = page(&server, &format!("/audit/{index}")).await;
    assert!(status == 200 && event.contains("no checkpoint has this event"), "{event}");
    let (status, refused) = page(&server, &format!("/audit/{index}/proof")).await;
    assert_eq!(status, 503, "{refused}");
    let told = format!("event {index} is not signed for yet");
    assert!(refused.contains(&told) && refused.contains("<h1>Not now</h1>"), "{refused}");
}

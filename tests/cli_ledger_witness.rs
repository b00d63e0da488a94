//! Checkpoints that others cosign, and a server that cannot sign.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

mod cli_support;
#[path = "support/client.rs"]
mod client;
#[path = "support/ledger.rs"]
mod record;
#[path = "support/server.rs"]
mod server;
#[path = "support/witness.rs"]
mod witness;

use std::fs;
use std::path::Path;

use depaudit_testkit::{CrateFile, FakeUpstream};
use record::{done, download, key, ledger, signed};
use server::Server;
use witness::{FakeWitness, Manner};

fn upstream() -> FakeUpstream {
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    upstream
}

/// A server whose configuration names the witness.
fn serve(data: &Path, upstream: &FakeUpstream, witness: &FakeWitness) -> Server {
    let config = data.join("depaudit.toml");
    fs::write(&config, witness.table()).unwrap();
    Server::start(data, upstream, &["--config", config.to_str().unwrap()])
}

/// Asks until the answer is as wanted.
async fn until(server: &Server, path: &str, wanted: impl Fn(&str) -> bool) -> String {
    let begun = std::time::Instant::now();
    loop {
        let (_, text) = server::get(server, path).await;
        if wanted(&text) {
            return text;
        }
        assert!(begun.elapsed().as_secs() < 30, "{path}: {text}");
        tokio::task::yield_now().await;
    }
}

/// Waits until the witness has cosigned so many entries, and that is kept.
async fn cosigned(server: &Server, witness: &FakeWitness, size: u64) {
    let line = |text: &str| text.contains("\n\u{2014} witness.example/w1 ");
    until(server, "/ledger/checkpoints-kept", |text| line(text) && witness.seen() >= size).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_cosigns_at_once_and_goes_on_from_what_it_saw() {
    let data = tempfile::tempdir().unwrap();
    let (upstream, witness) = (upstream(), FakeWitness::start(Manner::Honest));
    let server = serve(data.path(), &upstream, &witness);
    download(&server, 20).await;
    cosigned(&server, &witness, 1).await;
    // It said itself that it had seen nothing.
    let asked = witness.asked();
    assert!(asked[0] > 0 && asked[1] == 0, "{asked:?}");
    server.signal("-TERM");
    server.end();
    let first = witness.seen();

    // Another process: the proof is from where the witness was.
    let server = serve(data.path(), &upstream, &witness);
    download(&server, 20).await;
    let note = signed(&server, 80).await;
    cosigned(&server, &witness, first + 1).await;
    assert!(witness.asked().contains(&first), "{:?}", witness.asked());
    assert!(note.starts_with("depaudit/"), "{note}");
    let last = witness.seen();
    // A newer one is signed for, and the one that was cosigned is there all the same.
    download(&server, 5).await;
    signed(&server, 90).await;
    server.signal("-TERM");
    server.end();

    let keys = ["--key", &key(data.path()), "--key", &witness.verifier()];
    let verify = [&["verify", "--data", "."][..], &keys].concat();
    let printed = done(data.path(), &verify);
    let told = format!("cosigned by witness.example/w1 up to {last} entries, on 2026-");
    assert!(printed.contains(&told), "{printed}");
    done(data.path(), &["export", "export", "--data", "."]);
    let json = done(data.path(), &[&["verify", "export", "--json"][..], &keys].concat());
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["cosigned"][0]["size"], last);
    assert!(json["size"].as_u64().unwrap() > last, "{json}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_hangs_or_refuses_holds_up_no_signature() {
    let data = tempfile::tempdir().unwrap();
    let (upstream, witness) = (upstream(), FakeWitness::start(Manner::Hangs));
    let server = serve(data.path(), &upstream, &witness);
    let mut size = 0;
    while witness.asked().is_empty() {
        download(&server, 1).await;
        size += 2;
    }
    // While it keeps the server waiting, each event is signed for as ever.
    for _ in 0..3 {
        download(&server, 5).await;
        size += 10;
        let begun = std::time::Instant::now();
        signed(&server, size).await;
        assert!(begun.elapsed().as_secs() < 4, "{:?}", begun.elapsed());
    }
    server.signal("-TERM");
    server.end();

    witness.behave(Manner::Refuses);
    let asked = witness.asked().len();
    let server = serve(data.path(), &upstream, &witness);
    download(&server, 1).await;
    let begun = std::time::Instant::now();
    while witness.asked().len() == asked {
        assert!(begun.elapsed().as_secs() < 20, "it was not asked");
        tokio::task::yield_now().await;
    }
    signed(&server, size + 2).await;
    server.signal("-TERM");
    let (_, log) = server.end();
    assert!(log.contains("the witness did not cosign"), "{log}");
    assert!(log.contains("403"), "{log}");
    let key = key(data.path());
    let verify = ["verify", "--data", ".", "--key", &key, "--key", &witness.verifier()];
    let ran = ledger(data.path(), &verify);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("has not cosigned any checkpoint of it"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn readyz_says_when_nothing_can_be_signed_and_when_it_can_again() {
    let data = tempfile::tempdir().unwrap();
    let upstream = upstream();
    let server = Server::start(data.path(), &upstream, &[]);
    download(&server, 1).await;
    signed(&server, 2).await;
    let ready = until(&server, "/readyz", |text| text.contains("\"signing_fails\":false")).await;
    assert!(ready.contains("\"store_writable\":true"), "{ready}");
    let (file, away) = (data.path().join("ledger.key"), data.path().join("away.key"));
    fs::rename(&file, &away).unwrap();
    download(&server, 1).await;
    until(&server, "/readyz", |text| text.contains("\"signing_fails\":true")).await;
    // It serves, and keeps the record.
    assert_eq!(server::get(&server, "/readyz").await.0, 200);
    fs::rename(&away, &file).unwrap();
    until(&server, "/readyz", |text| text.contains("\"signing_fails\":false")).await;
    signed(&server, 4).await;
}

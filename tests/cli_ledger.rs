//! `depaudit ledger` on the record of a real server: what it signs is verified by others, and what is
//! tampered with is found.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

mod cli_support;
#[path = "support/client.rs"]
mod client;
#[path = "support/ledger.rs"]
mod record;
#[path = "support/server.rs"]
mod server;

use std::fs;
use std::path::Path;

use cli_support::run;
use depaudit_testkit::{CrateFile, FakeUpstream};
use record::{done, download, key, ledger, recorded, signed};
use server::Server;

#[tokio::test(flavor = "multi_thread")]
async fn a_served_ledger_verifies_from_outside_and_goes_on_from_what_was_pushed() {
    let data = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let pushed = elsewhere.path().join("checkpoint");
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    let push = ["--ledger-push", pushed.to_str().unwrap()];
    let server = Server::start(data.path(), &upstream, &push);
    download(&server, 150).await;
    let early = signed(&server, 300).await;
    fs::write(elsewhere.path().join("early"), &early).unwrap();
    download(&server, 10).await;
    signed(&server, 320).await;

    let key = key(data.path());
    let url = format!("{}/ledger", server.address);
    let early = elsewhere.path().join("early");
    let since = ["--since", early.to_str().unwrap()];
    let verify = [&["verify", &url, "--key", &key][..], &since].concat();
    let printed = done(data.path(), &verify);
    assert!(printed.starts_with("verified: the 3"), "{printed}");
    assert!(printed.contains("older checkpoints are its beginnings"), "{printed}");
    // Without a key it says what that is worth; with another one nothing is believed.
    let unsure = ledger(data.path(), &["verify", &url]);
    assert_eq!(unsure.code, Some(0), "{unsure:?}");
    assert!(unsure.err.contains("the key is the log's own"), "{unsure:?}");
    let other = data.path().join("other.key");
    let stranger = done(data.path(), &["key", "new", other.to_str().unwrap()]);
    let refused = ledger(data.path(), &["verify", &url, "--key", stranger.trim()]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.out.contains("no known key"), "{refused:?}");

    server.signal("-TERM");
    server.end();
    let last = fs::read_to_string(&pushed).unwrap();
    assert!(last.contains("\n\u{2014} depaudit/"), "{last}");
    let printed =
        done(data.path(), &["verify", "--data", ".", "--since", pushed.to_str().unwrap()]);
    assert!(!printed.contains("not signed"), "a clean stop signs everything: {printed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_52_what_is_tampered_with_in_an_export_is_named() {
    let data = tempfile::tempdir().unwrap();
    recorded(data.path(), 200).await;
    let export = data.path().join("export");
    let export = export.to_str().unwrap();
    let key = key(data.path());
    done(data.path(), &["export", export, "--data", "."]);
    let verify = |what: &str| {
        let ran = ledger(data.path(), &["verify", export, "--key", &key, "--json"]);
        let answer: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(ran.code, Some(i32::from(!what.is_empty())), "{what}: {ran:?}");
        answer["fault"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(verify(""), "");
    let tampered = |file: &str, change: &dyn Fn(&mut Vec<u8>)| {
        let path = Path::new(export).join(file);
        let before = fs::read(&path).unwrap();
        let mut bytes = before.clone();
        change(&mut bytes);
        fs::write(&path, bytes).unwrap();
        let fault = verify(file);
        fs::write(&path, before).unwrap();
        fault
    };
    // Entry 1 begins behind entry 0.
    let fault = tampered("tile/entries/000", &|bytes| {
        let first = usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
        bytes[2 + first + 2 + 5] ^= 1;
    });
    assert!(fault.starts_with("entry 1 was changed"), "{fault}");
    let fault = tampered("tile/entries/000", &|bytes| {
        let first = usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
        bytes.drain(..2 + first);
    });
    assert!(fault.starts_with("entry 0 is missing"), "{fault}");
    let fault = tampered("tile/0/000", &|bytes| bytes[40] ^= 1);
    assert!(fault.starts_with("tile/0/000 is forged"), "{fault}");
    let fault = tampered("checkpoint", &|bytes| {
        let last = bytes.len() - 10;
        bytes[last] = if bytes[last] == b'A' { b'B' } else { b'A' };
    });
    assert!(fault.contains("is not valid"), "{fault}");
    fs::remove_file(Path::new(export).join("tile/0/000")).unwrap();
    assert!(verify("gone").contains("is missing"));
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_52_what_is_tampered_with_in_the_data_folder_is_named() {
    let data = tempfile::tempdir().unwrap();
    recorded(data.path(), 30).await;
    let database = data.path().join("audit.sqlite");
    let whole = fs::read(&database).unwrap();
    // A leaf, by whoever owns the disk: no trigger stands in the way. Every copy of it in the file,
    // since a page that was split keeps one that counts no more.
    let needle = br#""kind":"first-seen""#;
    let mut changed = whole.clone();
    let mut found = 0;
    for place in 0..changed.len() - needle.len() {
        if changed[place..].starts_with(needle) {
            changed[place + 8..place + 18].copy_from_slice(b"never-seen");
            found += 1;
        }
    }
    assert!(found > 0, "the record has the event");
    fs::write(&database, changed).unwrap();
    let ran = ledger(data.path(), &["verify", "--data", "."]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("not verified: entry "), "{ran:?}");

    // What is searched for, without touching what is signed for: every index entry of the team.
    let mut changed = whole.clone();
    let mut hidden = 0;
    for place in 0..changed.len() - 24 {
        if changed[place..].starts_with(b"download-decidedpayments") {
            changed[place + 16..place + 24].copy_from_slice(b"search!!");
            hidden += 1;
        }
    }
    assert!(hidden > 0, "the columns stand one behind the other");
    fs::write(&database, changed).unwrap();
    let ran = ledger(data.path(), &["verify", "--data", "."]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("what is searched for of entry"), "{ran:?}");

    // Who asked, which the leaf is committed to.
    let mut changed = whole.clone();
    for place in 1..changed.len() - 9 {
        // In leaves, where the upstream has the same address, it is quoted.
        if changed[place - 1] != b'"' && changed[place..].starts_with(b"127.0.0.1") {
            changed[place + 8] = b'9';
        }
    }
    fs::write(&database, changed).unwrap();
    let ran = ledger(data.path(), &["verify", "--data", ".", "--json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("the client of entry "), "{ran:?}");

    // An old backup, against a checkpoint that was pushed elsewhere.
    fs::write(&database, &whole).unwrap();
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    let pushed = data.path().join("pushed");
    let push = ["--ledger-push", pushed.to_str().unwrap()];
    let server = Server::start(data.path(), &upstream, &push);
    download(&server, 5).await;
    signed(&server, 70).await;
    let begun = std::time::Instant::now();
    while !pushed.exists() {
        assert!(begun.elapsed().as_secs() < 20, "nothing was pushed");
        tokio::task::yield_now().await;
    }
    server.signal("-TERM");
    server.end();
    fs::write(&database, &whole).unwrap();
    let ran = ledger(data.path(), &["verify", "--data", ".", "--since", "pushed"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("was rolled back"), "{ran:?}");

    // A server on the old backup does not overwrite what shows it, nor does an export.
    let evidence = fs::read(&pushed).unwrap();
    let server = Server::start(data.path(), &upstream, &push);
    download(&server, 1).await;
    signed(&server, 62).await;
    server.signal("-TERM");
    let (_, log) = server.end();
    assert!(log.contains("a checkpoint did not arrive there"), "{log}");
    assert!(log.contains("events are gone"), "{log}");
    assert_eq!(fs::read(&pushed).unwrap(), evidence);
    let archive = data.path().join("archive");
    fs::create_dir(&archive).unwrap();
    fs::write(archive.join("checkpoint"), &evidence).unwrap();
    let ran = ledger(data.path(), &["export", "archive", "--data", "."]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert_eq!(fs::read(archive.join("checkpoint")).unwrap(), evidence);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_52_what_a_retired_key_signs_is_named() {
    let data = tempfile::tempdir().unwrap();
    recorded(data.path(), 3).await;
    let file = data.path().join("ledger.key");
    let old = fs::read(&file).unwrap();
    done(data.path(), &["key", "rotate", "--data", "."]);
    recorded(data.path(), 2).await;
    done(data.path(), &["verify", "--data", "."]);
    // A server that is given the old key's file back does not go on: the new key has signed.
    let new = fs::read(&file).unwrap();
    fs::write(&file, &old).unwrap();
    let ran = run(data.path(), &["serve", "--listen", "127.0.0.1:0", "--data", "."]);
    assert!(ran.code == Some(2) && ran.err.contains("by none of the keys"), "{ran:?}");
    fs::write(&file, &new).unwrap();
    // Whoever holds it signs the whole record by other means, and puts that in an export.
    recorded(data.path(), 1).await;
    done(data.path(), &["verify", "--data", "."]);
    done(data.path(), &["export", "export", "--data", "."]);
    let note = fs::read_to_string(data.path().join("export/checkpoint")).unwrap();
    let checkpoint = depaudit_ledger::Checkpoint::claimed(&note).unwrap();
    let thief = std::str::from_utf8(&old).unwrap().lines().next().unwrap().parse().unwrap();
    let forged = checkpoint.sign(&[&thief]).to_string();
    fs::write(data.path().join("export/checkpoint"), forged).unwrap();
    for keys in
        [vec![key(data.path()), thief.verifier().to_string()], vec![thief.verifier().to_string()]]
    {
        let mut arguments = vec!["verify", "export"];
        keys.iter().for_each(|key| arguments.extend(["--key", key]));
        let ran = ledger(data.path(), &arguments);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.out.contains("holds a key that is no longer the log's"), "{ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_proven_offline_and_each_key_verifies_its_part() {
    let data = tempfile::tempdir().unwrap();
    recorded(data.path(), 3).await;
    let old = key(data.path());
    let printed = done(data.path(), &["prove", "foo@1.0.0", "--team", "payments", "--data", "."]);
    assert!(printed.contains("foo-1.0.0.payments.tlog-proof"), "{printed}");
    let proof = "foo-1.0.0.payments.tlog-proof";
    let printed = done(data.path(), &["verify", proof, "--key", &old]);
    assert!(printed.contains(r#""crate":"foo""#), "{printed}");
    let nobody = ledger(data.path(), &["prove", "foo@1.0.0", "--team", "search", "--data", "."]);
    assert_eq!(nobody.code, Some(2), "{nobody:?}");

    done(data.path(), &["key", "rotate", "--data", "."]);
    let new = key(data.path());
    assert_ne!(old, new);
    recorded(data.path(), 2).await;
    let all = run(data.path(), &["log", "--json", "--data", "."]).out;
    assert!(all.contains("key was rotated"), "{all}");
    let size = |key: &str| {
        let json = done(data.path(), &["verify", "--data", ".", "--key", key, "--json"]);
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        (json["size"].as_u64().unwrap(), json["signed_by_other_keys"].as_u64().unwrap())
    };
    let (before, behind) = size(&old);
    let (after, none) = size(&new);
    assert!(before < after && before + behind == after && none == 0, "{before} {after}");
    // Started again at the same size, with the new key alone: what both signed stays.
    recorded(data.path(), 0).await;
    let (again, _) = size(&old);
    assert_eq!(again, before);
    // The proof from before goes on being one, for whoever trusts the old key.
    done(data.path(), &["verify", proof, "--key", &old]);
    let refused = ledger(data.path(), &["verify", proof, "--key", &new]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_the_whole_crate_is_no_receipt() {
    let data = tempfile::tempdir().unwrap();
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    let server = Server::start(data.path(), &upstream, &["--team", "search", "--team", "web"]);
    let ask = async |team: &str, header: &str, value: &str| {
        let url = format!("{}/t/{team}/crates-io/crates/foo/1.0.0/download", server.address);
        let answer = client::get(url).header(header, value).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.bytes().await.unwrap().len())
    };
    let (status, whole) = ask("payments", "accept", "*/*").await;
    assert_eq!(status, 200);
    // One has it already, one asks for its beginning.
    assert_eq!(ask("search", "if-none-match", "*").await, (304, 0));
    assert_eq!(ask("web", "range", "bytes=0-9").await, (206, 10));
    assert_eq!(ask("payments", "if-none-match", "*").await, (304, 0));
    signed(&server, 9).await;
    server.signal("-TERM");
    server.end();
    let prove = |team| ledger(data.path(), &["prove", "foo@1.0.0", "--team", team, "--data", "."]);
    for team in ["search", "web"] {
        let none = prove(team);
        assert_eq!(none.code, Some(2), "{none:?}");
        assert!(none.err.contains("none of its newest 1 answers"), "{none:?}");
    }
    assert_eq!(prove("payments").code, Some(0));
    let key = key(data.path());
    let told = done(data.path(), &["verify", "foo-1.0.0.payments.tlog-proof", "--key", &key]);
    for shown in [&format!("\"bytes\":{whole}"), "\"outcome\":\"complete\""] {
        assert!(told.contains(shown), "{shown} in {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_52_a_lost_key_is_not_replaced_and_a_forged_kept_checkpoint_is_named() {
    let data = tempfile::tempdir().unwrap();
    recorded(data.path(), 3).await;
    let file = data.path().join("ledger.key");
    let key = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    let ran = run(data.path(), &["serve", "--listen", "127.0.0.1:0", "--data", "."]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("the ledger's key that signed them is gone"), "{ran:?}");
    assert!(!file.exists(), "no other one was made");

    // Another key in its place signs nothing, and verifies nothing.
    let other = tempfile::tempdir().unwrap();
    recorded(other.path(), 1).await;
    fs::copy(other.path().join("ledger.key"), &file).unwrap();
    let ran = ledger(data.path(), &["verify", "--data", "."]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    fs::write(&file, key).unwrap();
    done(data.path(), &["verify", "--data", "."]);
}

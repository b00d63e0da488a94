//! `depaudit cache` on a data folder that a server has open.
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test, a panic is the report")]

mod cli_support;

use std::fs;
use std::path::Path;

use bytes::Bytes;
use cli_support::{Ran, run};
use depaudit_model::cargo::Release;
use depaudit_model::event::EventKind;
use depaudit_model::{Checksum, RegistryName, Timestamp};
use depaudit_store::folder::FolderBlobStore;
use depaudit_store::sqlite::{SqliteAuditLog, SqliteMetaStore};
use depaudit_store::{
    AuditLog, BlobStore, BlobUse, EventFilter, EventOrder, IndexEntry, MetaStore, Pin, StoredEvent,
    Validators,
};
use serde_json::{Value, json};

/// A data folder with its stores open, as a server has them.
struct Server {
    data: tempfile::TempDir,
    blobs: FolderBlobStore,
    meta: SqliteMetaStore,
    log: SqliteAuditLog,
}

impl Server {
    fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        Self {
            blobs: FolderBlobStore::open(data.path()).unwrap(),
            meta: SqliteMetaStore::open(data.path()).unwrap(),
            log: SqliteAuditLog::open(data.path()).unwrap(),
            data,
        }
    }

    /// Stores a crate of 1,000 bytes with its index entry and its pin, used at second `used`.
    async fn store(&self, name: &str, version: &str, used: i64) -> Checksum {
        let body = Bytes::from(format!("{:1000}", format!("{name} {version}")));
        let digest = Checksum::of(&body);
        let mut writer = self.blobs.create().await.unwrap();
        writer.write(body).await.unwrap();
        writer.publish(&digest).await.unwrap();
        let registry = RegistryName::crates_io();
        let release = Release { name: name.parse().unwrap(), version: version.parse().unwrap() };
        let moment = Timestamp::from_millis(used * 1_000);
        let pin = Pin { version: release.version.clone(), checksum: digest };
        let entry = IndexEntry {
            body: Bytes::from_static(b"{}\n"),
            validators: Validators::default(),
            confirmed: moment,
        };
        self.meta.put_index_entry(&registry, &release.name, &entry, &[pin]).await.unwrap();
        let blob = BlobUse { digest, size: 1_000, registry, release, stored: moment, used: moment };
        self.meta.record_blob(&blob).await.unwrap();
        digest
    }

    async fn has(&self, digest: &Checksum) -> bool {
        self.blobs.open(digest).await.unwrap().is_some()
    }

    fn cache(&self, arguments: &[&str]) -> Ran {
        run(self.data.path(), &[&["cache"], arguments, &["--data", "."]].concat())
    }

    fn json(&self, arguments: &[&str]) -> (Value, Option<i32>) {
        let ran = self.cache(&[arguments, &["--json"]].concat());
        (serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran:?}")), ran.code)
    }

    /// What administration is on record.
    async fn changes(&self) -> Vec<StoredEvent> {
        let filter =
            EventFilter { kinds: vec![EventKind::Administration], ..EventFilter::default() };
        self.log.read(&filter, EventOrder::OldestFirst, 100).await.unwrap()
    }
}

/// Changes one byte of a file somewhere below `folder` whose name is the digest.
fn damage(folder: &Path, digest: &Checksum) {
    let name = digest.to_string();
    let path = folder.join("sha256").join(&name[..2]).join(&name);
    let mut bytes = fs::read(&path).unwrap();
    bytes[0] ^= 1;
    fs::remove_file(&path).unwrap();
    fs::write(&path, bytes).unwrap();
}

#[tokio::test]
async fn stats_add_up_what_is_stored() {
    let server = Server::start();
    server.store("serde", "1.0.0", 1).await;
    server.store("serde", "1.0.1", 2).await;
    let (stats, code) = server.json(&["stats"]);
    assert_eq!(code, Some(0));
    let expected = json!({"blobs": 2, "blob_bytes": 2_000, "index_entries": 1, "index_bytes": 3,
        "pins": 2, "events": 0});
    assert_eq!(stats, expected);
    assert!(server.cache(&["stats"]).out.contains("crates"), "a table for people");
}

#[tokio::test]
async fn a_damaged_crate_is_named_and_repair_removes_it_alone() {
    let server = Server::start();
    let good = server.store("serde", "1.0.0", 1).await;
    let bad = server.store("tokio", "1.44.0", 2).await;
    assert_eq!(server.cache(&["verify"]).code, Some(0));
    damage(server.data.path(), &bad);

    let ran = server.cache(&["verify"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("damaged: crates-io/tokio@1.44.0"), "{}", ran.out);
    assert!(ran.out.contains(&bad.to_string()), "{}", ran.out);
    assert!(!ran.out.contains("serde"), "{}", ran.out);
    assert!(ran.err.is_empty(), "no progress bar without a terminal: {}", ran.err);
    assert!(server.has(&bad).await, "looking removes nothing");
    assert!(server.changes().await.is_empty());

    let (verified, code) = server.json(&["verify", "--repair"]);
    assert_eq!((code, &verified["checked"], &verified["removed"]), (Some(1), &json!(2), &json!(1)));
    assert!(!server.has(&bad).await && server.has(&good).await);
    assert_eq!(server.cache(&["verify"]).code, Some(0));
    assert_eq!(server.json(&["stats"]).0["pins"], json!(2), "pins stay");
    let changes = server.changes().await;
    assert_eq!(changes.len(), 1);
    assert_eq!((changes[0].event.count, changes[0].event.bytes), (Some(1), Some(1_000)));
}

#[tokio::test]
async fn a_crate_without_its_file_is_named_and_repair_forgets_it() {
    let server = Server::start();
    server.store("serde", "1.0.0", 1).await;
    let lost = server.store("tokio", "1.44.0", 2).await;
    assert!(server.blobs.remove(&lost).await.unwrap());

    let ran = server.cache(&["verify"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("missing: crates-io/tokio@1.44.0"), "{}", ran.out);
    assert!(ran.out.contains("1 crates read, 1000 B; 0 damaged, 1 missing"), "{}", ran.out);
    let (verified, _) = server.json(&["verify", "--repair"]);
    assert_eq!(verified["missing"][0]["sha256"], json!(lost));
    assert_eq!(server.cache(&["verify"]).code, Some(0));
    assert_eq!(server.json(&["stats"]).0["blob_bytes"], json!(1_000));
}

#[tokio::test]
async fn purging_takes_a_version_or_a_crate_and_never_a_pin() {
    let server = Server::start();
    let old = server.store("serde", "1.0.0", 1).await;
    let new = server.store("serde", "1.0.1", 2).await;
    let other = server.store("tokio", "1.44.0", 3).await;

    let (purged, code) = server.json(&["purge", "serde@1.0.0"]);
    let expected = json!({"crate": "serde@1.0.0", "blobs": 1, "bytes": 1_000, "index_entries": 0});
    assert_eq!((purged, code), (expected, Some(0)));
    assert!(!server.has(&old).await && server.has(&new).await);

    let ran = server.cache(&["purge", "Serde"]);
    assert_eq!(ran.out, "removed of Serde: 1 files, 1000 B; 1 index entries\n");
    assert!(!server.has(&new).await && server.has(&other).await);
    assert_eq!(server.json(&["stats"]).0["pins"], json!(3));

    let ran = server.cache(&["purge", "serde"]);
    assert_eq!((ran.out.as_str(), ran.code), ("nothing of serde is stored\n", Some(0)));
    let changes = server.changes().await;
    assert_eq!(changes.len(), 2, "what changed nothing is not on record");
    assert_eq!(changes[0].event.name.as_ref().unwrap().as_str(), "serde");
    assert_eq!(changes[0].event.version.as_ref().unwrap().to_string(), "1.0.0");
}

#[tokio::test]
async fn gc_removes_what_was_used_longest_ago_until_the_rest_fits() {
    let server = Server::start();
    let middle = server.store("middle", "1.0.0", 2).await;
    let oldest = server.store("oldest", "1.0.0", 1).await;
    let newest = server.store("newest", "1.0.0", 3).await;
    let (collected, code) = server.json(&["gc", "--max-bytes", "2kB"]);
    assert_eq!(collected, json!({"blobs": 1, "bytes": 1_000, "left_bytes": 2_000}));
    assert_eq!(code, Some(0));
    assert!(!server.has(&oldest).await);
    assert!(server.has(&middle).await && server.has(&newest).await);
    assert_eq!(server.changes().await.len(), 1);
    assert_eq!(server.json(&["gc", "--max-bytes", "1GiB"]).0["blobs"], json!(0));
    assert_eq!(server.cache(&["gc", "--max-bytes", "much"]).code, Some(2));
}

#[tokio::test]
async fn a_mistyped_folder_is_an_error_and_no_empty_cache() {
    let empty = tempfile::tempdir().unwrap();
    let ran = run(empty.path(), &["cache", "stats", "--data", "typo"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.starts_with("error: there is no audit.sqlite in typo"), "{}", ran.err);
    assert!(!empty.path().join("typo").exists());
}

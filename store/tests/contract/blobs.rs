use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use depaudit_model::Checksum;
use depaudit_store::folder::FolderBlobStore;
use depaudit_store::{BlobStore, BlobWriter, ByteSource, StoreError};
use tempfile::TempDir;

use crate::{Place, contract};

contract! {
    [
        a_blob_appears_whole_under_its_digest,
        a_blob_is_not_there_before_it_is_published,
        bad_input_5_bytes_with_another_digest_are_not_published,
        a_dropped_writer_leaves_nothing,
        what_was_written_can_be_read_while_the_rest_is_on_its_way,
        a_reader_goes_on_when_the_blob_is_removed,
        two_writers_of_one_digest_both_succeed,
        a_second_start_spares_the_blobs_that_are_being_written,
        removing_says_whether_there_was_something,
        an_empty_blob_is_a_blob,
        reads_are_cut_at_the_end,
        a_probe_leaves_nothing,
    ]
    folder => Folder::new(),
}

/// A blob store whose unfinished files can be counted.
trait BlobPlace: Place<Store = dyn BlobStore> {
    /// How many files there are in all, published or not.
    fn files(&self) -> usize;
}

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
}

impl Place for Folder {
    type Store = dyn BlobStore;

    async fn open(&self) -> Arc<dyn BlobStore> {
        Arc::new(FolderBlobStore::open(self.0.path()).unwrap())
    }
}

impl BlobPlace for Folder {
    fn files(&self) -> usize {
        fn count(folder: &Path) -> usize {
            let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
            entries.map(|path| if path.is_dir() { count(&path) } else { 1 }).sum()
        }
        count(self.0.path())
    }
}

async fn read_all(source: &dyn ByteSource) -> Bytes {
    source.read_at(0, usize::MAX).await.unwrap()
}

async fn written(store: &dyn BlobStore, chunks: &[&'static [u8]]) -> Box<dyn BlobWriter> {
    let mut writer = store.create().await.unwrap();
    for chunk in chunks {
        writer.write(Bytes::from_static(chunk)).await.unwrap();
    }
    writer
}

async fn a_blob_appears_whole_under_its_digest(place: &impl BlobPlace) {
    let store = place.open().await;
    let digest = Checksum::of(b"crate file");
    written(&*store, &[b"crate ", b"file"]).await.publish(&digest).await.unwrap();
    drop(store);

    let store = place.open().await;
    let blob = store.open(&digest).await.unwrap().unwrap();
    assert_eq!(blob.size, 10);
    assert_eq!(read_all(&*blob.source).await, "crate file");
    assert_eq!(store.list().await.unwrap(), [(digest, 10)]);
    assert_eq!(place.files(), 1);
}

async fn a_blob_is_not_there_before_it_is_published(place: &impl BlobPlace) {
    let store = place.open().await;
    let digest = Checksum::of(b"whole");
    let writer = written(&*store, &[b"whole"]).await;
    assert!(store.open(&digest).await.unwrap().is_none());
    assert!(store.list().await.unwrap().is_empty());
    writer.publish(&digest).await.unwrap();
    assert!(store.open(&digest).await.unwrap().is_some());
}

async fn bad_input_5_bytes_with_another_digest_are_not_published(place: &impl BlobPlace) {
    let store = place.open().await;
    let (expected, actual) = (Checksum::of(b"right"), Checksum::of(b"wrong"));
    let error = written(&*store, &[b"wrong"]).await.publish(&expected).await.unwrap_err();
    let said = matches!(
        error, StoreError::WrongDigest { expected: e, actual: a } if e == expected && a == actual
    );
    assert!(said, "{error}");
    assert!(store.open(&expected).await.unwrap().is_none());
    assert!(store.open(&actual).await.unwrap().is_none());
    assert_eq!(place.files(), 0);
}

async fn a_dropped_writer_leaves_nothing(place: &impl BlobPlace) {
    let store = place.open().await;
    drop(written(&*store, &[b"half of"]).await);
    assert_eq!(place.files(), 0);
}

async fn what_was_written_can_be_read_while_the_rest_is_on_its_way(place: &impl BlobPlace) {
    let store = place.open().await;
    let mut writer = written(&*store, &[b"first "]).await;
    let source = writer.source();
    assert_eq!(read_all(&*source).await, "first ");
    assert!(source.read_at(6, 100).await.unwrap().is_empty());

    writer.write(Bytes::from_static(b"second")).await.unwrap();
    assert_eq!(source.read_at(6, 100).await.unwrap(), "second");
    writer.publish(&Checksum::of(b"first second")).await.unwrap();
    assert_eq!(read_all(&*source).await, "first second");
}

async fn a_reader_goes_on_when_the_blob_is_removed(place: &impl BlobPlace) {
    let store = place.open().await;
    let digest = Checksum::of(b"evicted");
    written(&*store, &[b"evicted"]).await.publish(&digest).await.unwrap();
    let blob = store.open(&digest).await.unwrap().unwrap();
    assert_eq!(blob.source.read_at(0, 3).await.unwrap(), "evi");

    assert!(store.remove(&digest).await.unwrap());
    assert!(store.open(&digest).await.unwrap().is_none());
    assert_eq!(blob.source.read_at(3, 100).await.unwrap(), "cted");
}

async fn two_writers_of_one_digest_both_succeed(place: &impl BlobPlace) {
    let store = place.open().await;
    let digest = Checksum::of(b"same");
    let first = written(&*store, &[b"same"]).await;
    let second = written(&*store, &[b"sa", b"me"]).await;
    let late = second.source();
    let (first, second) = tokio::join!(first.publish(&digest), second.publish(&digest));
    first.unwrap();
    second.unwrap();

    assert_eq!(store.list().await.unwrap(), [(digest, 4)]);
    assert_eq!(read_all(&*store.open(&digest).await.unwrap().unwrap().source).await, "same");
    assert_eq!(read_all(&*late).await, "same");
    assert_eq!(place.files(), 1);
}

async fn a_second_start_spares_the_blobs_that_are_being_written(place: &impl BlobPlace) {
    let server = place.open().await;
    let mut writer = written(&*server, &[b"a long "]).await;
    let command = place.open().await;
    writer.write(Bytes::from_static(b"download")).await.unwrap();
    let digest = Checksum::of(b"a long download");
    writer.publish(&digest).await.unwrap();
    assert!(command.open(&digest).await.unwrap().is_some());
}

async fn removing_says_whether_there_was_something(place: &impl BlobPlace) {
    let store = place.open().await;
    let digest = Checksum::of(b"x");
    assert!(!store.remove(&digest).await.unwrap());
    written(&*store, &[b"x"]).await.publish(&digest).await.unwrap();
    assert!(store.remove(&digest).await.unwrap());
    assert!(!store.remove(&digest).await.unwrap());
}

async fn an_empty_blob_is_a_blob(place: &impl BlobPlace) {
    let store = place.open().await;
    let digest = Checksum::of(b"");
    written(&*store, &[]).await.publish(&digest).await.unwrap();
    let blob = store.open(&digest).await.unwrap().unwrap();
    assert_eq!(blob.size, 0);
    assert!(read_all(&*blob.source).await.is_empty());
}

async fn reads_are_cut_at_the_end(place: &impl BlobPlace) {
    let store = place.open().await;
    let digest = Checksum::of(b"0123456789");
    written(&*store, &[b"0123456789"]).await.publish(&digest).await.unwrap();
    let source = store.open(&digest).await.unwrap().unwrap().source;
    assert_eq!(source.read_at(8, 1_000).await.unwrap(), "89");
    assert_eq!(source.read_at(2, 3).await.unwrap(), "234");
    assert!(source.read_at(10, 1).await.unwrap().is_empty());
    assert!(source.read_at(u64::MAX, usize::MAX).await.unwrap().is_empty());
    assert!(source.read_at(0, 0).await.unwrap().is_empty());
}

async fn a_probe_leaves_nothing(place: &impl BlobPlace) {
    let store = place.open().await;
    store.probe().await.unwrap();
    assert_eq!(place.files(), 0);
    assert!(store.list().await.unwrap().is_empty());
}

use std::sync::Arc;

use bytes::Bytes;
use depaudit_model::cargo::{CrateName, Release};
use depaudit_model::{Checksum, RegistryName, Timestamp};
use depaudit_store::sqlite::SqliteMetaStore;
use depaudit_store::{BlobUse, CacheTotals, IndexEntry, MetaStore, Pin, PinnedRelease, Validators};
use tempfile::TempDir;

use crate::{Place, contract};

contract! {
    [
        a_registrys_configuration_is_kept_and_replaced,
        an_index_entry_comes_back_as_it_was_put,
        an_index_entry_is_found_under_any_spelling_and_in_its_registry_alone,
        a_confirmation_shows_at_once_and_lasts_once_the_store_is_closed,
        a_confirmation_corrects_a_clock_that_ran_ahead,
        a_new_entry_outranks_an_earlier_confirmation,
        bad_input_6_a_pin_is_never_changed,
        pins_outlive_the_index,
        every_pin_is_read_once_in_pages_of_any_size,
        forgetting_the_index_says_how_much_it_was,
        a_blob_is_known_for_each_of_its_releases,
        blobs_of_a_crate_are_found_in_every_registry,
        the_blobs_used_longest_ago_come_first,
        a_forgotten_blob_is_gone_with_its_releases,
        totals_add_up,
        a_probe_leaves_nothing,
        a_large_entry_is_put_and_put_again,
    ]
    sqlite => Sqlite(tempfile::tempdir().unwrap()),
}

pub(crate) struct Sqlite(pub(crate) TempDir);

impl Place for Sqlite {
    type Store = dyn MetaStore;

    async fn open(&self) -> Arc<dyn MetaStore> {
        Arc::new(SqliteMetaStore::open(self.0.path()).unwrap())
    }
}

pub(crate) trait MetaPlace: Place<Store = dyn MetaStore> {}
impl<P: Place<Store = dyn MetaStore>> MetaPlace for P {}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(second * 1_000)
}

pub(crate) fn registry(name: &str) -> RegistryName {
    name.parse().unwrap()
}

pub(crate) fn crate_name(name: &str) -> CrateName {
    name.parse().unwrap()
}

fn entry(body: &str, second: i64) -> IndexEntry {
    let body = Bytes::copy_from_slice(body.as_bytes());
    IndexEntry { body, validators: Validators::default(), confirmed: at(second) }
}

fn pin(version: &str, bytes: &str) -> Pin {
    Pin { version: version.parse().unwrap(), checksum: Checksum::of(bytes.as_bytes()) }
}

/// A blob with these bytes, stored and used at `second`.
fn blob(bytes: &str, in_registry: &str, name: &str, version: &str, second: i64) -> BlobUse {
    BlobUse {
        digest: Checksum::of(bytes.as_bytes()),
        size: bytes.len() as u64,
        registry: registry(in_registry),
        release: Release { name: crate_name(name), version: version.parse().unwrap() },
        stored: at(second),
        used: at(second),
    }
}

fn sorted(mut blobs: Vec<BlobUse>) -> Vec<BlobUse> {
    blobs.sort_by_key(|blob| (blob.registry.clone(), blob.release.clone()));
    blobs
}

async fn a_registrys_configuration_is_kept_and_replaced(place: &impl MetaPlace) {
    let store = place.open().await;
    let (ours, other) = (registry("crates-io"), registry("internal"));
    assert_eq!(store.registry_config(&ours).await.unwrap(), None);
    store.put_registry_config(&ours, Bytes::from_static(b"{}")).await.unwrap();
    store.put_registry_config(&ours, Bytes::from_static(b"{\"dl\":1}")).await.unwrap();
    drop(store);

    let store = place.open().await;
    assert_eq!(store.registry_config(&ours).await.unwrap().unwrap(), "{\"dl\":1}");
    assert_eq!(store.registry_config(&other).await.unwrap(), None);
}

async fn an_index_entry_comes_back_as_it_was_put(place: &impl MetaPlace) {
    let store = place.open().await;
    let (ours, name) = (RegistryName::crates_io(), crate_name("serde"));
    assert_eq!(store.index_entry(&ours, &name).await.unwrap(), None);
    let first = IndexEntry {
        validators: Validators { etag: Some("W/\"a\"".into()), last_modified: None },
        ..entry("{\"vers\":\"1.0.0\"}\n", 10)
    };
    let second = IndexEntry {
        validators: Validators { etag: None, last_modified: Some("yesterday".into()) },
        ..entry("{\"vers\":\"1.0.0\"}\n{\"vers\":\"1.0.1\"}\n", 20)
    };
    for entry in [first, second] {
        store.put_index_entry(&ours, &name, &entry, &[]).await.unwrap();
        assert_eq!(store.index_entry(&ours, &name).await.unwrap().unwrap(), entry);
    }
}

async fn an_index_entry_is_found_under_any_spelling_and_in_its_registry_alone(
    place: &impl MetaPlace,
) {
    let store = place.open().await;
    let ours = RegistryName::crates_io();
    let put = entry("lines\n", 10);
    store.put_index_entry(&ours, &crate_name("Inflector"), &put, &[]).await.unwrap();
    let find = |registry, name| {
        let store = Arc::clone(&store);
        async move { store.index_entry(&registry, &crate_name(name)).await.unwrap() }
    };
    assert_eq!(find(ours.clone(), "inflector").await, Some(put));
    assert_eq!(find(ours, "inflector2").await, None);
    assert_eq!(find(registry("internal"), "inflector").await, None);
}

async fn a_confirmation_shows_at_once_and_lasts_once_the_store_is_closed(place: &impl MetaPlace) {
    let store = place.open().await;
    let (ours, name) = (RegistryName::crates_io(), crate_name("serde"));
    store.put_index_entry(&ours, &name, &entry("x\n", 10), &[]).await.unwrap();
    store.confirm_index_entry(&ours, &name, at(70)).await.unwrap();
    // A confirmation of what is not there is of no consequence.
    store.confirm_index_entry(&ours, &crate_name("absent"), at(70)).await.unwrap();
    assert_eq!(store.index_entry(&ours, &name).await.unwrap().unwrap(), entry("x\n", 70));
    drop(store);

    let store = place.open().await;
    assert_eq!(store.index_entry(&ours, &name).await.unwrap().unwrap(), entry("x\n", 70));
    assert_eq!(store.index_entry(&ours, &crate_name("absent")).await.unwrap(), None);
}

async fn a_confirmation_corrects_a_clock_that_ran_ahead(place: &impl MetaPlace) {
    let store = place.open().await;
    let (ours, name) = (RegistryName::crates_io(), crate_name("serde"));
    store.put_index_entry(&ours, &name, &entry("x\n", 9_000), &[]).await.unwrap();
    store.confirm_index_entry(&ours, &name, at(70)).await.unwrap();
    drop(store);
    let store = place.open().await;
    assert_eq!(store.index_entry(&ours, &name).await.unwrap().unwrap().confirmed, at(70));
}

async fn a_new_entry_outranks_an_earlier_confirmation(place: &impl MetaPlace) {
    let store = place.open().await;
    let (ours, name) = (RegistryName::crates_io(), crate_name("serde"));
    store.put_index_entry(&ours, &name, &entry("old\n", 10), &[]).await.unwrap();
    store.confirm_index_entry(&ours, &name, at(70)).await.unwrap();
    store.put_index_entry(&ours, &name, &entry("new\n", 60), &[]).await.unwrap();
    assert_eq!(store.index_entry(&ours, &name).await.unwrap().unwrap(), entry("new\n", 60));
    drop(store);
    let store = place.open().await;
    assert_eq!(store.index_entry(&ours, &name).await.unwrap().unwrap(), entry("new\n", 60));
}

async fn bad_input_6_a_pin_is_never_changed(place: &impl MetaPlace) {
    let store = place.open().await;
    let (ours, name) = (RegistryName::crates_io(), crate_name("serde"));
    let first = [pin("1.0.0", "a"), pin("1.0.1", "b")];
    store.put_index_entry(&ours, &name, &entry("x\n", 10), &first).await.unwrap();
    let second = [pin("1.0.1", "forged"), pin("1.0.2", "c")];
    store.put_index_entry(&ours, &name, &entry("y\n", 20), &second).await.unwrap();

    let mut pins = store.pins(&ours, &name).await.unwrap();
    pins.sort_by(|a, b| a.version.cmp(&b.version));
    assert_eq!(pins, [pin("1.0.0", "a"), pin("1.0.1", "b"), pin("1.0.2", "c")]);
    assert!(store.pins(&registry("internal"), &name).await.unwrap().is_empty());
    assert!(store.pins(&ours, &crate_name("syn")).await.unwrap().is_empty());
}

async fn pins_outlive_the_index(place: &impl MetaPlace) {
    let store = place.open().await;
    let (ours, name) = (RegistryName::crates_io(), crate_name("serde"));
    let pins = [pin("1.0.0+x", "a")];
    store.put_index_entry(&ours, &name, &entry("x\n", 10), &pins).await.unwrap();
    store.forget_index(&ours, None).await.unwrap();
    drop(store);
    let store = place.open().await;
    assert_eq!(store.index_entry(&ours, &name).await.unwrap(), None);
    assert_eq!(store.pins(&ours, &name).await.unwrap(), pins);
}

async fn every_pin_is_read_once_in_pages_of_any_size(place: &impl MetaPlace) {
    let store = place.open().await;
    let mut all = Vec::new();
    for (in_registry, name, version) in [
        ("crates-io", "serde", "1.0.0"),
        ("crates-io", "serde", "1.0.0+x"),
        ("crates-io", "serde", "1.0.1-rc.1"),
        ("crates-io", "serde_json", "1.0.0"),
        ("internal", "serde", "1.0.0"),
    ] {
        let (registry, name, pin) = (registry(in_registry), crate_name(name), pin(version, name));
        store
            .put_index_entry(&registry, &name, &entry("x\n", 1), std::slice::from_ref(&pin))
            .await
            .unwrap();
        all.push(PinnedRelease { registry, name, pin });
    }
    for most in [1, 2, 5, 6] {
        let mut read: Vec<PinnedRelease> = Vec::new();
        loop {
            let page = store.all_pins(read.last(), most).await.unwrap();
            assert!(page.len() <= most);
            read.extend(page.clone());
            if page.is_empty() {
                break;
            }
        }
        assert_eq!(read, all, "{most} at a time");
    }
}

async fn forgetting_the_index_says_how_much_it_was(place: &impl MetaPlace) {
    let store = place.open().await;
    let (ours, other) = (RegistryName::crates_io(), registry("internal"));
    for (registry, name) in [(&ours, "serde"), (&ours, "syn"), (&ours, "log"), (&other, "serde")] {
        store.put_index_entry(registry, &crate_name(name), &entry("x\n", 1), &[]).await.unwrap();
    }
    assert_eq!(store.forget_index(&ours, Some(&crate_name("Serde"))).await.unwrap(), 1);
    assert_eq!(store.forget_index(&ours, Some(&crate_name("serde"))).await.unwrap(), 0);
    assert_eq!(store.forget_index(&ours, None).await.unwrap(), 2);
    assert!(store.index_entry(&other, &crate_name("serde")).await.unwrap().is_some());
}

async fn a_blob_is_known_for_each_of_its_releases(place: &impl MetaPlace) {
    let store = place.open().await;
    let first = blob("bytes", "crates-io", "serde", "1.0.0", 10);
    let second = blob("bytes", "internal", "serde-fork", "1.0.0", 20);
    for blob in [&first, &second, &first] {
        store.record_blob(blob).await.unwrap();
    }
    let of = |name: &'static str| {
        let store = Arc::clone(&store);
        async move { store.blobs_of(&crate_name(name), None).await.unwrap() }
    };
    assert_eq!(of("serde").await, std::slice::from_ref(&first));
    // The note that came last says when the blob was used.
    assert_eq!(of("serde-fork").await, [BlobUse { used: at(10), ..second }]);
    // It takes its room once.
    assert_eq!(store.least_recently_used(10).await.unwrap(), [first]);
    assert_eq!(store.totals().await.unwrap().blobs, 1);
}

async fn blobs_of_a_crate_are_found_in_every_registry(place: &impl MetaPlace) {
    let store = place.open().await;
    let blobs = [
        blob("a", "crates-io", "Inflector", "0.11.4", 1),
        blob("b", "crates-io", "Inflector", "0.11.5", 2),
        blob("c", "internal", "inflector", "0.11.5", 3),
        blob("d", "internal", "syn", "0.11.5", 4),
    ];
    for blob in &blobs {
        store.record_blob(blob).await.unwrap();
    }
    let name = crate_name("inflector");
    let version = "0.11.5".parse().unwrap();
    assert_eq!(sorted(store.blobs_of(&name, None).await.unwrap()), blobs[..3]);
    assert_eq!(sorted(store.blobs_of(&name, Some(&version)).await.unwrap()), blobs[1..3]);
}

async fn the_blobs_used_longest_ago_come_first(place: &impl MetaPlace) {
    let store = place.open().await;
    for (bytes, second) in [("a", 10), ("b", 20), ("c", 30)] {
        store.record_blob(&blob(bytes, "crates-io", bytes, "1.0.0", second)).await.unwrap();
    }
    // `a` is used again; so is something that is not there.
    let touched = [Checksum::of(b"a"), Checksum::of(b"absent")];
    store.touch_blobs(&touched, at(40)).await.unwrap();

    let names = |blobs: Vec<BlobUse>| -> Vec<String> {
        blobs.iter().map(|blob| format!("{} {}", blob.release.name, blob.used)).collect()
    };
    let moment = |second| at(second).to_string();
    let expected = [("b", 20), ("c", 30), ("a", 40)]
        .map(|(name, second)| format!("{name} {}", moment(second)));
    assert_eq!(names(store.least_recently_used(10).await.unwrap()), expected);
    assert_eq!(names(store.least_recently_used(2).await.unwrap()), expected[..2]);

    store.touch_blobs(&[Checksum::of(b"b")], at(50)).await.unwrap();
    drop(store);
    let store = place.open().await;
    let oldest = names(store.least_recently_used(1).await.unwrap());
    assert_eq!(oldest, [format!("c {}", moment(30))]);
}

async fn a_forgotten_blob_is_gone_with_its_releases(place: &impl MetaPlace) {
    let store = place.open().await;
    let kept = blob("kept", "crates-io", "serde", "1.0.1", 2);
    store.record_blob(&blob("gone", "crates-io", "serde", "1.0.0", 1)).await.unwrap();
    store.record_blob(&kept).await.unwrap();
    store.forget_blob(&Checksum::of(b"gone")).await.unwrap();
    store.forget_blob(&Checksum::of(b"never there")).await.unwrap();
    for known in [
        store.blobs_of(&crate_name("serde"), None).await.unwrap(),
        store.least_recently_used(10).await.unwrap(),
    ] {
        assert_eq!(known, std::slice::from_ref(&kept));
    }
}

async fn totals_add_up(place: &impl MetaPlace) {
    let store = place.open().await;
    assert_eq!(store.totals().await.unwrap(), CacheTotals::default());
    let ours = RegistryName::crates_io();
    let pins = [pin("1.0.0", "a"), pin("1.0.1", "b")];
    store.put_index_entry(&ours, &crate_name("serde"), &entry("12345\n", 1), &pins).await.unwrap();
    store.put_index_entry(&ours, &crate_name("syn"), &entry("1\n", 1), &pins[..1]).await.unwrap();
    store.put_index_entry(&ours, &crate_name("syn"), &entry("123\n", 2), &pins[..1]).await.unwrap();
    store.record_blob(&blob("four", "crates-io", "serde", "1.0.0", 1)).await.unwrap();
    store.record_blob(&blob("seven..", "crates-io", "serde", "1.0.1", 1)).await.unwrap();
    let expected =
        CacheTotals { blobs: 2, blob_bytes: 11, index_entries: 2, index_bytes: 10, pins: 3 };
    assert_eq!(store.totals().await.unwrap(), expected);
}

async fn a_probe_leaves_nothing(place: &impl MetaPlace) {
    let store = place.open().await;
    store.probe().await.unwrap();
    assert_eq!(store.totals().await.unwrap(), CacheTotals::default());
}

async fn a_large_entry_is_put_and_put_again(place: &impl MetaPlace) {
    let store = place.open().await;
    let (ours, name) = (RegistryName::crates_io(), crate_name("serde"));
    let versions: Vec<_> = (0..300).map(|minor| format!("1.{minor}.0")).collect();
    let pins: Vec<_> = versions.iter().map(|version| pin(version, version)).collect();
    let body = "x".repeat(180_000);
    store.put_index_entry(&ours, &name, &entry(&body, 1), &pins[..299]).await.unwrap();
    store.put_index_entry(&ours, &name, &entry(&body, 2), &pins).await.unwrap();
    assert_eq!(store.pins(&ours, &name).await.unwrap().len(), 300);
    assert_eq!(store.index_entry(&ours, &name).await.unwrap().unwrap(), entry(&body, 2));
}

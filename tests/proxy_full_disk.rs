//! A whole proxy on a disk without room.

mod support;

use depaudit_model::event::EventKind;
use depaudit_testkit::{CrateFile, FakeUpstream, SimulatedDisk};
use support::Service;

const DOWNLOAD: &str = "crates/foo/1.0.0/download";
const INDEX: &str = "index/3/f/foo";

#[tokio::test]
async fn bad_input_51_without_room_nothing_is_served_unrecorded_and_room_is_all_that_is_needed() {
    let upstream = FakeUpstream::start();
    let packed = upstream.publish(CrateFile::new("foo", "1.0.0"));
    let data = tempfile::tempdir().unwrap();
    let disk = SimulatedDisk::under(data.path());
    let service = Service::on(&upstream, data).await;
    assert_eq!(service.get(DOWNLOAD).await.body, packed.bytes);
    assert_eq!(service.get(INDEX).await.status, 200);
    let mut served = 1;
    for _ in 0..2 {
        disk.set_full(true);
        // What the write-ahead log has room for already is still put on record.
        let refused = loop {
            let answer = service.get(DOWNLOAD).await;
            if answer.status != 200 {
                break answer;
            }
            served += 1;
            assert!(served < 10_000, "the disk is full");
        };
        assert_eq!(refused.status, 503);
        assert!(refused.header("retry-after").is_some());
        let text = refused.text();
        assert!(text.contains("could not be put on record"), "{text}");
        for inner in ["/", "sqlite", "SQL", "disk", "panicked"] {
            assert!(!text.contains(inner), "{text}");
        }
        assert_eq!(service.get(INDEX).await.status, 200, "served and on record before");
        assert!(!service.events().await.is_empty(), "the record can be read");

        disk.set_full(false);
        assert_eq!(service.get(DOWNLOAD).await.body, packed.bytes);
        served += 1;
    }
    let events = service.stop().await.events().await;
    let decided = events.iter().filter(|event| event.event.kind == EventKind::DownloadDecided);
    assert_eq!(decided.count(), served);
}

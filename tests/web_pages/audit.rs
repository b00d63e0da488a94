use crate::reports::{page, report, send, started};

#[tokio::test]
async fn bad_input_45_the_record_is_searched_and_each_event_has_its_page() {
    let data = tempfile::tempdir().unwrap();
    let (_upstream, server) = started(data.path());
    let mut hostile = report("payments", "1.2.0", None);
    hostile["origin"]["branch"] = "<script>alert(1)</script>".into();
    send(&server, &hostile).await;
    send(&server, &report("search", "1.2.0", None)).await;

    let (status, all) = page(&server, "/audit?kind=report-received").await;
    assert_eq!(status, 200, "{all}");
    assert_eq!(all.matches("<bdi>report-received</bdi>").count(), 2, "{all}");
    assert!(all.contains("&#60;script&#62;") && !all.contains("<script"), "{all}");
    let (_, search) = page(&server, "/audit?kind=report-received&team=search&from=0").await;
    assert_eq!(search.matches("<bdi>report-received</bdi>").count(), 1, "{search}");
    let (_, none) = page(&server, "/audit?crate=absent").await;
    assert!(none.contains("No event on record is like that"), "{none}");

    let (_, lines) = page(&server, "/audit.jsonl?kind=report-received&from=0").await;
    assert_eq!(lines.lines().count(), 2, "{lines}");
    let (_, csv) = page(&server, "/audit.csv?kind=report-received&team=search").await;
    let index = csv.lines().nth(1).unwrap().split(',').next().unwrap();
    let (status, event) = page(&server, &format!("/audit/{index}")).await;
    assert_eq!(status, 200, "{event}");
    for told in ["report-received", "<dt>SHA-256</dt>", "acme/shop main", "The entry of the ledger"]
    {
        assert!(event.contains(told), "{told}: {event}");
    }
    assert_eq!(page(&server, "/audit/999999").await.0, 404);
    assert_eq!(page(&server, "/audit?since=yesterday").await.0, 400);
    assert_eq!(page(&server, "/audit?sha256=XYZ").await.0, 400);
    assert_eq!(page(&server, "/audit/-1").await.0, 400);
}

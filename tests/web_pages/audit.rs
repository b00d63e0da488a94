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

#[tokio::test]
async fn a_filter_is_typed_as_people_say_it_and_a_wrong_one_comes_back_with_what_is_wrong() {
    let data = tempfile::tempdir().unwrap();
    let (upstream, server) = started(data.path());
    upstream.publish(depaudit_testkit::CrateFile::new("foo", "1.0.0"));
    let (status, _) = page(&server, "/t/web/crates-io/crates/foo/1.0.0/download").await;
    assert_eq!(status, 200);
    for (query, found) in [
        ("since=1h", true),
        ("since=30m&crate=foo%401.0.0", true),
        ("since=7d&crate=foo", true),
        ("since=2026-01-01", true),
        ("since=2026-01-01T00:00:00Z", true),
        ("crate=foo%401.0.0&version=1.0.0", true),
        ("crate=foo%401.0.1", false),
    ] {
        for path in ["/audit", "/audit/live"] {
            let (status, text) = page(&server, &format!("{path}?{query}")).await;
            assert_eq!(
                (status, text.contains("<bdi>foo 1.0.0</bdi>")),
                (200, found),
                "{query}: {text}"
            );
        }
        let (status, csv) = page(&server, &format!("/audit.csv?{query}")).await;
        assert_eq!((status, csv.contains("foo,1.0.0")), (200, found), "{query}: {csv}");
    }
    let wrong = "since=soon&crate=a%20b&team=web&version=1.2.0";
    for path in ["/audit", "/audit/live"] {
        let (status, text) = page(&server, &format!("{path}?{wrong}")).await;
        assert_eq!(status, 400);
        for told in [
            "value=\"soon\" aria-invalid=\"true\" aria-describedby=\"since-fault\"",
            "value=\"a b\" aria-invalid=\"true\"",
            "value=\"web\">",
            "value=\"1.2.0\">",
            "id=\"crate-fault\">a crate looks like serde or serde@1.0.219<",
            "role=\"alert\"",
        ] {
            assert!(text.contains(told), "{path}: {told} in {text}");
        }
        assert!(!text.contains("<script") && !text.contains("No event on record"), "{text}");
    }
    let (status, text) = page(&server, "/audit?crate=foo%401.0.0&version=2.0.0").await;
    assert_eq!((status, text.contains("beside the crate stands another one, 1.0.0")), (400, true));
    assert_eq!(page(&server, &format!("/audit.csv?{wrong}")).await.0, 400);
    assert_eq!(page(&server, &format!("/audit/live/events?{wrong}")).await.0, 400);
}

#[tokio::test]
async fn an_event_that_is_none_is_told_with_those_that_are_and_a_rule_leads_to_its_page() {
    let data = tempfile::tempdir().unwrap();
    let policy = data.path().join("policy.toml");
    std::fs::write(&policy, "[[door.deny]]\npackage = 'foo'\nreason = 'bad'\n").unwrap();
    let upstream = depaudit_testkit::FakeUpstream::start();
    upstream.publish(depaudit_testkit::CrateFile::new("foo", "1.0.0"));
    let more = ["--policy", policy.to_str().unwrap()];
    let server = crate::server::Server::start(data.path(), &upstream, &more);
    let (status, _) = page(&server, "/t/payments/crates-io/crates/foo/1.0.0/download").await;
    assert_eq!(status, 403);
    let (_, csv) = page(&server, "/audit.csv").await;
    let denied = csv.lines().find(|line| line.contains("deny")).unwrap();
    let index = denied.split(',').next().unwrap();
    let (_, event) = page(&server, &format!("/audit/{index}")).await;
    let rule = "<dt>Rule</dt><dd><a href=\"/policy/rule/denied\">denied</a></dd>";
    assert!(event.contains(rule), "{event}");
    assert_eq!(page(&server, "/policy/rule/denied").await.0, 200);
    let (status, text) = page(&server, "/audit/999999").await;
    let length = csv.lines().count() - 1;
    let told =
        format!("there is no event 999999: the record has {length} events, 0 to {}", length - 1);
    assert!(status == 404 && text.contains(&told), "{told} in {text}");
}

use clap::Parser;
use depaudit_model::event::{CacheOutcome, Client, Decision, Event};
use depaudit_model::{Checksum, Timestamp};
use depaudit_store::Record;
use depaudit_store::sqlite::SqliteAuditLog;
use serde_json::{Value, json};

use super::*;

fn record(event: Event) -> Record {
    Record { event, client: None }
}

fn numbered(count: u64) -> Vec<Record> {
    let event = |number| {
        let mut event = Event::new(EventKind::DownloadDecided, Timestamp::from_millis(1_000));
        event.bytes = Some(number);
        event.team = Some(if number % 3 == 0 { "payments" } else { "search" }.parse().unwrap());
        record(event)
    };
    (0..count).map(event).collect()
}

fn download() -> Record {
    let mut event = Event::new(EventKind::DownloadDecided, "2026-03-01T12:00:00Z".parse().unwrap());
    event.team = Some("payments".parse().unwrap());
    event.registry = Some("crates-io".parse().unwrap());
    event.name = Some("serde".parse().unwrap());
    event.version = Some("1.0.219".parse().unwrap());
    event.sha256 = Some(Checksum::of(b"serde"));
    event.bytes = Some(79_000);
    event.cache = Some(CacheOutcome::Miss);
    event.decision = Some(Decision::Allow);
    event.source = Some("static.example".to_owned());
    let client = Client {
        address: Some("10.1.2.3".parse().unwrap()),
        user_agent: Some("cargo/1.95.0\n{\"index\":7}".to_owned()),
        salt: 7,
    };
    event.client = Some(client.commitment());
    Record { event, client: Some(client) }
}

#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    log: LogArgs,
}

fn args(text: &str) -> LogArgs {
    Line::try_parse_from(std::iter::once("log").chain(text.split_whitespace())).unwrap().log
}

/// What `depaudit log` prints with these arguments over these records.
async fn printed(records: Vec<Record>, arguments: &str) -> String {
    let data = tempfile::tempdir().unwrap();
    let log = SqliteAuditLog::open(data.path()).unwrap();
    log.append(records).await.unwrap();
    let args = args(arguments);
    // The terminal that the table is laid out for; into a file it would not be cut.
    let printer = if args.json { Printer::json() } else { Printer::people(Some(100)) };
    let mut out = Vec::new();
    show(&log, &args, printer, &mut out).await.unwrap();
    let out = String::from_utf8(out).unwrap();
    anstream::adapter::strip_str(&out).to_string()
}

fn numbers(lines: &str) -> Vec<u64> {
    let number = |line| serde_json::from_str::<Value>(line).unwrap()["bytes"].as_u64().unwrap();
    lines.lines().map(number).collect()
}

#[tokio::test]
async fn json_has_every_event_in_its_order_however_many_pages_that_are() {
    let all: Vec<u64> = (0..2_500).collect();
    assert_eq!(numbers(&printed(numbered(2_500), "--json").await), all);
    // A page that is exactly full is followed by an empty one.
    assert_eq!(numbers(&printed(numbered(1_000), "--json").await), all[..1_000]);
    assert_eq!(printed(Vec::new(), "--json").await, "");
}

#[tokio::test]
async fn a_limit_takes_the_newest_and_a_filter_all_that_match() {
    assert_eq!(numbers(&printed(numbered(10), "--json --limit 2").await), [8, 9]);
    let payments = printed(numbered(10), "--json --team payments").await;
    assert_eq!(numbers(&payments), [0, 3, 6, 9]);
    let newest = printed(numbered(10), "--json --team payments -n 3").await;
    assert_eq!(numbers(&newest), [3, 6, 9]);
    // Titles, and the newest fifty.
    let people = printed(numbered(60), "").await;
    assert_eq!(people.lines().count(), 51);
    assert!(people.lines().nth(1).unwrap().trim_start().starts_with("10  "), "{people}");
    assert_eq!(printed(numbered(60), "--kind download-decided").await.lines().count(), 61);
}

#[tokio::test]
async fn a_line_has_every_promised_key_in_its_order_and_null_where_it_does_not_apply() {
    let keys = [
        "index",
        "time",
        "kind",
        "team",
        "registry",
        "crate",
        "version",
        "sha256",
        "bytes",
        "cache",
        "decision",
        "rule",
        "user_agent",
        "request_id",
    ];
    let bare = Event::new(EventKind::RecordGap, Timestamp::EPOCH);
    let line = printed(vec![record(bare)], "--json").await;
    let value: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(value.as_object().unwrap().len(), keys.len(), "{line}");
    let places = keys.map(|key| line.find(&format!("\"{key}\":")).unwrap());
    assert!(places.is_sorted(), "{line}");
    assert_eq!(value["kind"], json!("record-gap"));
    assert_eq!(value["team"], Value::Null);
}

#[tokio::test]
async fn bad_input_53_a_forged_user_agent_is_one_escaped_value() {
    let lines = printed(vec![download()], "--json").await;
    assert_eq!(lines.lines().count(), 1);
    let value: Value = serde_json::from_str(&lines).unwrap();
    assert_eq!(value["index"], json!(0));
    assert_eq!(value["user_agent"], json!("cargo/1.95.0\n{\"index\":7}"));
    assert_eq!(value["address"], json!("10.1.2.3"));
    assert_eq!(value["source"], json!("static.example"));
    assert_eq!(value["sha256"], json!(Checksum::of(b"serde").to_string()));
}

#[tokio::test]
async fn a_download_fits_into_a_hundred_columns() {
    let mut denied = download();
    denied.event.name = Some("a-crate-with-quite-a-long-name".parse().unwrap());
    denied.event.decision = Some(Decision::Deny);
    denied.event.rule = Some("cooldown".to_owned());
    denied.event.cache = None;
    let people = printed(vec![download(), denied], "").await;
    let digest = &Checksum::of(b"serde").to_string()[..8];
    let lines: Vec<_> = people.lines().collect();
    assert!(lines[0].starts_with("INDEX  TIME (UTC)           KIND"), "{people}");
    assert!(
        lines[1]
            .starts_with("    0  2026-03-01 12:00:00  download-decided  payments  serde@1.0.219 "),
        "{people}"
    );
    assert!(lines[1].contains(&format!("  {digest}  allow, miss, ")), "{people}");
    assert!(lines[2].contains("  a-crate-with-qu") && lines[2].contains("…  "), "{people}");
    assert!(lines[2].contains(&format!("  {digest}  deny, cooldown,")), "{people}");
    assert!(lines.iter().all(|line| line.chars().count() <= 100), "{people}");
}

#[test]
fn values_that_make_no_sense_are_told_before_anything_is_read() {
    for bad in [
        "--limit 0",
        "--limit 20000",
        "--since soon",
        "--kind nothing",
        "--sha256 ab",
        "--crate a@b",
        "--team ../x",
    ] {
        let arguments = std::iter::once("log").chain(bad.split_whitespace());
        assert!(Line::try_parse_from(arguments).is_err(), "{bad}");
    }
}

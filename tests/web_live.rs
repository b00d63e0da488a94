//! The record, followed live.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

#[path = "support/client.rs"]
mod client;
#[allow(dead_code, reason = "each test binary uses a part of it")]
#[path = "web_pages/reports.rs"]
mod reports;
#[path = "support/server.rs"]
mod server;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use depaudit_testkit::{CrateFile, FakeUpstream};
use reports::{page, report, send, started};
use reqwest::Response;
use serde_json::Value;
use server::Server;

/// The longest that anything here may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// One that follows the record.
struct Stream {
    answer: Response,
    text: String,
}

impl Stream {
    async fn open(server: &Server, query: &str, seen: Option<u64>) -> Self {
        let url = format!("{}/audit/live/events{query}", server.address);
        let seen = seen.map(|seen| ("last-event-id", seen.to_string()));
        let request =
            seen.into_iter().fold(client::get(url), |it, (name, value)| it.header(name, value));
        Self { answer: request.send().await.unwrap(), text: String::new() }
    }

    /// Reads until something was sent; `None` when the stream ended before.
    async fn until(&mut self, wanted: &str) -> Option<()> {
        let read = async {
            while !self.text.contains(wanted) {
                let piece = self.answer.chunk().await.ok()??;
                self.text.push_str(std::str::from_utf8(&piece).unwrap());
            }
            Some(())
        };
        tokio::time::timeout(PATIENCE, read).await.unwrap()
    }

    /// Reads to the end.
    async fn end(mut self) -> String {
        assert!(self.until("\u{0}").await.is_none(), "it ended");
        self.text
    }

    fn events(&self) -> Vec<Value> {
        let lines = self.text.lines().filter_map(|line| line.strip_prefix("data: {"));
        lines.map(|line| serde_json::from_str(&format!("{{{line}")).unwrap()).collect()
    }
}

/// What a command about tokens says.
fn run(data: &Path, more: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_depaudit"));
    let output = command.arg("token").args(more).arg("--data").arg(data).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn bad_input_45_what_is_new_comes_as_it_happens_filtered_and_as_text() {
    let data = tempfile::tempdir().unwrap();
    let (_upstream, server) = started(data.path());
    send(&server, &report("payments", "1.2.0", None)).await;
    let mut all = Stream::open(&server, "", None).await;
    assert_eq!(all.answer.status(), 200);
    assert_eq!(all.answer.headers()["content-type"], "text/event-stream");
    let mut search = Stream::open(&server, "?team=search", None).await;
    all.until(": following").await.unwrap();
    search.until(": following").await.unwrap();
    let mut hostile = report("web", "1.2.0", None);
    hostile["origin"]["branch"] = "<script>x".into();
    send(&server, &hostile).await;
    send(&server, &report("search", "1.2.0", None)).await;
    search.until("report-received").await.unwrap();
    let [event] = &search.events()[..] else { panic!("{}", search.text) };
    assert_eq!(
        (&event["team"]["text"], &event["team"]["path"]),
        (&"search".into(), &"/team/search".into())
    );
    all.until("/team/search").await.unwrap();
    // What came before it followed is on the page already.
    assert!(!all.text.contains("payments"), "{}", all.text);
    // No browser takes it for a page.
    assert!(all.text.contains("acme/shop <script>x"), "{}", all.text);
    assert_eq!(all.answer.headers()["x-content-type-options"], "nosniff");

    // Whoever was away gets what it has not seen.
    let seen = event["index"].as_u64().unwrap() - 1;
    let mut again = Stream::open(&server, "?kind=report-received", Some(seen)).await;
    again.until("/team/search").await.unwrap();
    assert_eq!(again.events(), search.events());
    for (query, status) in [("?kind=none", 400), ("?from=-1", 400), ("?tema=x", 400)] {
        assert_eq!(page(&server, &format!("/audit/live/events{query}")).await.0, status, "{query}");
    }
}

#[tokio::test]
async fn only_the_page_that_follows_may_run_a_script_and_it_is_this_sites_own() {
    let data = tempfile::tempdir().unwrap();
    let (_upstream, server) = started(data.path());
    send(&server, &report("payments", "1.2.0", None)).await;
    let live = client::get(format!("{}/audit/live?team=payments", server.address));
    let live = live.send().await.unwrap();
    let allowed = live.headers()["content-security-policy"].to_str().unwrap().to_owned();
    for part in
        ["default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"]
    {
        assert!(allowed.contains(part), "{part}: {allowed}");
    }
    assert!(!allowed.contains("unsafe"), "{allowed}");
    let text = live.text().await.unwrap();
    let (_, rest) = text.split_once("<script src=\"").unwrap();
    let (path, _) = rest.split_once("\" defer></script>").unwrap();
    let script = client::get(format!("{}{path}", server.address)).send().await.unwrap();
    assert_eq!(script.headers()["content-type"], "text/javascript; charset=utf-8");
    assert!(text.contains("<bdi>report-received</bdi>"), "{text}");
    assert_eq!(text.matches("<script").count(), 1, "{text}");
    // Without scripts it loads itself again, where that is asked for.
    assert!(!text.contains("http-equiv"), "{text}");
    let (_, text) = page(&server, "/audit/live?team=payments&reload=on").await;
    assert!(
        text.contains("<noscript><meta http-equiv=\"refresh\" content=\"10\"></noscript>"),
        "{text}"
    );
    assert!(text.contains("<a href=\"/audit/live?team=payments\">stop that</a>"), "{text}");
    for other in ["/", "/audit", "/teams", "/crate/shared", "/connect", "/audit/0", "/absent"] {
        let answer = client::get(format!("{}{other}", server.address)).send().await.unwrap();
        if let Some(allowed) = answer.headers().get("content-security-policy") {
            assert!(!allowed.to_str().unwrap().contains("script-src"), "{other}: {allowed:?}");
        }
        assert!(!answer.text().await.unwrap().contains("<script"), "{other}");
    }
}

#[tokio::test]
async fn whoever_lags_behind_is_skipped_ahead_and_told() {
    let data = tempfile::tempdir().unwrap();
    let (upstream, server) = started(data.path());
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    for _ in 0..150 {
        assert_eq!(page(&server, "/t/payments/crates-io/crates/foo/1.0.0/download").await.0, 200);
    }
    let mut late = Stream::open(&server, "?kind=download-decided", Some(0)).await;
    late.until("event: skipped").await.unwrap();
    late.until("\"index\"").await.unwrap();
    // The newest are shown, and all of them came in one piece.
    assert_eq!(late.events().len(), 1, "a piece is an event: {}", late.text);
    let (_, last) = page(&server, "/audit.csv?kind=download-decided").await;
    let last = last.lines().nth(1).unwrap().split(',').next().unwrap().to_owned();
    late.until(&format!("id: {last}\n")).await.unwrap();
    assert_eq!(late.events().len(), 100);
}

#[tokio::test]
async fn a_65th_follower_is_asked_to_come_later_and_who_leaves_makes_room() {
    let data = tempfile::tempdir().unwrap();
    let (_upstream, server) = started(data.path());
    let mut followers = Vec::new();
    for _ in 0..64 {
        let follower = Stream::open(&server, "", None).await;
        assert_eq!(follower.answer.status(), 200);
        followers.push(follower);
    }
    let refused = Stream::open(&server, "", None).await;
    assert_eq!(refused.answer.status(), 503);
    assert_eq!(refused.answer.headers()["retry-after"], "30");
    followers.truncate(63);
    let begin = Instant::now();
    while Stream::open(&server, "", None).await.answer.status() != 200 {
        assert!(begin.elapsed() < PATIENCE, "nobody notices who has left");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn bad_input_45_one_reader_takes_8_places_and_leaves_the_others_to_others() {
    let data = tempfile::tempdir().unwrap();
    let upstream = FakeUpstream::start();
    let server = Server::start(data.path(), &upstream, &["--auth", "required"]);
    let open = async |token: &str| {
        let request = client::get(format!("{}/audit/live/events", server.address));
        request.header("authorization", token).send().await.unwrap()
    };
    let create = ["create", "--team", "payments", "--scope", "read", "--name"];
    let token = |name: &str| run(data.path(), &[&create[..], &[name]].concat()).trim().to_owned();
    let (ann, bob) = (token("ann"), token("bob"));
    let mut followers = Vec::new();
    for _ in 0..8 {
        let follower = open(&ann).await;
        assert_eq!(follower.status(), 200);
        followers.push(follower);
    }
    let refused = open(&ann).await;
    assert_eq!(
        (refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()),
        (429, "30")
    );
    assert!(refused.text().await.unwrap().contains("8 pages of yours"));
    assert_eq!(open(&bob).await.status(), 200);
    followers.pop();
    let begin = Instant::now();
    while open(&ann).await.status() != 200 {
        assert!(begin.elapsed() < PATIENCE, "nobody notices who has left");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_server_that_stops_does_not_wait_for_who_follows() {
    let data = tempfile::tempdir().unwrap();
    let (_upstream, server) = started(data.path());
    let mut follower = Stream::open(&server, "", None).await;
    follower.until(": following").await.unwrap();
    let begin = Instant::now();
    server.signal("-TERM");
    follower.end().await;
    let (status, log) = server.end();
    // Running answers have 30 seconds.
    assert!(begin.elapsed() < Duration::from_secs(15), "{:?}: {log}", begin.elapsed());
    assert!(status.success(), "{log}");
}

#[tokio::test]
async fn a_follower_whose_token_is_revoked_is_let_go() {
    let data = tempfile::tempdir().unwrap();
    let upstream = FakeUpstream::start();
    let server = Server::start(data.path(), &upstream, &["--auth", "required"]);
    let run = |more: &[&str]| run(data.path(), more);
    let url = format!("{}/audit/live/events", server.address);
    let none = client::get(&url).send().await.unwrap();
    assert!(none.status().is_client_error(), "{none:?}");
    let text = run(&["create", "--team", "payments", "--scope", "admin", "--name", "ann"]);
    let listed: Value = serde_json::from_str(&run(&["list", "--json"])).unwrap();
    let answer = client::get(&url).header("authorization", text.trim()).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let mut follower = Stream { answer, text: String::new() };
    follower.until(": following").await.unwrap();
    run(&["revoke", listed["id"].as_str().unwrap()]);
    follower.end().await;
}

//! The page that says why, as a browser gets it from `depaudit serve`.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

#[path = "support/client.rs"]
mod client;
#[path = "support/server.rs"]
mod server;

use depaudit_testkit::{CrateFile, FakeUpstream};
use server::Server;

/// What browsers send.
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

struct Page {
    status: u16,
    headers: reqwest::header::HeaderMap,
    text: String,
}

impl Page {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

async fn browse(server: &Server, path: &str) -> Page {
    let request = client::get(format!("{}{path}", server.address)).header("accept", BROWSER);
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Page { status, headers, text: response.text().await.unwrap() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_gets_a_page_that_is_safe_to_look_at_and_programs_get_json() {
    let data = tempfile::tempdir().unwrap();
    let policy = data.path().join("policy.toml");
    let deny = "[[door.deny]]\npackage = 'foo'\nversion = '>=1.1'\n\
                reason = '<img src=x onerror=alert(1)>'\n";
    std::fs::write(&policy, deny).unwrap();
    let upstream = FakeUpstream::start();
    for version in ["1.0.0", "1.1.0"] {
        upstream.publish(CrateFile::new("foo", version));
    }
    let server = Server::start(data.path(), &upstream, &["--policy", policy.to_str().unwrap()]);

    let release = browse(&server, "/t/payments/crates-io/why/foo/1.1.0").await;
    assert_eq!(release.status, 200, "{}", release.text);
    assert_eq!(release.header("content-type"), "text/html; charset=utf-8");
    let policy = release.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'self';"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(release.header("x-content-type-options"), "nosniff");
    assert_eq!(release.header("referrer-policy"), "same-origin");
    assert_eq!(release.header("cache-control"), "no-store");
    assert_eq!(release.header("vary"), "accept");
    let page = &release.text;
    assert!(page.contains("<p class=\"outcome hard\">blocked</p>"), "{page}");
    assert!(page.contains("<bdi>why: &#60;img src=x onerror=alert(1)&#62; ("), "{page}");
    let idle = "size</a></th><td>nothing to look for</td><td>not configured</td>";
    assert!(page.contains(idle), "what nobody configured did not pass: {page}");
    for never in ["<img", "<script", "<style", "style=", "javascript:"] {
        assert!(!page.contains(never), "{never}: {page}");
    }

    let all = browse(&server, "/t/payments/why/foo").await;
    let link = "<a href=\"/t/payments/crates-io/why/foo/1.1.0\"><bdi>1.1.0</bdi></a>";
    assert!(all.text.contains(link), "{}", all.text);
    assert!(all.text.contains("Newest allowed version: <bdi>1.0.0</bdi>"), "{}", all.text);

    let (_, rest) = page.split_once("rel=\"stylesheet\" href=\"").unwrap();
    let style = browse(&server, rest.split_once('"').unwrap().0).await;
    assert_eq!((style.status, style.header("content-type")), (200, "text/css; charset=utf-8"));
    assert!(style.header("cache-control").contains("immutable"));
    let start = browse(&server, "/").await;
    assert!(start.text.contains("replace-with"), "{}", start.text);
    assert_eq!(start.header("content-security-policy"), policy);

    let (status, json) = server::get(&server, "/t/payments/why/foo/1.1.0").await;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((status, &json["release"]["outcome"]), (200, &"hard".into()));
    assert_eq!(browse(&server, "/t/payments/why/bar").await.status, 404);
}

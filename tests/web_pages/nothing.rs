//! What stands at an address at which nothing is.

use depaudit_testkit::FakeUpstream;

use crate::client;
use crate::server::Server;

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

#[tokio::test]
async fn a_browser_gets_a_page_where_nothing_is_and_programs_and_cargo_a_line() {
    let (data, upstream) = (tempfile::tempdir().unwrap(), FakeUpstream::start());
    let server = Server::start(data.path(), &upstream, &[]);
    let ask = async |path: &str, accept: &str| {
        let url = format!("{}{path}", server.address);
        let answer = client::get(url).header("accept", accept).send().await.unwrap();
        let of = |name: &str| {
            answer.headers().get(name).map(|it| it.to_str().unwrap().to_owned()).unwrap_or_default()
        };
        let (kind, policy) = (of("content-type"), of("content-security-policy"));
        (answer.status().as_u16(), kind, policy, answer.text().await.unwrap())
    };
    let (_, _, of_pages, _) = ask("/", BROWSER).await;
    for nothing in ["/nothing", "/policy/", "/crate/a/b/c/d", "/a%20b", "/%3Cscript%3E"] {
        let (status, kind, policy, page) = ask(nothing, BROWSER).await;
        assert_eq!((status, kind.as_str()), (404, "text/html; charset=utf-8"), "{nothing}");
        assert_eq!(policy, of_pages, "{nothing}");
        assert!(
            page.contains("action=\"/incident\"") && page.contains("href=\"/policy\""),
            "{page}"
        );
        assert!(!page.contains("script"), "what was asked for is not repeated: {page}");
    }
    for (path, accept) in [
        ("/nothing", "*/*"),
        ("/nothing", "application/json"),
        ("/api/v1/nothing", BROWSER),
        ("/t/payments/crates-io/nothing", BROWSER),
        ("/t/payments/crates-io/index/no/th/nothing", BROWSER),
    ] {
        let (status, kind, _, text) = ask(path, accept).await;
        assert_eq!(status, 404, "{path}: {text}");
        assert!(!kind.contains("html") && !text.contains('<'), "{path}, {kind}: {text}");
    }
}

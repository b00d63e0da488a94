//! A server that is for this machine alone, and one that is not.

use crate::client;
use crate::site::Site;
use crate::visitor::Visitor;

async fn asked(site: &Site, path: &str, host: &str) -> u16 {
    let request = client::get(format!("{}{path}", site.server.address)).header("host", host);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_name_that_somebody_bound_to_this_machine_reads_no_page_and_cargo_asks_as_ever() {
    let site = Site::start(&[]);
    for path in [
        "/",
        "/audit.jsonl",
        "/api/v1/portfolio/drift",
        "/connect",
        "/ledger/verifier-keys",
        "/metrics",
        "/readyz",
        "/t/payments/crates-io/why/foo",
    ] {
        assert_eq!(asked(&site, path, "evil.example:8417").await, 421, "{path}");
        assert_eq!(asked(&site, path, "localhost").await, 200, "{path}");
    }
    assert_eq!(asked(&site, "/t/payments/crates-io/index/3/f/foo", "evil.example").await, 200);
    assert_eq!(asked(&site, "/healthz", "evil.example").await, 200);
}

#[tokio::test]
async fn whoever_is_alone_with_the_server_needs_no_login_and_can_ask_for_one() {
    let site = Site::start(&[]);
    let mut ann = Visitor::new(&site.server);
    assert!(ann.get("/").await.text.contains("You see this as an admin"));
    assert_eq!(ann.get("/login").await.header("location"), "/");
    let site = Site::start(&["--login", "required"]);
    let mut ann = Visitor::new(&site.server);
    assert_eq!(ann.get("/").await.header("location"), "/login");
    assert_eq!(ann.log_in(&site.token("payments", "admin"), None).await.status, 303);
    assert_eq!(ann.get("/").await.status, 200);
}

#[tokio::test]
async fn a_server_that_others_reach_asks_for_a_login_and_its_cookie_travels_over_tls_alone() {
    let site = Site::far(&[]);
    let mut ann = Visitor::new(&site.server);
    assert_eq!(ann.get("/").await.header("location"), "/login");
    assert_eq!(asked(&site, "/connect", "depaudit.example").await, 200);
    let secret = ann.get("/login").await.form_secret();
    let token = site.token("payments", "admin");
    let fields = [("form-secret", &*secret), ("token", &*token)];
    let request = ann.posts("/login", &fields).header("origin", "https://depaudit.example");
    let done = ann.send(request).await;
    assert_eq!(done.status, 303, "{}", done.text);
    assert!(
        done.cookies()
            .iter()
            .any(|it| it.starts_with("__Host-depaudit-session=") && it.ends_with("; Secure")),
        "{:?}",
        done.cookies()
    );
    assert_eq!(ann.get("/").await.status, 200);

    let site = Site::far(&["--login", "off"]);
    assert_eq!(Visitor::new(&site.server).get("/").await.status, 200);
    let log = site.end();
    assert!(log.contains("--login off"), "{log}");
}

//! An issuer in trouble.

use crate::issuer::Issuer;
use crate::site::{Site, sign_on};
use crate::visitor::Visitor;

#[tokio::test]
async fn an_issuer_that_is_away_is_an_outage_and_tokens_open_pages_all_the_same() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let site = Site::asking(&format!("http://{free}"), &[]);
    let mut ann = Visitor::new(&site.server);
    let answer = ann.get("/login/start").await;
    assert_eq!(answer.status, 503);
    assert!(answer.text.contains("cannot be asked at the moment"), "{}", answer.text);
    assert!(!answer.text.contains(&free.to_string()), "{}", answer.text);
    assert!(ann.cookies.is_empty());
    let created = ["token", "create", "--team", "payments", "--scope", "read", "--name", "ann"];
    let arguments = [&created[..], &["--data", "."]].concat();
    let token = crate::cli_support::run(site.data.path(), &arguments).out;
    assert_eq!(ann.log_in(token.trim(), None).await.status, 303);
    assert!(site.end().contains("nobody can be signed on"));
}

#[tokio::test]
async fn an_issuer_that_breaks_halfway_is_an_outage_and_never_a_refusal() {
    let issuer = Issuer::start().await;
    let site = Site::start(&issuer, &[]);
    for status in [500, 503, 429, 401, 302, 404] {
        issuer.break_with(status);
        let (ann, answer) = sign_on(&site, &issuer).await;
        assert_eq!(answer.status, 503, "{status}: {}", answer.text);
        assert!(ann.cookies.is_empty(), "{status}");
    }
    issuer.mend();
    assert_eq!(sign_on(&site, &issuer).await.1.status, 303);
}

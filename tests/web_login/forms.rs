//! What other sites cannot make a visitor's browser do.

use crate::site::Site;
use crate::visitor::Visitor;

#[tokio::test]
async fn bad_input_50_another_site_acts_for_nobody_and_learns_nothing() {
    let site = Site::guarded();
    let mut ann = site.logged_in("payments", "admin").await;
    let bob = site.logged_in("search", "admin").await;
    let own = ann.get("/").await.form_secret();
    let others = bob.clone().get("/").await.form_secret();
    assert_ne!(own, others);
    for (secret, name, value) in [
        (&*own, "origin", "https://evil.example"),
        (&*own, "origin", "null"),
        (&*own, "origin", "http://evil.example:8417"),
        (&*own, "sec-fetch-site", "cross-site"),
        (&*own, "sec-fetch-site", "same-site"),
        (&*others, "accept-language", "en"),
        ("", "accept-language", "en"),
    ] {
        let request = ann.posts("/logout", &[("form-secret", secret)]).header(name, value);
        let answer = ann.send(request).await;
        assert_eq!(answer.status, 403, "{name}: {value}: {}", answer.text);
        assert!(answer.text.contains("Not for you"), "{}", answer.text);
        assert!(!answer.headers().contains("access-control"), "{}", answer.headers());
    }
    let without = ann.send(ann.posts("/logout", &[])).await;
    assert_eq!(without.status, 403);
    // Nobody acts by asking, nor by what is no form.
    assert_eq!(ann.get("/logout").await.status, 405);
    let text = ann.sends("/logout", "text/plain", format!("form-secret={own}"));
    assert_eq!(ann.send(text).await.status, 400);
    let long = "x".repeat(70_000);
    let long = ann.posts("/logout", &[("form-secret", &own), ("reason", &long)]);
    assert_eq!(ann.send(long).await.status, 413);
    let preflight = crate::client::new()
        .request(reqwest::Method::OPTIONS, format!("{}/logout", site.server.address))
        .header("origin", "https://evil.example")
        .header("access-control-request-method", "POST");
    let answer = ann.send(preflight).await;
    assert!(!answer.headers().contains("access-control"), "{}", answer.headers());
    assert_eq!(ann.get("/").await.status, 200, "still logged in");
    let right =
        ann.posts("/logout", &[("form-secret", &own)]).header("sec-fetch-site", "same-origin");
    assert_eq!(ann.send(right).await.status, 303);
}

#[tokio::test]
async fn bad_input_50_another_site_logs_nobody_in() {
    let site = Site::guarded();
    let token = site.token("payments", "admin");
    let mut mallory = Visitor::new(&site.server);
    let shown = mallory.get("/login").await.form_secret();
    // The victim's browser holds another login, or none.
    let mut ann = Visitor::new(&site.server);
    let fields = [("form-secret", &*shown), ("token", &*token)];
    assert_eq!(ann.send(ann.posts("/login", &fields)).await.status, 403);
    ann.get("/login").await;
    assert_eq!(ann.send(ann.posts("/login", &fields)).await.status, 403);
    assert!(!ann.cookies.contains_key("depaudit-session"));
    let foreign = mallory.posts("/login", &fields).header("origin", "https://evil.example");
    assert_eq!(mallory.send(foreign).await.status, 403);
    assert_eq!(mallory.send(mallory.posts("/login", &fields)).await.status, 303);
}

//! People who come back as who they are.

use crate::issuer::{CLIENT, Issuer, SECRET};
use crate::site::{Site, begin, path_of, sign_on};
use crate::visitor::Visitor;

#[tokio::test]
async fn a_person_signs_on_and_comes_to_the_page_they_wanted_as_who_they_are() {
    let issuer = Issuer::start().await;
    let site = Site::start(&issuer, &["--session-lifetime", "3h"]);
    let mut ann = Visitor::new(&site.server);
    let wanted = ann.get("/drift?name=a%26b").await;
    let login = ann.get(wanted.header("location")).await;
    let link = "/login/start?next=%2Fdrift%3Fname%3Da%2526b";
    let told = format!("<a href=\"{link}\">Sign on with ");
    assert!(login.text.contains(&told), "{}", login.text);
    assert!(login.text.contains("type=\"password\""), "a token still does");
    let led = ann.get(link).await;
    assert_eq!(led.status, 303);
    for attribute in ["Max-Age=600", "Path=/", "HttpOnly", "SameSite=Lax"] {
        assert!(led.cookies()[0].split("; ").any(|it| it == attribute), "{led:?}");
    }
    let location: url::Url = led.header("location").parse().unwrap();
    let asked = |name: &str| {
        let mut found = location.query_pairs().filter(|(it, _)| it == name);
        let value = found.next().unwrap().1.into_owned();
        assert!(found.next().is_none(), "{name}");
        value
    };
    assert_eq!((asked("response_type"), asked("client_id")), ("code".into(), CLIENT.into()));
    assert_eq!(asked("redirect_uri"), format!("{}/login/return", site.server.address));
    assert_eq!(asked("code_challenge_method"), "S256");
    assert!(asked("scope").split(' ').any(|it| it == "openid"));
    let done = ann.get(&path_of(&issuer.agree(location.as_str()))).await;
    assert_eq!((done.status, done.header("location")), (303, "/drift?name=a%26b"), "{done:?}");
    assert_eq!(done.header("cache-control"), "no-store");
    let session = done.cookies().into_iter().find(|it| it.starts_with("depaudit-session="));
    for attribute in ["Max-Age=10800", "Path=/", "HttpOnly", "SameSite=Lax"] {
        assert!(session.unwrap().split("; ").any(|it| it == attribute), "{session:?}");
    }
    let page = ann.get("/drift?name=a%26b").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("127.0.0.1 person-7</bdi>"), "{}", page.text);
    assert!(page.text.contains("You see this as an owner of payments"), "{}", page.text);
    site.verified();
    // Who is signed on is not asked again.
    let again = ann.get("/login/start?next=%2Faudit").await;
    assert_eq!((again.status, again.header("location")), (303, "/audit"));

    let mut kept = ann.clone();
    assert_eq!(ann.log_out().await.status, 303);
    assert_eq!(kept.get("/").await.status, 303, "the session is gone, not the cookie alone");
    let record = site.record();
    for told in ["login to the pages as an owner of payments", "logout from the pages"] {
        assert_eq!(record.matches(told).count(), 1, "{record}");
    }
    assert!(record.contains("127.0.0.1 person-7"), "{record}");
}

#[tokio::test]
async fn the_first_rule_that_matches_says_what_one_may() {
    let issuer = Issuer::start().await;
    let site = Site::start(&issuer, &[]);
    for (groups, told) in
        [(&["look"][..], "a reader of search"), (&["x", "look", "pay"], "an owner of payments")]
    {
        issuer.groups(groups);
        let (mut ann, done) = sign_on(&site, &issuer).await;
        assert_eq!((done.status, done.header("location")), (303, "/"));
        assert!(ann.get("/").await.text.contains(told), "{told}");
    }
}

#[tokio::test]
async fn the_way_back_leads_nowhere_but_to_this_site() {
    let issuer = Issuer::start().await;
    let site = Site::start(&issuer, &[]);
    for next in ["https://evil.example/", "//evil.example", "/\\evil.example", "/.//evil.example"] {
        let (mut ann, location) = begin(&site, Some(next)).await;
        let done = ann.get(&path_of(&issuer.agree(&location))).await;
        assert_eq!((done.status, done.header("location")), (303, "/"), "{next}");
    }
}

#[tokio::test]
async fn bad_input_27_no_secret_of_a_sign_on_stands_on_a_page_in_a_log_or_on_record() {
    let issuer = Issuer::start().await;
    let site = Site::start(&issuer, &[]);
    let (ann, done) = sign_on(&site, &issuer).await;
    assert_eq!(done.status, 303);
    let session = ann.cookies["depaudit-session"].clone();
    assert!(done.headers().contains(&session), "for the browser");
    let mut seen = vec![format!("{} {}", done.header("location"), done.text)];
    // One that is refused at the end, one that the issuer refuses, and one that breaks.
    issuer.groups(&[]);
    seen.push(sign_on(&site, &issuer).await.1.text);
    issuer.bend(|claims| claims["nonce"] = "other".into());
    seen.push(sign_on(&site, &issuer).await.1.text);
    issuer.break_with(400);
    seen.push(sign_on(&site, &issuer).await.1.text);
    issuer.break_with(500);
    seen.push(sign_on(&site, &issuer).await.1.text);
    let mut ann = ann;
    seen.push(ann.get("/audit").await.text);
    let words = issuer.words();
    assert_eq!(words.len(), 3);
    seen.push(site.record());
    let log = site.end();
    assert!(log.contains("reason=\"nonce\"") && log.contains("reason=\"code\""), "{log}");
    seen.push(log);
    let secrets = [SECRET, "canary-client-secret", "canary-code", "canary-access", &session];
    for text in &seen {
        for secret in secrets.iter().copied().chain(words.iter().map(String::as_str)) {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
}

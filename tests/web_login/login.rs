//! A token for a session, and its end.

use crate::client;
use crate::site::Site;
use crate::visitor::Visitor;

#[tokio::test]
async fn a_token_becomes_a_session_and_one_comes_to_the_page_that_one_wanted() {
    let site = Site::guarded();
    let mut ann = Visitor::new(&site.server);
    let wanted = ann.get("/drift?name=a%26b").await;
    assert_eq!(
        (wanted.status, wanted.header("location")),
        (303, "/login?next=%2Fdrift%3Fname%3Da%2526b")
    );
    let login = ann.get(wanted.header("location")).await;
    assert_eq!(login.status, 200);
    assert!(login.text.contains("name=\"next\" value=\"/drift?name=a%26b\""), "{}", login.text);
    assert!(login.text.contains("type=\"password\""), "{}", login.text);
    let token = site.token("payments", "admin");
    let fields =
        [("form-secret", &*login.form_secret()), ("token", &token), ("next", "/drift?name=a%26b")];
    let done = ann.send(ann.posts("/login", &fields)).await;
    assert_eq!((done.status, done.header("location")), (303, "/drift?name=a%26b"));
    let session =
        done.cookies().into_iter().find(|it| it.starts_with("depaudit-session=")).unwrap();
    for attribute in ["Max-Age=43200", "Path=/", "HttpOnly", "SameSite=Lax"] {
        assert!(session.split("; ").any(|it| it == attribute), "{session}");
    }
    let page = ann.get("/drift?name=a%26b").await;
    assert_eq!((page.status, page.header("cache-control")), (200, "private, no-store"));
    assert!(page.text.contains(" ann</bdi>") && page.text.contains("You see this as an admin"));
    // Who is logged in needs no login.
    assert_eq!(ann.get("/login?next=%2Faudit").await.header("location"), "/audit");

    let kept = ann.clone();
    let left = ann.log_out().await;
    assert_eq!((left.status, left.header("location")), (303, "/login"));
    assert!(ann.cookies.is_empty(), "{:?}", ann.cookies);
    for mut visitor in [ann, kept] {
        assert_eq!(visitor.get("/").await.header("location"), "/login");
    }
    let record = site.record();
    for told in ["login to the pages as an admin", "logout from the pages"] {
        assert_eq!(record.matches(told).count(), 1, "{record}");
    }
}

#[tokio::test]
async fn programs_are_told_that_a_token_is_missing_and_may_send_it_as_ever() {
    let site = Site::guarded();
    let get = async |path: &str, accept: &str, token: Option<&str>| {
        let request =
            client::get(format!("{}{path}", site.server.address)).header("accept", accept);
        let request = match token {
            Some(token) => request.header("authorization", token),
            None => request,
        };
        let answer = request.send().await.unwrap();
        let challenge = answer.headers().get("www-authenticate").cloned();
        (
            answer.status().as_u16(),
            challenge.is_some_and(|it| it.to_str().unwrap().contains("login_url")),
        )
    };
    for path in ["/", "/audit.jsonl", "/api/v1/portfolio/drift", "/t/payments/why/foo"] {
        assert_eq!(get(path, "application/json", None).await, (401, true), "{path}");
    }
    let token = site.token("payments", "admin");
    for (path, accept) in
        [("/", "text/html"), ("/audit.jsonl", "*/*"), ("/api/v1/portfolio/drift", "*/*")]
    {
        assert_eq!(get(path, accept, Some(&token)).await, (200, false), "{path}");
        // Whoever shows a token is told about the token, whatever else it could read.
        assert_eq!(get(path, accept, Some(&token[1..])).await, (401, true), "{path}");
    }
}

#[tokio::test]
async fn bad_input_25_a_token_that_ends_takes_its_sessions_along_and_opens_none() {
    let site = Site::guarded();
    let mut ann = site.logged_in("payments", "admin").await;
    let token = site.token("payments", "read");
    assert_eq!(ann.get("/").await.status, 200);
    site.revoke_all();
    assert_eq!(ann.get("/").await.status, 303);
    assert_eq!(
        ann.send(ann.asks("/api/v1/portfolio/drift").header("accept", "*/*")).await.status,
        401
    );
    // Mistyped, unknown and revoked: one answer.
    let unknown =
        depaudit_model::AccessToken::generate(&depaudit_testkit::CountingRandomness::default());
    let mut told = Vec::new();
    for bad in ["", "x", &token[..20], unknown.expose(), &token] {
        let mut visitor = Visitor::new(&site.server);
        let answer = visitor.log_in(bad, None).await;
        assert_eq!(answer.status, 403, "{}", answer.text);
        assert!(!visitor.cookies.contains_key("depaudit-session"));
        told.push(answer.text.replace(&answer.form_secret(), ""));
    }
    assert!(
        told[0].contains("role=\"alert\"") && told[0].contains("this token opens nothing here")
    );
    assert!(told.iter().all(|text| *text == told[0]), "{told:#?}");
}

#[tokio::test]
async fn bad_input_27_the_text_of_a_token_stands_on_no_page_in_no_log_and_in_no_address() {
    let site = Site::guarded();
    let (good, other) = (site.token("payments", "admin"), site.token("search", "read"));
    let mut ann = Visitor::new(&site.server);
    let mut seen = Vec::new();
    for path in [
        format!("/drift?token={good}"),
        format!("/login?next=/crate/{good}"),
        format!("/login?token={good}"),
        format!("/crate/{good}"),
    ] {
        seen.push(ann.get(&path).await);
    }
    // In the wrong field, with a slip, and right.
    let secret = ann.get("/login").await.form_secret();
    let wrong = [("form-secret", &*secret), ("next", &*good), ("token", "x")];
    seen.push(ann.send(ann.posts("/login", &wrong)).await);
    let wrong = [("form-secret", &*secret), (&*good, "x"), ("token", "x")];
    seen.push(ann.send(ann.posts("/login", &wrong)).await);
    seen.push(ann.log_in(&good[..64], None).await);
    seen.push(ann.log_in(&good, Some(&format!("/{other}"))).await);
    assert_eq!(seen.last().unwrap().header("location"), "/");
    let session = ann.cookies["depaudit-session"].clone();
    for path in ["/", "/audit", "/audit.jsonl?from=0"] {
        let page = ann.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(!page.text.contains(&session), "{path}");
        seen.push(page);
    }
    let record = site.record();
    let log = site.end();
    assert!(log.contains("a login failed"), "{log}");
    for text in seen.iter().map(|it| format!("{} {}", it.headers(), it.text)).chain([log, record]) {
        for secret in [&good[..40], &other, &session] {
            let is_cookie = text.contains("set-cookie") && *secret == *session;
            assert!(is_cookie || !text.contains(secret), "{secret}: {text}");
        }
    }
}

#[tokio::test]
async fn the_login_leads_nowhere_but_to_this_site() {
    let site = Site::guarded();
    let token = site.token("payments", "read");
    for next in
        ["https://evil.example/", "//evil.example", "/\\evil.example", "/.//evil.example", "/login"]
    {
        let mut ann = Visitor::new(&site.server);
        let answer = ann.log_in(&token, Some(next)).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/"), "{next}");
    }
}

#[tokio::test]
async fn bad_input_50_whoever_fails_too_often_has_to_wait_and_keeps_nobody_out() {
    let site = Site::guarded();
    let token = site.token("payments", "read");
    let mut ann = Visitor::new(&site.server);
    for _ in 0..10 {
        assert_eq!(ann.log_in("x", None).await.status, 403);
    }
    let answer = ann.log_in("x", None).await;
    assert_eq!(answer.status, 429);
    assert!((1..=60).contains(&answer.header("retry-after").parse::<u32>().unwrap()));
    assert!(answer.text.contains("too many logins have failed"), "{}", answer.text);
    // Whoever has a token guesses at nothing.
    assert_eq!(ann.log_in(&token, None).await.status, 303);
    // Who is made to wait writes no log.
    assert_eq!(site.end().matches("a login failed").count(), 10);
}

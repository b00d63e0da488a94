use depaudit_testkit::{Browser, Key, Theme, View};

use crate::site::Site;
use crate::{WIDTHS, faults};

/// Goes on by the keyboard until what has the focus is like that.
async fn go_to(browser: &Browser, like: &str) {
    let mut stops = 0;
    while !browser.ask::<bool>(&format!("document.activeElement.matches('{like}')")).await {
        assert!(stops < 200, "the keyboard does not reach {like}");
        browser.press(Key::Tab).await;
        stops += 1;
    }
}

/// What is wrong with the page that is open, by day and by night, on a telephone and on a desk.
async fn faults_everywhere(browser: &Browser) -> Vec<String> {
    let mut found = Vec::new();
    for theme in [Theme::Light, Theme::Dark] {
        for width in WIDTHS {
            browser.look(View::new(width, theme)).await;
            let faults = faults(browser).await;
            found.extend(faults.iter().map(|fault| format!("{width}, {theme:?}: {fault}")));
        }
    }
    found
}

#[tokio::test]
async fn one_logs_in_and_out_by_the_keyboard_alone() {
    let (site, token) = Site::guarded();
    let browser = Browser::start().await;
    browser.open(&site.url("/overrides")).await;
    assert_eq!(browser.address().await, site.url("/login?next=%2Foverrides"));
    assert_eq!(faults_everywhere(&browser).await, [""; 0]);

    go_to(&browser, "input[type=password]").await;
    browser.write("no token").await;
    browser.enter().await;
    let alert = "document.querySelector('[role=alert]').innerText";
    assert!(browser.ask::<String>(alert).await.contains("opens nothing here"));
    // The browser notes that the answer was a refusal.
    browser.console().await;
    assert_eq!(faults_everywhere(&browser).await, [""; 0]);

    go_to(&browser, "input[type=password]").await;
    browser.write(&token).await;
    browser.enter().await;
    assert_eq!(browser.address().await, site.url("/overrides"));
    let who: String = browser.ask("document.querySelector('.who').innerText").await;
    assert!(who.contains("ann"), "{who}");
    assert_eq!(faults_everywhere(&browser).await, [""; 0]);
    let cookies: String = browser.ask("document.cookie").await;
    assert_eq!(cookies, "", "no script can read them");

    go_to(&browser, ".who button").await;
    browser.enter().await;
    assert_eq!(browser.address().await, site.url("/login"));
    browser.open(&site.url("/overrides")).await;
    assert_eq!(browser.address().await, site.url("/login?next=%2Foverrides"));
}

#[tokio::test]
async fn the_login_page_that_leads_to_a_provider_is_as_good() {
    let site = Site::with_sign_on();
    let browser = Browser::start().await;
    browser.open(&site.url("/login")).await;
    let link: String = browser.ask("document.querySelector('main a').innerText").await;
    assert!(link.starts_with("Sign on with"), "{link}");
    assert_eq!(faults_everywhere(&browser).await, [""; 0]);
}

#[tokio::test]
async fn forms_can_be_used_by_everybody_also_when_what_was_typed_is_wrong() {
    let (site, token) = Site::governed().await;
    let browser = Browser::start().await;
    browser.open(&site.url("/login")).await;
    go_to(&browser, "input[type=password]").await;
    browser.write(&token).await;
    browser.enter().await;
    let mut wrong = Vec::new();
    for (path, holds) in [
        ("/policy/waivers/new", "form.stacked"),
        ("/policy/queue/crates-io/foo/1.1.0", "form[action$=dismiss]"),
        ("/audit?since=soon&crate=a%20b&kind=none", "[aria-invalid]"),
        ("/audit/live?since=soon", "[aria-invalid]"),
        ("/incident?of=a%20b", "[aria-invalid]"),
        ("/what-if?yanked=foo", "[role=alert]"),
    ] {
        browser.open(&site.url(path)).await;
        let there: bool =
            browser.ask(&format!("document.querySelector('main {holds}') !== null")).await;
        assert!(there, "{path} holds no {holds}");
        // The browser notes that some of these are refusals.
        browser.console().await;
        let faults = faults_everywhere(&browser).await;
        wrong.extend(faults.into_iter().map(|fault| format!("{path}: {fault}")));
    }
    // What was asked for comes back with what is wrong beside the fields, and then it is made.
    browser.open(&site.url("/policy/waivers/new?crate=foo&version=1.1.0&team=payments")).await;
    browser.ask::<String>("(document.querySelector('main form').noValidate = true, '')").await;
    browser.follow("main form button").await;
    let there: bool = browser.ask("document.querySelector('main [aria-invalid]') !== null").await;
    assert!(there, "{}", browser.address().await);
    browser.console().await;
    wrong.extend(faults_everywhere(&browser).await);
    assert_eq!(wrong, [""; 0]);
}

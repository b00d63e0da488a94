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

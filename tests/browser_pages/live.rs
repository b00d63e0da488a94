use depaudit_testkit::{Browser, Theme, View};

use crate::site::Site;

const STATE: &str = "document.getElementById('state').textContent";
const ROWS: &str = "document.querySelectorAll('#live tbody tr').length";
const PAUSE: &str = "document.getElementById('pause').textContent";

/// Waits until the page says so; each question goes to the browser and back.
async fn until<T: serde::de::DeserializeOwned>(
    browser: &Browser,
    expression: &str,
    reached: impl Fn(&T) -> bool,
) -> T {
    let begin = std::time::Instant::now();
    loop {
        let told = browser.ask(expression).await;
        if reached(&told) {
            return told;
        }
        assert!(begin.elapsed().as_secs() < 20, "{expression} is not reached within 20 s");
        tokio::task::yield_now().await;
    }
}

async fn follows(browser: &Browser) {
    until(browser, STATE, |told: &String| told.starts_with("Following")).await;
}

#[tokio::test]
async fn the_record_grows_before_ones_eyes_and_holds_still_when_told_to() {
    let site = Site::busy().await;
    let browser = Browser::start().await;
    browser.look(View::new(1_440, Theme::Light)).await;
    browser.open(&site.url("/audit/live")).await;
    follows(&browser).await;
    let before: usize = browser.ask(ROWS).await;
    let happens = async || {
        let url = site.url("/t/payments/crates-io/crates/foo/1.0.0/download");
        crate::client::get(url).send().await.unwrap().bytes().await.unwrap();
    };
    happens().await;
    let after: usize = until(&browser, ROWS, |rows| *rows > before).await;

    browser.click("#pause").await;
    assert_eq!(browser.ask::<String>(STATE).await, "Paused.");
    assert_eq!(browser.ask::<String>(PAUSE).await, "Go on");
    happens().await;
    browser.click("#pause").await;
    follows(&browser).await;
    // What happened meanwhile is not lost.
    until(&browser, ROWS, |rows: &usize| *rows > after).await;
    assert_eq!(browser.ask::<String>(PAUSE).await, "Pause");
    assert_eq!(browser.console().await, [""; 0]);
}

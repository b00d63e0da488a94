use depaudit_testkit::{Browser, Theme, View};

use crate::site::Site;

/// What a page tells: the cells of its tables, its terms and its headings. Not when: between two looks an
/// index may be confirmed anew.
const FACTS: &str =
    "[...document.querySelectorAll('main :is(h1, h2, th, td, dt, dd, pre)')].map(fact => {
    const told = fact.cloneNode(true);
    told.querySelectorAll('time').forEach(time => time.remove());
    return told.textContent.trim();
})";

#[tokio::test]
async fn without_scripts_the_same_facts_are_there() {
    let site = Site::demo();
    let browser = Browser::start().await;
    let view = View::new(1_440, Theme::Light);
    for page in site.pages(&browser).await {
        let mut told = Vec::new();
        for scripts in [true, false] {
            browser.look(View { scripts, ..view }).await;
            browser.open(&page).await;
            told.push(browser.ask::<Vec<String>>(FACTS).await);
        }
        assert!(!told[1].is_empty(), "{page} tells nothing without scripts");
        assert_eq!(told[0], told[1], "{page}");
    }
}

#[tokio::test]
async fn a_browser_without_scripts_runs_none() {
    let site = Site::empty();
    let browser = Browser::start().await;
    let page = site.url("/");
    let mut ran = Vec::new();
    for scripts in [true, false] {
        browser.look(View { scripts, ..View::new(1_440, Theme::Light) }).await;
        browser.open(&page).await;
        let told: bool = browser.ask("matchMedia('(scripting: enabled)').matches").await;
        ran.push(told);
    }
    assert_eq!(ran, [true, false]);
}

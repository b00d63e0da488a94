use depaudit_testkit::{Browser, Key, Theme, View};
use serde::Deserialize;

use crate::site::Site;

/// More stops than any page has: a keyboard that gets no further than this is caught.
const MOST_STOPS: usize = 2_000;

/// Numbers what can have the focus, in the order of the page.
const NUMBER: &str = "(() => {
    const all = document.querySelectorAll(
        'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex=\"0\"]');
    const shown = [...all].filter(one => !one.disabled && one.getClientRects().length > 0);
    shown.forEach((one, place) => one.dataset.stop = place);
    return shown.map(one => one.outerHTML.slice(0, 200));
})()";

/// What has the focus.
#[derive(Debug, Deserialize)]
struct Stop {
    /// Its number, where it was counted; what scrolls has the focus uncounted.
    place: Option<usize>,
    /// That of the page's end is no stop.
    is_body: bool,
    /// Whether a person sees that it has the focus, and sees it at all.
    is_seen: bool,
    html: String,
}

const STOP: &str = "(() => {
    const one = document.activeElement;
    const style = getComputedStyle(one);
    const box = one.getBoundingClientRect();
    return {
        place: one.dataset.stop === undefined ? null : Number(one.dataset.stop),
        is_body: one === document.body,
        is_seen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
            && box.width > 0 && box.bottom > 0 && box.top < innerHeight
            && box.right > 0 && box.left < innerWidth,
        html: one.outerHTML.slice(0, 200),
    };
})()";

#[tokio::test]
async fn the_keyboard_alone_reaches_everything_in_order_and_one_sees_where_it_is() {
    let site = Site::demo();
    let browser = Browser::start().await;
    for width in [375, 1_440] {
        browser.look(View::new(width, Theme::Light)).await;
        for page in site.pages(&browser).await {
            browser.open(&page).await;
            let there: Vec<String> = browser.ask(NUMBER).await;
            let mut reached = Vec::new();
            for _ in 0..MOST_STOPS {
                browser.press(Key::Tab).await;
                let stop: Stop = browser.ask(STOP).await;
                if stop.is_body {
                    break;
                }
                assert!(stop.is_seen, "{page} at {width} pixels: nobody sees {}", stop.html);
                reached.extend(stop.place);
            }
            let all: Vec<_> = (0..there.len()).collect();
            assert_eq!(reached, all, "{page} at {width} pixels: {there:#?}");
        }
    }
}

#[tokio::test]
async fn the_first_stop_leads_past_the_navigation() {
    let site = Site::busy().await;
    let browser = Browser::start().await;
    for page in site.pages(&browser).await {
        browser.open(&page).await;
        browser.press(Key::Tab).await;
        browser.press(Key::Enter).await;
        let inside: bool =
            browser.ask("document.querySelector('main') === document.activeElement").await;
        assert!(inside, "{page}");
        browser.press(Key::Tab).await;
        let past: bool = browser.ask("document.activeElement.closest('header') === null").await;
        assert!(past, "{page}");
    }
}

#[tokio::test]
async fn a_list_is_filtered_by_the_keyboard_alone() {
    let site = Site::demo();
    let browser = Browser::start().await;
    browser.open(&site.url("/overrides")).await;
    let rows = "[...document.querySelectorAll('main tbody tr')].map(row => row.innerText)";
    let all: Vec<String> = browser.ask(rows).await;
    while !browser.ask::<bool>("document.activeElement.name === 'team'").await {
        browser.press(Key::Tab).await;
    }
    // The last of the teams.
    browser.press(Key::End).await;
    while !browser.ask::<bool>("document.activeElement.tagName === 'BUTTON'").await {
        browser.press(Key::Tab).await;
    }
    browser.enter().await;
    assert!(browser.address().await.contains("team=search"), "{}", browser.address().await);
    let some: Vec<String> = browser.ask(rows).await;
    assert!(!some.is_empty() && some.len() < all.len(), "{some:?} of {all:?}");
    assert!(some.iter().all(|row| row.contains("search")), "{some:?}");
    assert_eq!(browser.console().await, [""; 0]);
}

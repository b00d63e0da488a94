//! The pages, as people meet them: in Chromium, on a telephone and on a desk, by day and by night,
//! with the keyboard alone and without scripts.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

mod axe;
#[path = "../support/client.rs"]
mod client;
#[path = "../support/demo.rs"]
mod demo;
mod keyboard;
mod live;
mod login;
mod newcomer;
#[allow(dead_code, reason = "each test binary uses a part of it")]
#[path = "../web_pages/reports.rs"]
mod reports;
#[path = "../support/server.rs"]
mod server;
mod site;
mod without_scripts;

use depaudit_testkit::{Browser, Theme, View};
use serde::Deserialize;
use site::Site;

/// The most that a page may load, in bytes, with all that belongs to it.
const MOST_BYTES: u64 = 300_000;

/// A telephone held upright, and a desk.
const WIDTHS: [u32; 2] = [375, 1_440];

/// What a page is measured by.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Measured {
    /// How far the page reaches to the right of the window, in CSS pixels.
    beyond: i64,
    headings: Vec<String>,
    title: String,
    bytes: u64,
    language: String,
}

const MEASURE: &str = "({
    beyond: document.documentElement.scrollWidth - window.innerWidth,
    headings: [...document.querySelectorAll('h1')].map(heading => heading.innerText.trim()),
    title: document.title,
    bytes: performance.getEntries().reduce((sum, entry) => sum + (entry.decodedBodySize ?? 0), 0),
    language: document.documentElement.lang,
})";

impl Measured {
    fn faults(&self) -> Vec<String> {
        let Self { beyond, headings, title, bytes, language } = self;
        let mut faults = Vec::new();
        if *beyond > 0 {
            faults.push(format!("it reaches {beyond} pixels beyond the window"));
        }
        if headings.len() != 1 || headings.iter().any(String::is_empty) {
            faults.push(format!("one heading of the first order is wanted, not {headings:?}"));
        }
        if title.trim().is_empty() || language != "en" {
            faults.push(format!("its title is {title:?}, its language {language:?}"));
        }
        if *bytes == 0 || *bytes > MOST_BYTES {
            faults.push(format!("it loads {bytes} bytes"));
        }
        faults
    }
}

/// What is wrong with the page that is open.
async fn faults(browser: &Browser) -> Vec<String> {
    let measured: Measured = browser.ask(MEASURE).await;
    let mut faults = measured.faults();
    faults.extend(browser.console().await);
    faults.extend(axe::faults(browser).await);
    faults
}

/// Every page of the site, at both widths, and what is wrong with it.
async fn look_at(site: &Site, theme: Theme) -> Vec<String> {
    let browser = Browser::start().await;
    let mut wrong = Vec::new();
    for page in site.pages(&browser).await {
        for width in WIDTHS {
            browser.look(View::new(width, theme)).await;
            browser.open(&page).await;
            let faults = faults(&browser).await;
            let place = format!("{page} at {width} pixels, {theme:?}");
            wrong.extend(faults.into_iter().map(|fault| format!("{place}: {fault}")));
        }
    }
    wrong
}

#[tokio::test]
async fn no_link_leads_nowhere() {
    let browser = Browser::start().await;
    for site in [Site::demo(), Site::empty()] {
        assert_eq!(site.walk(&browser).await.dead, [""; 0]);
    }
}

#[tokio::test]
async fn by_day_every_page_can_be_read_on_a_telephone_and_on_a_desk() {
    assert_eq!(look_at(&Site::demo(), Theme::Light).await, [""; 0]);
}

#[tokio::test]
async fn by_night_every_page_can_be_read_on_a_telephone_and_on_a_desk() {
    assert_eq!(look_at(&Site::demo(), Theme::Dark).await, [""; 0]);
}

#[tokio::test]
async fn bad_input_45_what_strangers_wrote_spoils_no_page() {
    let site = Site::busy().await;
    for theme in [Theme::Light, Theme::Dark] {
        assert_eq!(look_at(&site, theme).await, [""; 0]);
    }
}

#[tokio::test]
async fn a_server_that_knows_nothing_yet_has_pages_as_good() {
    let site = Site::empty();
    assert_eq!(look_at(&site, Theme::Light).await, [""; 0]);
}

#[tokio::test]
async fn however_much_is_reported_no_page_is_heavy_or_wide() {
    let site = Site::large().await;
    let browser = Browser::start().await;
    browser.look(View::new(375, Theme::Light)).await;
    let mut wrong = Vec::new();
    for page in site.pages(&browser).await {
        browser.open(&page).await;
        let measured: Measured = browser.ask(MEASURE).await;
        wrong.extend(measured.faults().into_iter().map(|fault| format!("{page}: {fault}")));
    }
    assert_eq!(wrong, [""; 0]);
}

/// The colour of the paper, and whether there is a navigation.
const PAPER: &str = "[getComputedStyle(document.body).backgroundColor,
    String(document.querySelector('nav').getClientRects().length > 0)]";

#[tokio::test]
async fn the_night_is_dark_and_what_is_printed_is_light_and_has_no_navigation() {
    let site = Site::empty();
    let browser = Browser::start().await;
    let mut papers = Vec::new();
    let (day, night) = (View::new(1_440, Theme::Light), View::new(1_440, Theme::Dark));
    for view in [day, night, View { printed: true, ..night }] {
        browser.look(view).await;
        browser.open(&site.url("/")).await;
        papers.push(browser.ask::<[String; 2]>(PAPER).await);
    }
    let (light, dark) = ("rgb(255, 255, 255)", "rgb(20, 23, 26)");
    assert_eq!(papers, [[light, "true"], [dark, "true"], [light, "false"]]);
}

use std::fs;
use std::path::Path;

use depaudit_testkit::{Browser, Theme, View};

use crate::demo::Demo;

/// What stands in the rows of the page's tables.
const ROWS: &str = "[...document.querySelectorAll('main tbody tr')].map(row => row.innerText)";

/// Where a newcomer clicks: on what is worst, which stands first, as far as it is about the library.
const WORST: &str = "main tbody a[href*='ledgerline'], main tbody a";

/// Which of the demo's files is to blame, where, and what stands there.
fn guilty(demo: &Demo) -> (String, String, String) {
    let (repository, file) = ("acme/ads-billing", "Cargo.toml");
    let manifest = Path::new(&demo.houses).join(repository).join(file);
    let manifest = fs::read_to_string(manifest).unwrap();
    let at = manifest.lines().position(|line| line.contains("path = \"third_party/ledgerline\""));
    let at = at.unwrap();
    let text = manifest.lines().nth(at).unwrap().trim().to_owned();
    (repository.to_owned(), format!("{file}:{}", at + 1), text)
}

#[tokio::test]
async fn from_the_overview_to_the_line_of_the_guilty_manifest_in_at_most_four_clicks() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(&["--keep", folder.path().to_str().unwrap()]);
    let (repository, line, text) = guilty(&demo);
    let browser = Browser::start().await;
    browser.look(View::new(1_440, Theme::Light)).await;
    browser.open(&demo.address).await;
    let mut seen = Vec::new();
    for clicks in 0..=4 {
        let rows: Vec<String> = browser.ask(ROWS).await;
        if rows.iter().any(|row| [&repository, &line, &text].iter().all(|it| row.contains(*it))) {
            assert!(clicks > 0, "an overview that says all is none");
            return;
        }
        seen.push(format!("{}: {rows:#?}", browser.address().await));
        browser.follow(WORST).await;
    }
    panic!("{repository} {line} is not to be found: {}", seen.join("\n"));
}

/// What the trace of the library tells, under its headings.
const TOLD: &str = "[...document.querySelectorAll('main h1, main h2')].map(it => it.innerText)";

/// Whoever is on call types the library's name, and presses the button.
const TYPE: &str = "document.querySelector('main input[name=of]').value = 'ledgerline'";

#[tokio::test]
async fn from_the_overview_to_the_trace_of_the_library_in_two_actions() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(&["--keep", folder.path().to_str().unwrap()]);
    let browser = Browser::start().await;
    browser.look(View::new(1_440, Theme::Light)).await;
    for [first, second] in
        [["", "main form button"], ["nav a[href='/incident']", "main a[href*='ledgerline']"]]
    {
        browser.open(&demo.address).await;
        if first.is_empty() {
            browser.ask::<String>(TYPE).await;
        } else {
            browser.follow(first).await;
        }
        browser.follow(second).await;
        let told: Vec<String> = browser.ask(TOLD).await;
        let heading = told.first().unwrap();
        assert!(heading.starts_with("Incident: ledgerline"), "{told:?}");
        for asked in ["Who has it?", "Who runs it?", "What stands in its place?", "What to do now"]
        {
            assert!(told.iter().any(|it| it == asked), "{asked} in {told:?}");
        }
        let rows: Vec<String> = browser.ask(ROWS).await;
        for team in ["payments", "search", "mobile"] {
            assert!(rows.iter().any(|row| row.starts_with(team)), "{team} in {rows:#?}");
        }
    }
}

/// How far the widest table reaches beyond its place.
const CUT: &str = "Math.max(...[...document.querySelectorAll('main .wide')]
    .map(it => it.scrollWidth - it.clientWidth))";

#[tokio::test]
async fn on_a_desk_no_column_of_the_overrides_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(&["--keep", folder.path().to_str().unwrap()]);
    let browser = Browser::start().await;
    browser.look(View::new(1_440, Theme::Light)).await;
    browser.open(&format!("{}/overrides", demo.address)).await;
    assert!(browser.ask::<i64>(CUT).await <= 0);
}

//! A real browser for pages: headless Chromium, driven through chromedriver.

mod chromedriver;
mod view;

use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use tempfile::TempDir;
use thirtyfour::cdp::domains::runtime::Evaluate;
use thirtyfour::prelude::{By, WebDriverResult};
use thirtyfour::{
    Capabilities, ChromeCapabilities, ChromiumLikeCapabilities, LoggingPrefsLogLevel, WebDriver,
};

use chromedriver::Chromedriver;
pub use thirtyfour::Key;
pub use view::{Theme, View};

/// What to do where there is no browser.
const MISSING: &str = "the browser tests need Debian's packages chromium and chromium-driver: \
                       `cargo xtask test` installs them as root, or apt-get install chromium chromium-driver";

/// Where it may go: nothing but loopback has an address.
const LOOPBACK_ALONE: &str = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1";

/// How long an answer of the browser may take.
const LONGEST_ANSWER: Duration = Duration::from_secs(120);

/// A headless Chromium with a profile of its own, which ends with this value.
///
/// Every function panics with what the browser said when it cannot do what it was asked.
#[derive(Debug)]
pub struct Browser {
    // They end in this order: what is open, what drives it, what it wrote.
    session: WebDriver,
    _driver: Chromedriver,
    _profile: TempDir,
}

impl Browser {
    /// Starts it; it shows nothing yet.
    ///
    /// # Panics
    /// When Chromium or chromedriver is missing; the message says what to install.
    pub async fn start() -> Self {
        let profile = tempfile::tempdir().expect("a folder for the profile");
        let driver = Chromedriver::start(profile.path());
        let wanted = capabilities(&profile).expect("these are capabilities");
        let session = WebDriver::builder(driver.address(), wanted).client(client()).await;
        let session = session.unwrap_or_else(|error| panic!("no browser: {error}\n{MISSING}"));
        Self { session, _driver: driver, _profile: profile }
    }

    /// Sees pages this way from now on.
    pub async fn look(&self, view: View) {
        for (method, parameters) in view.commands() {
            said(method, self.session.cdp().send_raw(method, parameters).await);
        }
    }

    /// Opens a page and waits until it is loaded.
    pub async fn open(&self, url: &str) {
        said(url, self.session.goto(url).await);
    }

    /// The address of the page that is open.
    pub async fn address(&self) -> String {
        said("the address", self.session.current_url().await).into()
    }

    /// What an expression gives on the page, a promise being waited for. No content security policy
    /// and no browser without scripts stands in its way.
    pub async fn ask<T: DeserializeOwned>(&self, expression: &str) -> T {
        let question = Evaluate {
            return_by_value: Some(true),
            await_promise: Some(true),
            ..Evaluate::new(expression)
        };
        let answer = said("a question", self.session.cdp().send(question).await);
        if let Some(thrown) = answer.exception_details {
            panic!("{expression:.200}: {}: {:?}", thrown.text, thrown.exception);
        }
        let value = answer.result.value.unwrap_or_default();
        serde_json::from_value(value)
            .unwrap_or_else(|error| panic!("{expression:.200}: not the answer expected: {error}"))
    }

    /// Presses a key, on whatever has the focus.
    pub async fn press(&self, key: Key) {
        said("a key", self.session.action_chain().send_keys(key).perform().await);
    }

    /// Presses Enter where another page follows, and waits for that one.
    pub async fn enter(&self) {
        self.leaving().await;
        self.press(Key::Enter).await;
        self.arrived().await;
    }

    /// Types a text, into whatever has the focus.
    pub async fn write(&self, text: &str) {
        said("keys", self.session.action_chain().send_keys(text).perform().await);
    }

    /// Clicks what this CSS selector finds first.
    pub async fn click(&self, selector: &str) {
        let found = said(selector, self.session.find(By::Css(selector)).await);
        said(selector, found.click().await);
    }

    /// Clicks what leads to another page, and waits for that one.
    pub async fn follow(&self, selector: &str) {
        self.leaving().await;
        self.click(selector).await;
        self.arrived().await;
    }

    /// Marks the page that is about to be left: the driver does not know that another one follows before it
    /// has begun to come.
    async fn leaving(&self) {
        let marked: bool = self.ask("window.isLeft = true").await;
        assert!(marked, "the page takes no mark");
    }

    /// Waits until another page is there as a whole.
    async fn arrived(&self) {
        let begun = Instant::now();
        let question = Evaluate {
            return_by_value: Some(true),
            ..Evaluate::new("window.isLeft !== true && document.readyState === 'complete'")
        };
        loop {
            // Between two pages there is none to be asked.
            let answer = self.session.cdp().send(question.clone()).await.ok();
            if answer.is_some_and(|it| it.result.value == Some(true.into())) {
                return;
            }
            assert!(begun.elapsed() < LONGEST_ANSWER, "no other page follows");
            tokio::time::sleep(Duration::from_millis(5)).await; // waits: for the page that follows
        }
    }

    /// Warnings and errors on the console since it was asked last.
    pub async fn console(&self) -> Vec<String> {
        let entries = said("the console", self.session.browser_log().await);
        let text = |level: &str, message: &str| format!("{level}: {message}");
        entries.iter().map(|entry| text(&entry.level, &entry.message)).collect()
    }

    /// The part of the page that is seen, as PNG.
    pub async fn picture(&self) -> Vec<u8> {
        said("a picture", self.session.screenshot_as_png().await)
    }
}

/// A client that keeps no connection: the last request comes from another runtime, when the one that
/// opened a kept connection does not run any more.
fn client() -> reqwest::Client {
    // It wants a process-wide choice of TLS, also where only plain HTTP is spoken.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .pool_max_idle_per_host(0)
        .timeout(LONGEST_ANSWER)
        .build()
        .expect("a client")
}

fn capabilities(profile: &TempDir) -> WebDriverResult<Capabilities> {
    let mut wanted = ChromeCapabilities::new();
    let folder = profile.path().display();
    for argument in [
        "--headless=new",
        // Root has no sandbox, nor have many containers; it opens our own pages alone.
        "--no-sandbox",
        // Containers often have 64 MB there.
        "--disable-dev-shm-usage",
        "--no-proxy-server",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-crash-reporter",
        "--hide-scrollbars",
        "--no-first-run",
        LOOPBACK_ALONE,
        &format!("--user-data-dir={folder}"),
    ] {
        wanted.add_arg(argument)?;
    }
    wanted.set_browser_log_level(LoggingPrefsLogLevel::Warning)?;
    Ok(wanted.into())
}

fn said<T>(asked: &str, answer: WebDriverResult<T>) -> T {
    answer.unwrap_or_else(|error| panic!("the browser, asked for {asked:.200}: {error}"))
}

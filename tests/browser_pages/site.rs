//! A server with something to show, and all its pages.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::process::Command;

use depaudit_testkit::{Browser, CrateFile, FakeUpstream};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client;
use crate::demo::Demo;
use crate::reports;
use crate::server::Server;

/// What browsers send.
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// How many pages of one kind are looked at: one for each crate would add nothing but time.
const OF_ONE_KIND: usize = 3;

/// What no link leads to: the start page can name no team's crate.
const WITHOUT_LINK: [&str; 2] = ["/t/payments/why/foo", "/t/payments/why/foo/1.1.0"];

/// The addresses of a page's links, without the part after `#`.
const LINKS: &str = "[...document.links].map(({ href }) => href.split('#')[0])";

/// A server and what it needs, which end with it in this order.
pub(crate) enum Site {
    Demo(Demo, #[expect(dead_code, reason = "held until the demo ends")] TempDir),
    Served(Served),
}

pub(crate) struct Served {
    server: Server,
    _upstream: FakeUpstream,
    data: TempDir,
}

impl Site {
    /// A server that has just been started for the first time.
    pub(crate) fn empty() -> Self {
        Self::Served(Served::start("", &[]))
    }

    /// What a newcomer sees.
    pub(crate) fn demo() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::Demo(Demo::start(&["--keep", folder.path().to_str().unwrap()]), folder)
    }

    /// A server that teams use: crates came through, one was refused, for a reason that is hostile to
    /// whoever shows it, and as wide as words can be; three teams reported, and do not agree.
    pub(crate) async fn busy() -> Self {
        let reason = format!("<img src=x onerror=alert(1)>{}", "wide".repeat(30));
        let policy =
            format!("[[door.deny]]\npackage = 'foo'\nversion = '>=1.1'\nreason = \"{reason}\"\n");
        let site = Served::start(&policy, &["search".to_owned(), "web".to_owned()]);
        for path in ["crates/foo/1.0.0/download", "crates/foo/1.1.0/download"] {
            let url = format!("{}/t/payments/crates-io/{path}", site.server.address);
            client::get(url).send().await.unwrap().bytes().await.unwrap();
        }
        let fork = format!("https://git.example/{}?x=<script>alert(1)</script>", "wide".repeat(30));
        for (team, shared, fork) in
            [("payments", "1.2.0", None), ("search", "1.2.0", Some(&*fork)), ("web", "1.3.0", None)]
        {
            reports::send(&site.server, &reports::report(team, shared, fork)).await;
        }
        Self::Served(site)
    }

    /// A server that asks for tokens, and one that a reader of `payments` logs in with.
    pub(crate) fn guarded() -> (Self, String) {
        let data = tempfile::tempdir().unwrap();
        let upstream = FakeUpstream::start();
        let server = Server::start(data.path(), &upstream, &["--auth", "required"]);
        let site = Served { server, _upstream: upstream, data };
        let token = site.token("read");
        (Self::Served(site), token)
    }

    /// A server whose pages a provider can log people in to, and which asks for tokens.
    pub(crate) fn with_sign_on() -> Self {
        let data = tempfile::tempdir().unwrap();
        let upstream = FakeUpstream::start();
        let file = data.path().join("depaudit.toml");
        // Nobody goes there: the page that leads to it is looked at.
        let text = "[sign-on]\nissuer = \"http://127.0.0.1:9\"\nclient-id = \"depaudit\"\n\
                    client-secret-env = \"SIGN_ON_SECRET\"\n[[sign-on.allow]]\nclaim = \"groups\"\n\
                    value = \"pay\"\nteam = \"payments\"\nrole = \"owner\"\n";
        std::fs::write(&file, text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_depaudit"));
        command.env("SIGN_ON_SECRET", "canary");
        let more = ["--login", "required", "--config", file.to_str().unwrap()];
        let server = Server::start_with(command, data.path(), &upstream, &more);
        Self::Served(Served { server, _upstream: upstream, data })
    }

    /// A server that refuses `foo` 1.1.0 and asks for a login, and an admin's token: whoever has it is shown
    /// forms.
    pub(crate) async fn governed() -> (Self, String) {
        let policy = "[[door.deny]]\npackage = 'foo'\nversion = '>=1.1'\nreason = 'it pads'\n";
        let site = Served::start_with(policy, &[], &["--login", "required"]);
        let url = format!("{}/t/payments/crates-io/crates/foo/1.1.0/download", site.server.address);
        client::get(url).send().await.unwrap().bytes().await.unwrap();
        let token = site.token("admin");
        (Self::Served(site), token)
    }

    /// A server that 32 teams report 7,000 crates to, of which each team drifts from the next.
    pub(crate) async fn large() -> Self {
        let teams: Vec<_> = (0..32).map(|team| format!("team-of-{team}")).collect();
        let site = Served::start("", &teams);
        for (place, team) in teams.iter().enumerate() {
            reports::send(&site.server, &large_report(team, place)).await;
        }
        Self::Served(site)
    }

    fn address(&self) -> &str {
        match self {
            Self::Demo(demo, _) => &demo.address,
            Self::Served(served) => &served.server.address,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address())
    }

    /// The address of every page that can be walked to, a few of each kind, in the order of the walk.
    pub(crate) async fn pages(&self, browser: &Browser) -> Vec<String> {
        self.walk(browser).await.pages
    }

    /// Follows every link, from the first page on.
    pub(crate) async fn walk(&self, browser: &Browser) -> Walk {
        let mut ahead = VecDeque::from([self.url("/")]);
        if let Self::Served(_) = self {
            ahead.extend(WITHOUT_LINK.map(|path| self.url(path)));
        }
        let mut seen = BTreeSet::new();
        let mut kinds = HashMap::<String, usize>::new();
        let mut walk = Walk { pages: Vec::new(), dead: Vec::new() };
        while let Some(url) = ahead.pop_front() {
            let here = url.strip_prefix(self.address());
            let Some(here) = here.filter(|path| path.starts_with('/')) else { continue };
            let of_kind = kinds.entry(kind(here)).or_default();
            if *of_kind == OF_ONE_KIND || !seen.insert(url.clone()) {
                continue;
            }
            // Not the body: one of live events has no end.
            let answer = client::get(&url).header("accept", BROWSER).send().await.unwrap();
            let holds = answer.headers().get("content-type");
            let is_page = holds.is_some_and(|holds| holds.as_bytes().starts_with(b"text/html"));
            if !answer.status().is_success() {
                walk.dead.push(format!("{url}: {}", answer.status()));
            } else if is_page {
                *of_kind += 1;
                browser.open(&url).await;
                ahead.extend(browser.ask::<Vec<String>>(LINKS).await);
                walk.pages.push(url);
            }
        }
        assert!(walk.pages.len() > 1, "the walk ended early: {:?}", walk.pages);
        // What it left on the console belongs to no look.
        browser.console().await;
        walk
    }
}

/// Where the links of a site lead.
pub(crate) struct Walk {
    pub(crate) pages: Vec<String>,
    /// Where there is nothing.
    pub(crate) dead: Vec<String>,
}

impl Served {
    fn start(policy: &str, teams: &[String]) -> Self {
        Self::start_with(policy, teams, &[])
    }

    /// A new token of this scope.
    fn token(&self, scope: &str) -> String {
        let made = Command::new(env!("CARGO_BIN_EXE_depaudit"))
            .args(["token", "create", "--team", "payments", "--scope", scope, "--name", "ann"])
            .arg("--data")
            .arg(self.data.path())
            .output()
            .unwrap();
        String::from_utf8(made.stdout).unwrap().trim().to_owned()
    }

    fn start_with(policy: &str, teams: &[String], flags: &[&str]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let file = data.path().join("policy.toml");
        std::fs::write(&file, policy).unwrap();
        let upstream = FakeUpstream::start();
        for version in ["1.0.0", "1.1.0"] {
            upstream.publish(CrateFile::new("foo", version));
        }
        let mut more = vec!["--policy", file.to_str().unwrap()];
        more.extend(teams.iter().flat_map(|team| ["--team", team]));
        more.extend(flags);
        let server = Server::start(data.path(), &upstream, &more);
        Self { server, _upstream: upstream, data }
    }
}

/// 2,000 crates that every team has, some a patch ahead, and 156 of the team's own.
fn large_report(team: &str, place: usize) -> Value {
    let mut report = reports::report(team, "1.2.0", None);
    let shared = (0..2_000).map(|one| (format!("shared-{one}"), 1 + (one + place) % 3));
    let own = (0..156).map(|one| (format!("only-{team}-{one}"), 1));
    let packages = report["packages"].as_array_mut().unwrap();
    packages.extend(shared.chain(own).map(|(name, patch)| {
        json!({ "name": name, "version": format!("1.0.{patch}"), "source": "crates-io" })
    }));
    packages.sort_by_key(|package| package["name"].to_string());
    let count = packages.len();
    let workspace = &mut report["workspaces"][0];
    workspace["nodes"] = (0..count).collect();
    workspace["edges"] =
        (0..count).map(|node| if node == 0 { (1..count).collect() } else { vec![] }).collect();
    report
}

/// Pages are of one kind when they differ in what is asked about alone: in what follows the first
/// part of the path, the second of the policy's, and in the values of the query.
fn kind(path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut parts = path.split('/').skip(1);
    let mut first = parts.next().unwrap_or_default().to_owned();
    // Of which there are pages of many kinds.
    if first == "policy" {
        first.extend(parts.next().map(|part| format!("/{part}")));
    }
    let names: Vec<_> = query.split('&').filter_map(|pair| pair.split('=').next()).collect();
    format!("{first}/{}?{}", parts.count(), names.join("&"))
}

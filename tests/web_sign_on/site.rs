//! A server that asks an issuer who people are.

use std::process::Command;

use depaudit_testkit::{CrateFile, FakeUpstream};
use tempfile::TempDir;

use crate::cli_support::{run, verified_soon};
use crate::issuer::{CLIENT, Issuer, SECRET};
use crate::server::Server;
use crate::visitor::{Answer, Visitor};

pub(crate) const VARIABLE: &str = "CANARY_SECRET";

pub(crate) struct Site {
    pub(crate) server: Server,
    _upstream: FakeUpstream,
    pub(crate) data: TempDir,
}

impl Site {
    pub(crate) fn start(issuer: &Issuer, more: &[&str]) -> Self {
        Self::asking(&issuer.url, more)
    }

    /// Whose issuer is said to be at this address.
    pub(crate) fn asking(issuer: &str, more: &[&str]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let upstream = FakeUpstream::start();
        upstream.publish(CrateFile::new("foo", "1.0.0"));
        let file = data.path().join("depaudit.toml");
        let allow = |value: &str, team: &str, role: &str| {
            format!(
                "[[sign-on.allow]]\nclaim = \"groups\"\nvalue = \"{value}\"\nteam = \"{team}\"\n\
                 role = \"{role}\"\n"
            )
        };
        let (pay, look) = (allow("pay", "payments", "owner"), allow("look", "search", "reader"));
        let text = format!(
            "team = [\"payments\", \"search\"]\n\
             [sign-on]\nissuer = \"{issuer}\"\nclient-id = \"{CLIENT}\"\n\
             client-secret-env = \"{VARIABLE}\"\n{pay}{look}"
        );
        std::fs::write(&file, text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_depaudit"));
        command.env(VARIABLE, SECRET);
        let file = file.to_str().unwrap();
        let ours = ["--team", "search", "--login", "required", "--log", "trace", "--config", file];
        let more = [&ours, more].concat();
        let server = Server::start_with(command, data.path(), &upstream, &more);
        Self { server, _upstream: upstream, data }
    }

    /// What is kept is what is on record.
    pub(crate) fn verified(&self) {
        verified_soon(self.data.path());
    }

    pub(crate) fn record(&self) -> String {
        let ran = run(self.data.path(), &["log", "--json", "--data", "."]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran.out
    }

    /// Stops the server; its log.
    pub(crate) fn end(self) -> String {
        self.server.signal("-TERM");
        self.server.end().1
    }
}

/// Somebody who begins to sign on, and is with the issuer now.
pub(crate) async fn begin(site: &Site, next: Option<&str>) -> (Visitor, String) {
    let mut visitor = Visitor::new(&site.server);
    let query = next.map(|next| {
        url::form_urlencoded::Serializer::new("?".to_owned()).append_pair("next", next).finish()
    });
    let start = format!("/login/start{}", query.unwrap_or_default());
    let led = visitor.get(&start).await;
    assert_eq!((led.status, led.header("cache-control")), (303, "no-store"), "{led:?}");
    let location = led.header("location").to_owned();
    (visitor, location)
}

/// The whole walk of somebody who agrees.
pub(crate) async fn sign_on(site: &Site, issuer: &Issuer) -> (Visitor, Answer) {
    let (mut visitor, location) = begin(site, None).await;
    let back = path_of(&issuer.agree(&location));
    let answer = visitor.get(&back).await;
    (visitor, answer)
}

/// Path and query.
pub(crate) fn path_of(url: &url::Url) -> String {
    url[url::Position::BeforePath..].to_owned()
}

/// Nobody is let in, and the attempt is over.
pub(crate) fn is_refused(visitor: &Visitor, answer: &Answer, what: &str) {
    assert_eq!(answer.status, 403, "{what}: {answer:?}");
    assert!(visitor.cookies.is_empty(), "{what}: {:?}", visitor.cookies);
    assert_eq!(answer.header("location"), "", "{what}");
    assert!(answer.text.contains("this sign-on is not accepted"), "{what}: {}", answer.text);
}

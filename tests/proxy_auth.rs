//! Tokens at the proxy, as Cargo and as strangers meet them.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

mod support;

use std::time::Duration;

use depaudit_model::event::EventKind;
use depaudit_model::{AccessToken, Clock, RegistryName, TokenId, TokenScope};
use depaudit_proxy::settings::{Authentication, Guarded, Settings};
use depaudit_store::sqlite::SqliteMetaStore;
use depaudit_store::{MetaStore, Token};
use depaudit_testkit::{CargoProject, CountingRandomness, CrateFile, FakeUpstream};
use support::{Answer, Service};

const ENTRY: &str = "index/3/f/foo";
const CRATE: &str = "crates/foo/1.0.0/download";

/// A proxy that asks for tokens, and where they are made.
struct Proven {
    service: Service,
    tokens: SqliteMetaStore,
    randomness: CountingRandomness,
    _upstream: FakeUpstream,
}

impl Proven {
    async fn start() -> Self {
        Self::start_with(|settings| settings.authentication = Authentication::Required).await
    }

    async fn start_with(bend: impl FnOnce(&mut Settings)) -> Self {
        let upstream = FakeUpstream::start();
        upstream.publish(CrateFile::new("foo", "1.0.0"));
        let service = Service::with(&upstream, bend).await;
        // A process of its own, as the command line is.
        let tokens = SqliteMetaStore::open(service.folder()).unwrap();
        Self { service, tokens, randomness: CountingRandomness::default(), _upstream: upstream }
    }

    async fn token(
        &self,
        team: &str,
        scope: TokenScope,
        lasts: Duration,
    ) -> (AccessToken, TokenId) {
        let now = self.service.clock.now();
        let text = AccessToken::generate(&self.randomness);
        let token = Token {
            id: TokenId::generate(&self.randomness),
            team: team.parse().unwrap(),
            scope,
            name: "ci".parse().unwrap(),
            created: now,
            expires: Some(now.plus(lasts)),
            revoked: None,
            used: None,
            rotated_from: None,
        };
        self.tokens.add_token(&token, &text.digest()).await.unwrap();
        (text, token.id)
    }

    async fn get(&self, path: &str, authorization: &str) -> Answer {
        Answer::of(self.service.request(path).header("authorization", authorization)).await
    }

    fn project(&self) -> CargoProject {
        CargoProject::named("app")
            .dependency("foo", "1")
            .source_replacement(&self.service.sparse_index())
            .create()
    }
}

const HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn bad_input_25_a_missing_expired_or_revoked_token_gets_one_answer() {
    let guarded = Proven::start().await;
    let (expired, _) = guarded.token("payments", TokenScope::Read, HOUR).await;
    let (revoked, id) = guarded.token("payments", TokenScope::Read, 9 * HOUR).await;
    let unknown = AccessToken::generate(&guarded.randomness);
    guarded.tokens.revoke_token(&id, guarded.service.clock.now()).await.unwrap();
    guarded.service.clock.advance(HOUR);
    for path in [ENTRY, CRATE] {
        let missing = guarded.service.get(path).await;
        assert_eq!(missing.status, 401);
        let challenge = format!("Cargo login_url=\"http://{}/\"", guarded.service.address);
        assert_eq!(missing.header("www-authenticate"), Some(challenge.as_str()));
        for token in [expired.expose(), revoked.expose(), unknown.expose(), "nonsense", ""] {
            let refused = guarded.get(path, token).await;
            assert_eq!(refused.status, 401);
            assert_eq!(refused.body, missing.body, "nobody learns which it was");
            assert_eq!(refused.header("www-authenticate"), Some(challenge.as_str()));
        }
    }
    assert!(guarded.service.events_of(EventKind::DownloadDecided).await.is_empty());
}

#[tokio::test]
async fn bad_input_26_another_teams_token_and_another_scope_are_refused() {
    let guarded = Proven::start().await;
    let (theirs, _) = guarded.token("billing", TokenScope::Admin, HOUR).await;
    let (report, _) = guarded.token("payments", TokenScope::Report, HOUR).await;
    for path in [ENTRY, CRATE] {
        let refused = guarded.get(path, theirs.expose()).await;
        assert_eq!(refused.status, 403);
        assert!(refused.text().contains("another team's"), "{}", refused.text());
    }
    // A CI job that scans and reports does it with one token, and downloads nothing with it.
    assert_eq!(guarded.get(ENTRY, report.expose()).await.status, 200);
    let refused = guarded.get(CRATE, report.expose()).await;
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("scope"), "{}", refused.text());
}

#[tokio::test]
async fn a_token_opens_its_team_and_its_holder_stands_on_record() {
    let guarded = Proven::start().await;
    let (token, id) = guarded.token("payments", TokenScope::Read, HOUR).await;
    assert_eq!(guarded.get(ENTRY, token.expose()).await.status, 200);
    assert_eq!(guarded.get(CRATE, &format!("Bearer {}", token.expose())).await.status, 200);
    let principal = format!("{id} ci");
    for kind in [EventKind::IndexServed, EventKind::DownloadDecided] {
        let events = guarded.service.events_of(kind).await;
        assert_eq!(events[0].event.principal.as_ref(), Some(&principal), "{kind}");
    }
    let used = guarded.tokens.tokens().await.unwrap()[0].used;
    assert_eq!(used, Some(guarded.service.clock.now()));
}

#[tokio::test]
async fn a_revoked_token_stops_working_while_the_server_runs() {
    let guarded = Proven::start().await;
    let (token, id) = guarded.token("payments", TokenScope::Read, HOUR).await;
    assert_eq!(guarded.get(ENTRY, token.expose()).await.status, 200);
    guarded.tokens.revoke_token(&id, guarded.service.clock.now()).await.unwrap();
    assert_eq!(guarded.get(ENTRY, token.expose()).await.status, 401, "the very next request");
}

#[tokio::test]
async fn a_registry_or_a_team_alone_can_ask_for_tokens_and_cargo_is_told_so() {
    let teams = Guarded { teams: ["payments".parse().unwrap()].into(), ..Guarded::default() };
    let registries =
        Guarded { registries: [RegistryName::crates_io()].into(), ..Guarded::default() };
    for (guarded, others) in [(teams, 200), (registries, 401)] {
        let guarded = Proven::start_with(|settings| settings.guarded = guarded).await;
        let (token, _) = guarded.token("payments", TokenScope::Read, HOUR).await;
        assert_eq!(guarded.service.get(ENTRY).await.status, 401);
        assert_eq!(guarded.get(ENTRY, token.expose()).await.status, 200);
        let config = guarded.service.get("index/config.json").await;
        let config: serde_json::Value = serde_json::from_slice(&config.body).unwrap();
        assert_eq!(config["auth-required"], true);
        let path = format!("/t/search/crates-io/{ENTRY}");
        let other = guarded.service.raw(reqwest::Method::GET, &path);
        assert_eq!(Answer::of(other).await.status, others);
        let open =
            guarded.service.raw(reqwest::Method::GET, "/t/search/crates-io/index/config.json");
        let config: serde_json::Value =
            serde_json::from_slice(&Answer::of(open).await.body).unwrap();
        assert_eq!(config.get("auth-required").is_some(), others == 401);
    }
}

#[tokio::test]
async fn the_real_cargo_builds_with_its_token_and_says_what_is_wrong_without() {
    let guarded = Proven::start().await;
    let config = guarded.service.get("index/config.json").await;
    let config: serde_json::Value = serde_json::from_slice(&config.body).unwrap();
    assert_eq!(config["auth-required"], true);
    let (token, _) = guarded.token("payments", TokenScope::Read, HOUR).await;
    let (theirs, _) = guarded.token("billing", TokenScope::Read, HOUR).await;
    let unknown = AccessToken::generate(&guarded.randomness);
    let fetch = |token: &AccessToken| {
        let project = guarded.project();
        let command = project
            .cargo(["fetch"])
            .env("CARGO_REGISTRY_GLOBAL_CREDENTIAL_PROVIDERS", "cargo:token")
            .env("CARGO_REGISTRIES_DEPAUDIT_TOKEN", token.expose());
        (project, command)
    };
    let (_project, command) = fetch(&token);
    command.run().await.expect_success();
    let (_project, command) = fetch(&unknown);
    let ran = command.run().await.expect_failure();
    assert!(ran.stderr.contains("token rejected for `depaudit`"), "{}", ran.stderr);
    let (_project, command) = fetch(&theirs);
    let ran = command.run().await.expect_failure();
    assert!(ran.stderr.contains("got 403"), "{}", ran.stderr);
    let project = guarded.project();
    let bare = project.cargo(["fetch"]).run().await.expect_failure();
    assert!(bare.stderr.contains("credential-provider"), "{}", bare.stderr);
    let with_provider = project
        .cargo(["fetch"])
        .env("CARGO_REGISTRY_GLOBAL_CREDENTIAL_PROVIDERS", "cargo:token")
        .run()
        .await
        .expect_failure();
    assert!(
        with_provider.stderr.contains("no token found for `depaudit`"),
        "{}",
        with_provider.stderr
    );
}

//! `depaudit token exchange` in a job of GitHub Actions and of another CI, and what never shows.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

mod cli_support;
#[path = "support/client.rs"]
mod client;
#[path = "support/server.rs"]
mod server;

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use cli_support::{Ran, command};
use depaudit_testkit::{
    Answer, CargoProject, CrateFile, FakeIssuer, FakeUpstream, Fault, IssuerKey,
};
use serde_json::{Value, json};
use server::Server;

const AUDIENCE: &str = "https://depaudit.example";
const REQUEST_TOKEN: &str = "canary-request-token";

struct Ci {
    folder: tempfile::TempDir,
    issuer: FakeIssuer,
    key: IssuerKey,
    server: Server,
    _upstream: FakeUpstream,
}

impl Ci {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let upstream = FakeUpstream::start();
        upstream.publish(CrateFile::new("foo", "1.0.0"));
        let key = IssuerKey::es256("first");
        let issuer = FakeIssuer::start(&[&key]);
        let config = folder.path().join("serve.toml");
        let text = format!(
            "auth = \"required\"\nlog = \"debug\"\n[[oidc]]\nissuer = \"{}\"\naudience = \"{AUDIENCE}\"\n\
             [[oidc.allow]]\nteam = \"payments\"\nrepository_id = \"74\"\nbranches = [\"refs/heads/main\"]\n",
            issuer.url()
        );
        std::fs::write(&config, text).unwrap();
        let data = folder.path().join("data");
        let server = Server::start(&data, &upstream, &["--config", config.to_str().unwrap()]);
        Self { folder, issuer, key, server, _upstream: upstream }
    }

    fn jwt(&self, jti: &str, repository: &str) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        self.key.sign(&json!({
            "iss": self.issuer.url(), "aud": AUDIENCE, "sub": "repo:acme/shop:ref:refs/heads/main",
            "jti": jti, "iat": now, "exp": now + 300, "repository_id": repository,
            "ref": "refs/heads/main",
        }))
    }

    fn exchange(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
        let whole = [&["token", "exchange", "--server", &self.server.address], arguments].concat();
        let mut command = command(self.folder.path(), &whole);
        command.envs(variables.iter().copied()).output().unwrap().into()
    }

    /// As GitHub's runner answers a job that asks for `jwt`.
    fn runner(&self, jwt: &str) -> String {
        let page = Answer::new(200).body(json!({ "value": jwt }).to_string());
        self.issuer.http.serve_at("/request", page);
        format!("{}/request?api-version=2.0", self.issuer.url())
    }
}

#[tokio::test]
async fn bad_input_27_a_github_job_builds_with_its_token_and_no_secret_shows_anywhere() {
    let ci = Ci::start();
    let jwt = ci.jwt("a", "74");
    let url = ci.runner(&jwt);
    let set = ci.folder.path().join("github-env");
    std::fs::write(&set, "BEFORE=1\n").unwrap();
    let variables = [
        ("ACTIONS_ID_TOKEN_REQUEST_URL", url.as_str()),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", REQUEST_TOKEN),
        ("GITHUB_ENV", set.to_str().unwrap()),
    ];
    let arguments = ["--audience", AUDIENCE, "--github-env"];
    let ran = ci.exchange(&arguments, &variables);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let asked = ci.issuer.http.requests();
    let asked = asked.iter().find(|request| request.is_for("/request")).unwrap();
    let query = asked.query.as_deref().unwrap();
    assert_eq!(query, "api-version=2.0&audience=https%3A%2F%2Fdepaudit.example");
    assert_eq!(asked.header("authorization"), Some(format!("Bearer {REQUEST_TOKEN}").as_str()));

    let written = std::fs::read_to_string(&set).unwrap();
    let value = |name: &str| {
        let line = written.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
        line.unwrap_or_else(|| panic!("{name}: {written}")).to_owned()
    };
    let token = value("CARGO_REGISTRIES_DEPAUDIT_TOKEN");
    assert!(written.starts_with("BEFORE=1\n") && token.starts_with("depaudit_"), "{written}");
    assert_eq!(value("DEPAUDIT_TOKEN"), token);
    assert_eq!(ran.out, format!("::add-mask::{token}\n"), "masked, and nothing else");
    let project = CargoProject::named("app")
        .dependency("foo", "1")
        .source_replacement(&format!("sparse+{}/t/payments/crates-io/index/", ci.server.address))
        .create();
    let providers = "CARGO_REGISTRY_GLOBAL_CREDENTIAL_PROVIDERS";
    let fetch = project
        .cargo(["fetch"])
        .env(providers, value(providers))
        .env("CARGO_REGISTRIES_DEPAUDIT_TOKEN", &token);
    fetch.run().await.expect_success();

    let replayed = ci.exchange(&arguments, &variables);
    assert_eq!(replayed.code, Some(2), "{replayed:?}");
    let canary = ci.jwt("b", "75");
    ci.runner(&canary);
    let unmapped = ci.exchange(&arguments, &variables);
    assert!(unmapped.err.contains("does not take this job's identity"), "{unmapped:?}");

    let (_, metrics) = server::get(&ci.server, "/metrics").await;
    for result in ["exchanged", "replayed", "unmapped"] {
        let line = format!("depaudit_token_exchanges_total{{result=\"{result}\"}} 1");
        assert!(metrics.contains(&line), "{metrics}");
    }
    ci.server.signal("-TERM");
    let Ci { server, folder, .. } = ci;
    let (_, log) = server.end();
    assert!(log.contains("unmapped") && log.contains("repo:acme/shop"), "it says why:\n{log}");
    // What is kept of its token is what is on record of it.
    let verified = cli_support::run(folder.path(), &["ledger", "verify", "--data", "data"]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    let record = cli_support::run(folder.path(), &["log", "--json", "--data", "data"]).out;
    assert!(record.contains("token-exchanged"), "{record}");
    let listed =
        cli_support::run(folder.path(), &["token", "list", "--json", "--data", "data"]).out;
    let told: Value = serde_json::from_str(listed.trim()).unwrap();
    assert_eq!(told["name"], "repo:acme/shop:ref:refs/heads/main");
    let errors = format!("{}{}{}", ran.err, replayed.err, unmapped.err);
    let places = [
        ("log", &log),
        ("record", &record),
        ("list", &listed),
        ("metrics", &metrics),
        ("errors", &errors),
    ];
    for secret in [jwt.as_str(), canary.as_str(), &token, REQUEST_TOKEN] {
        for (place, text) in places {
            assert!(!text.contains(secret), "{place}: {text}");
        }
        let signature = secret.rsplit('.').next().unwrap();
        assert!(!kept(&folder.path().join("data"), signature), "a file holds a secret");
    }
}

fn kept(folder: &Path, secret: &str) -> bool {
    ["meta.sqlite", "audit.sqlite"].iter().any(|file| {
        let bytes = std::fs::read(folder.join(file)).unwrap();
        bytes.windows(secret.len()).any(|window| window == secret.as_bytes())
    })
}

#[test]
fn another_ci_names_the_variable_that_holds_its_identity() {
    let ci = Ci::start();
    let ran = ci.exchange(&["--jwt-env", "MY_ID"], &[("MY_ID", &ci.jwt("a", "74"))]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.starts_with("depaudit_") && ran.out.lines().count() == 1, "{ran:?}");
    assert_eq!(ran.err, "");
    let unset = ci.exchange(&["--jwt-env", "MY_ID"], &[]);
    assert!(unset.code == Some(2) && unset.err.contains("MY_ID is not set"), "{unset:?}");
    let broken = ci.exchange(&["--jwt-env", "MY_ID"], &[("MY_ID", "canary")]);
    assert!(broken.code == Some(2) && !broken.err.contains("canary"), "{broken:?}");
    let nobody = ci.exchange(&[], &[]);
    assert!(nobody.code == Some(2) && nobody.err.contains("id-token: write"), "{nobody:?}");
}

#[test]
fn bad_input_27_a_runner_and_a_server_that_misbehave_get_no_secret_into_an_error() {
    let ci = Ci::start();
    let url = ci.runner("canary-identity");
    let variables = [
        ("ACTIONS_ID_TOKEN_REQUEST_URL", url.as_str()),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", REQUEST_TOKEN),
    ];
    let no_identity = ci.exchange(&[], &variables);
    assert!(no_identity.err.contains("is no identity token"), "{no_identity:?}");
    let mut errors = vec![no_identity.err];
    let elsewhere = FakeUpstream::start();
    let redirect = Fault::Redirect(format!("http://{}/", elsewhere.address()));
    for fault in [redirect, Fault::EndlessBody, Fault::status(403).body("canary-page").into()] {
        ci.issuer.http.on("/request").times(1).then(fault);
        let ran = ci.exchange(&[], &variables);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        errors.push(ran.err);
    }
    assert!(elsewhere.requests().is_empty());
    // A server that would set a second variable through the first.
    let page =
        Answer::new(200).body(json!({ "access_token": "depaudit_x\nPATH=canary" }).to_string());
    elsewhere.take_posts();
    elsewhere.on("/api/v1/oidc/token").then(Fault::Answer(page));
    let set = ci.folder.path().join("github-env");
    let address = format!("http://{}", elsewhere.address());
    let whole = ["token", "exchange", "--server", &address, "--jwt-env", "MY_ID", "--github-env"];
    let mut command = command(ci.folder.path(), &whole);
    command.env("MY_ID", ci.jwt("a", "74")).env("GITHUB_ENV", &set);
    let ran = Ran::from(command.output().unwrap());
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{ran:?}");
    assert!(ran.err.contains("something else than a token"), "{ran:?}");
    assert_eq!(std::fs::read_to_string(&set).unwrap(), "");
    errors.push(ran.err);
    for error in errors {
        assert!(!error.contains("canary"), "{error}");
    }
}

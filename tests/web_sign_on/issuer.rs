//! An issuer that knows people: it gives a code, and for the code, once, its word.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use depaudit_testkit::IssuerKey;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;
use url::form_urlencoded::parse;

pub(crate) const CLIENT: &str = "depaudit pages";
pub(crate) const SECRET: &str = "canary-client-secret+/&";

/// What a browser is led there with.
pub(crate) type Question = BTreeMap<String, String>;

type Bend = Box<dyn Fn(&mut Value) + Send>;
type Sign = Box<dyn Fn(&IssuerKey, &Value) -> String + Send>;

pub(crate) struct Issuer {
    pub(crate) url: String,
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    url: String,
    key: IssuerKey,
    state: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// What was asked for each code that is not redeemed.
    codes: HashMap<String, Question>,
    given: usize,
    asked: usize,
    groups: Vec<&'static str>,
    bend: Option<Bend>,
    sign: Option<Sign>,
    /// Takes a code again and again.
    is_careless: bool,
    /// What the token endpoint answers instead.
    broken: Option<u16>,
    words: Vec<String>,
}

impl Issuer {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (key, state) = (IssuerKey::es256("first"), Mutex::default());
        let shared = Arc::new(Shared { url: url.clone(), key, state });
        let app = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, app).await });
        let issuer = Self { url, shared };
        issuer.groups(&["pay"]);
        issuer
    }

    fn inner<R>(&self, change: impl FnOnce(&mut Inner) -> R) -> R {
        change(&mut self.shared.state.lock().unwrap())
    }

    /// Of which groups whoever signs on is.
    pub(crate) fn groups(&self, groups: &[&'static str]) {
        self.inner(|it| it.groups = groups.to_vec());
    }

    /// What it says differently.
    pub(crate) fn bend(&self, bend: impl Fn(&mut Value) + Send + 'static) {
        self.inner(|it| it.bend = Some(Box::new(bend)));
    }

    /// How it signs differently.
    pub(crate) fn sign(&self, sign: impl Fn(&IssuerKey, &Value) -> String + Send + 'static) {
        self.inner(|it| it.sign = Some(Box::new(sign)));
    }

    /// It is honest again.
    pub(crate) fn mend(&self) {
        self.inner(|it| (it.bend, it.sign, it.broken) = (None, None, None));
    }

    pub(crate) fn be_careless(&self) {
        self.inner(|it| it.is_careless = true);
    }

    pub(crate) fn break_with(&self, status: u16) {
        self.inner(|it| it.broken = Some(status));
    }

    /// How often codes were redeemed, or tried.
    pub(crate) fn asked(&self) -> usize {
        self.inner(|it| it.asked)
    }

    /// Everything that it signed.
    pub(crate) fn words(&self) -> Vec<String> {
        self.inner(|it| it.words.clone())
    }

    /// A person is here and says who they are: the way back.
    pub(crate) fn agree(&self, location: &str) -> Url {
        let place: Url = location.parse().unwrap();
        assert!(location.starts_with(&format!("{}/authorize?", self.url)), "{location}");
        let question: Question = place.query_pairs().into_owned().collect();
        let mut back: Url = question["redirect_uri"].parse().unwrap();
        let code = self.inner(|it| {
            it.given += 1;
            format!("canary-code-{}", it.given)
        });
        back.query_pairs_mut().extend_pairs([
            ("code", &*code),
            ("state", &question["state"]),
            ("iss", &self.url),
        ]);
        self.inner(|it| it.codes.insert(code, question));
        back
    }
}

async fn discovery(State(shared): State<Arc<Shared>>) -> String {
    let at = |path: &str| format!("{}{path}", shared.url);
    json!({
        "issuer": shared.url, "jwks_uri": at("/keys"),
        "authorization_endpoint": at("/authorize"), "token_endpoint": at("/token"),
    })
    .to_string()
}

async fn keys(State(shared): State<Arc<Shared>>) -> String {
    json!({ "keys": [shared.key.jwk()] }).to_string()
}

/// RFC 6749, 4.1.3, with RFC 7636, 4.6: as strict as an issuer should be.
async fn token(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, String) {
    let mut inner = shared.state.lock().unwrap();
    inner.asked += 1;
    if let Some(status) = inner.broken {
        return (StatusCode::from_u16(status).unwrap(), String::new());
    }
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let pair: [String; 2] = [encoded(CLIENT), encoded(SECRET)];
    let proof = format!("Basic {}", STANDARD.encode(pair.join(":")));
    assert_eq!(headers["authorization"], proof);
    let form: Question = parse(body.as_bytes()).into_owned().collect();
    assert_eq!(form["grant_type"], "authorization_code");
    let refused = (StatusCode::BAD_REQUEST, json!({ "error": "invalid_grant" }).to_string());
    let is_careless = inner.is_careless;
    let found = inner.codes.remove(&form["code"]);
    let Some(question) = found else { return refused };
    if is_careless {
        inner.codes.insert(form["code"].clone(), question.clone());
    }
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(form["code_verifier"].as_bytes()));
    if form["redirect_uri"] != question["redirect_uri"] || challenge != question["code_challenge"] {
        return refused;
    }
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let mut claims = json!({
        "iss": shared.url, "aud": CLIENT, "sub": "person-7", "nonce": question["nonce"],
        "iat": since, "exp": since + 300, "groups": inner.groups,
    });
    if let Some(bend) = &inner.bend {
        bend(&mut claims);
    }
    let word = match &inner.sign {
        Some(sign) => sign(&shared.key, &claims),
        None => shared.key.sign(&claims),
    };
    inner.words.push(word.clone());
    let answer =
        json!({ "id_token": word, "access_token": "canary-access", "token_type": "Bearer" });
    (StatusCode::OK, answer.to_string())
}

use std::sync::atomic::{AtomicI64, Ordering};

use depaudit_model::{AccessToken, Timestamp, TokenId};
use depaudit_store::sqlite::{SqliteAuditLog, SqliteMetaStore};
use depaudit_store::{EventFilter, EventOrder};
use http::HeaderValue;
use tempfile::TempDir;

use super::*;

#[derive(Debug, Default)]
struct SetClock(AtomicI64);

impl SetClock {
    fn pass(&self, span: Duration) {
        self.0.fetch_add(i64::try_from(span.as_millis()).unwrap(), Ordering::Relaxed);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }
}

/// Each time other bytes.
#[derive(Debug, Default)]
struct Counted(AtomicI64);

impl Randomness for Counted {
    fn fill(&self, bytes: &mut [u8]) {
        let turn = self.0.fetch_add(1, Ordering::Relaxed).to_le_bytes();
        bytes.iter_mut().zip(turn.iter().cycle()).for_each(|(byte, turn)| *byte = *turn);
    }
}

/// No request here carries a token.
#[derive(Debug)]
struct Nobody;

#[async_trait]
impl TokenDoor for Nobody {
    async fn token(&self, _: &HeaderMap) -> Result<Token, Response> {
        Err(StatusCode::UNAUTHORIZED.into_response())
    }
}

/// Somebody who knows people, and gives them one role.
#[derive(Debug)]
struct Giving(PersonRole);

#[async_trait]
impl SignOnDoor for Giving {
    fn name(&self) -> &str {
        "example"
    }

    async fn address(&self, _: &SignOnAttempt) -> Result<String, SignOnFailed> {
        Err(SignOnFailed::Away)
    }

    async fn person(
        &self,
        _: &str,
        _: Option<&str>,
        _: &SignOnAttempt,
    ) -> Result<Person, SignOnFailed> {
        Err(SignOnFailed::Away)
    }

    fn still_gives(&self, person: &Person) -> bool {
        person.role == self.0
    }
}

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

struct House {
    access: Access,
    clock: Arc<SetClock>,
    parts: AccessParts,
    _data: TempDir,
}

impl House {
    fn open() -> Self {
        Self::asking(None)
    }

    fn asking(sign_on: Option<Arc<dyn SignOnDoor>>) -> Self {
        let data = tempfile::tempdir().unwrap();
        let clock = Arc::new(SetClock::default());
        clock.pass(HOUR * 1_000);
        let parts = AccessParts {
            meta: Arc::new(SqliteMetaStore::open(data.path()).unwrap()),
            log: Arc::new(SqliteAuditLog::open(data.path()).unwrap()),
            clock: Arc::clone(&clock) as _,
            randomness: Arc::new(Counted::default()),
            tokens: Arc::new(Nobody),
            sign_on,
        };
        let settings = AccessSettings {
            is_required: true,
            lifetime: HOUR * 12,
            idle: HOUR * 2,
            operator_teams: BTreeSet::new(),
        };
        let url = "http://127.0.0.1:8417".parse().unwrap();
        let access = Access::new(&url, settings, parts.clone());
        Self { access, clock, parts, _data: data }
    }

    async fn token(&self, name: &str, from: Option<&Token>) -> (AccessToken, Token) {
        let text = AccessToken::generate(&*self.parts.randomness);
        let token = Token {
            id: TokenId::generate(&*self.parts.randomness),
            team: "payments".parse().unwrap(),
            scope: TokenScope::Admin,
            name: name.parse().unwrap(),
            created: self.clock.now(),
            expires: Some(self.clock.now().plus(HOUR * 24)),
            revoked: None,
            used: None,
            rotated_from: from.map(|token| token.id.clone()),
        };
        self.parts.meta.add_token(&token, &text.digest()).await.unwrap();
        (text, token)
    }

    /// Logs in; what the browser sends from then on.
    async fn log_in(&self, text: &AccessToken) -> HeaderMap {
        let opened = self.access.log_in(text.expose(), None, &HeaderMap::new()).await.unwrap();
        cookie(&opened.0)
    }

    async fn knows(&self, headers: &HeaderMap) -> bool {
        self.access.visitor(headers).await.is_ok()
    }
}

fn cookie(set: &HeaderValue) -> HeaderMap {
    let pair = set.to_str().unwrap().split(';').next().unwrap();
    HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(pair).unwrap())])
}

#[tokio::test]
async fn a_session_ends_with_its_day_and_when_nobody_uses_it() {
    let house = House::open();
    let (text, _) = house.token("ann", None).await;
    let (used, idle) = (house.log_in(&text).await, house.log_in(&text).await);
    for _ in 0..11 {
        house.clock.pass(HOUR);
        assert!(house.knows(&used).await);
    }
    assert!(!house.knows(&idle).await);
    house.clock.pass(HOUR - MINUTE);
    assert!(house.knows(&used).await);
    house.clock.pass(MINUTE);
    assert!(!house.knows(&used).await);
    // A restart gives nothing back, and the next login sweeps.
    house.log_in(&text).await;
    let key = house.access.cookies().read(&idle, Cookie::Session).unwrap();
    assert_eq!(house.parts.meta.session(&key.digest()).await.unwrap(), None);
}

#[tokio::test]
async fn a_use_is_noted_once_a_minute_and_a_clock_that_is_set_back_ends_nothing() {
    let house = House::open();
    let (text, _) = house.token("ann", None).await;
    let headers = house.log_in(&text).await;
    let digest = house.access.cookies().read(&headers, Cookie::Session).unwrap().digest();
    let began = house.clock.now();
    let used = async || house.parts.meta.session(&digest).await.unwrap().unwrap().used;
    house.clock.pass(MINUTE / 2);
    assert!(house.knows(&headers).await);
    assert_eq!(used().await, began);
    house.clock.pass(MINUTE / 2);
    assert!(house.knows(&headers).await);
    assert_eq!(used().await, began.plus(MINUTE));
    house.clock.0.store(0, Ordering::Relaxed);
    assert!(house.knows(&headers).await);
    assert_eq!(used().await, began.plus(MINUTE));
}

#[tokio::test]
async fn bad_input_25_a_session_is_worth_what_its_token_is_worth() {
    let house = House::open();
    let (text, token) = house.token("ann", None).await;
    let headers = house.log_in(&text).await;
    house.clock.pass(HOUR);
    assert!(house.knows(&headers).await);
    house.parts.meta.revoke_token(&token.id, house.clock.now()).await.unwrap();
    assert!(!house.knows(&headers).await);
    let again = house.access.log_in(text.expose(), None, &HeaderMap::new()).await;
    assert!(matches!(again, Err(Failed::Token)), "{again:?}");

    // One that ends before the session would.
    let short =
        Token { expires: Some(house.clock.now().plus(HOUR)), ..house.token("x", None).await.1 };
    let text = AccessToken::generate(&*house.parts.randomness);
    let short = Token { id: TokenId::generate(&*house.parts.randomness), ..short };
    house.parts.meta.add_token(&short, &text.digest()).await.unwrap();
    let headers = house.log_in(&text).await;
    house.clock.pass(HOUR - MINUTE);
    assert!(house.knows(&headers).await);
    house.clock.pass(MINUTE);
    assert!(!house.knows(&headers).await);
}

#[tokio::test]
async fn bad_input_50_who_fails_from_everywhere_keeps_nobody_out() {
    let house = House::open();
    let (text, _) = house.token("ann", None).await;
    let none = HeaderMap::new();
    let from = |last: u32| Some(IpAddr::from(last.to_be_bytes()));
    for other in 0..200 {
        let failed = house.access.log_in("x", from(other), &none).await;
        assert!(matches!(failed, Err(Failed::Token)), "{other}: {failed:?}");
    }
    let failed = house.access.log_in("x", from(7_000), &none).await;
    assert!(matches!(failed, Err(Failed::TooOften(_))), "{failed:?}");
    // Whoever has a token logs in, also from where others failed; whoever signs on comes back.
    for address in [from(7_000), from(1), None] {
        assert!(house.access.log_in(text.expose(), address, &none).await.is_ok());
    }
    assert!(house.access.may_come_back(from(7_000)).is_ok());
}

#[tokio::test]
async fn bad_input_50_whoever_logs_in_again_and_again_fills_no_record_and_keeps_nobody_out() {
    let house = House::open();
    let ((text, _), (other, _)) = (house.token("ann", None).await, house.token("bob", None).await);
    let none = HeaderMap::new();
    let mut done = 0;
    for _ in 0..100 {
        match house.access.log_in(text.expose(), None, &none).await {
            Ok(_) => done += 1,
            Err(failed) => assert!(matches!(failed, Failed::TooManySessions(_)), "{failed:?}"),
        }
    }
    assert_eq!(done, 20);
    assert_eq!(house.parts.log.length().await.unwrap(), done, "one event each, and no more");
    assert!(house.access.log_in(other.expose(), None, &none).await.is_ok());
    house.clock.pass(MINUTE * 2);
    assert!(house.access.log_in(text.expose(), None, &none).await.is_ok());
}

#[tokio::test]
async fn with_a_rotated_token_nobody_becomes_another_person() {
    let house = House::open();
    let (_, first) = house.token("ann", None).await;
    let (_, second) = house.token("ann", Some(&first)).await;
    let (text, _) = house.token("ann", Some(&second)).await;
    let headers = house.log_in(&text).await;
    let visitor = house.access.visitor(&headers).await.unwrap();
    assert_eq!(visitor.name(), Some(first.principal().as_str()));
}

#[tokio::test]
async fn who_logs_in_and_out_is_on_record_without_any_secret() {
    let house = House::open();
    let (text, token) = house.token("ann", None).await;
    let headers = house.log_in(&text).await;
    let visitor = house.access.visitor(&headers).await.unwrap();
    house.access.log_out(&visitor, None, &headers).await.unwrap();
    house.access.log_out(&visitor, None, &headers).await.unwrap();
    assert!(!house.knows(&headers).await);
    let all = EventFilter::default();
    let events = house.parts.log.read(&all, EventOrder::OldestFirst, 10).await.unwrap();
    let told: Vec<_> = events.iter().map(|it| it.event.detail.as_deref().unwrap()).collect();
    let [login, logout] = told.try_into().unwrap();
    let (login, mark) = login.split_once(", known by ").unwrap();
    assert_eq!((login, logout), ("login to the pages as an admin", "logout from the pages"));
    assert_eq!(mark.len(), 32, "{mark}");
    for stored in &events {
        assert_eq!(stored.event.principal.as_deref(), Some(&*token.principal()));
        let leaf = String::from_utf8_lossy(&stored.leaf);
        let session = house.access.cookies().read(&headers, Cookie::Session).unwrap();
        for secret in [text.expose(), session.reveal(), &session.digest().to_string()] {
            assert!(!leaf.contains(secret), "{leaf}");
        }
    }
}

#[tokio::test]
async fn bad_input_50_a_persons_session_is_worth_nothing_when_nobody_gives_its_role_any_more() {
    for (sign_on, is_known) in [
        (Some(Arc::new(Giving(PersonRole::Owner)) as Arc<dyn SignOnDoor>), true),
        (Some(Arc::new(Giving(PersonRole::Reader)) as _), false),
        (None, false),
    ] {
        let house = House::asking(sign_on);
        let team = "payments".parse().unwrap();
        let person = Person { name: "example ann".to_owned(), team, role: PersonRole::Owner };
        let opened = house.access.sign_in(person, None, &HeaderMap::new()).await;
        assert_eq!(house.knows(&cookie(&opened.unwrap().0)).await, is_known);
    }
}

#[tokio::test]
async fn whom_another_server_vouches_for_has_a_team_and_a_role_until_the_end() {
    let house = House::asking(Some(Arc::new(Giving(PersonRole::Owner))));
    let team: TeamId = "payments".parse().unwrap();
    let role = Role::Owner(team.clone());
    let person = Person { name: "ann@example".to_owned(), team, role: PersonRole::Owner };
    let opened = house.access.sign_in(person, None, &HeaderMap::new()).await;
    let headers = cookie(&opened.unwrap().0);
    let visitor = house.access.visitor(&headers).await.unwrap();
    assert_eq!((visitor.role(), visitor.name()), (&role, Some("ann@example")));
    for _ in 0..11 {
        house.clock.pass(HOUR);
        assert!(house.knows(&headers).await);
    }
    house.clock.pass(HOUR);
    assert!(!house.knows(&headers).await);
}

#[tokio::test]
async fn a_page_that_was_left_open_and_asks_on_keeps_no_session() {
    let house = House::open();
    let (text, _) = house.token("ann", None).await;
    let headers = house.log_in(&text).await;
    for _ in 0..119 {
        house.clock.pass(MINUTE);
        assert!(house.access.onlooker(&headers).await.is_ok());
    }
    house.clock.pass(MINUTE);
    assert!(house.access.onlooker(&headers).await.is_err());
    assert!(!house.knows(&headers).await);
}

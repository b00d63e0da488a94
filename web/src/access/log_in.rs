use std::net::IpAddr;
use std::time::Duration;

use depaudit_model::AccessToken;
use depaudit_model::event::{Client, Event, EventKind};
use depaudit_store::{Holder, Person, Record, Session, StoreError};
use http::{HeaderMap, HeaderValue, header};

use super::{Access, Cookie, Key, role_of};
use crate::pages::{Role, Visitor};

/// The longest part of a User-Agent that is kept, in characters.
const LONGEST_USER_AGENT: usize = 256;

/// Why nobody was logged in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    /// One answer for every reason: whoever guesses learns nothing.
    #[error(
        "this token opens nothing here: it was not copied whole, it has ended, or it was revoked"
    )]
    Token,
    #[error("too many logins have failed; wait for {} seconds", .0.as_secs() + 1)]
    TooOften(Duration),
    #[error("you have logged in too often; wait for {} seconds", .0.as_secs() + 1)]
    TooManySessions(Duration),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A session that has begun: the cookie to set.
#[derive(Debug)]
pub(crate) struct Opened(pub(crate) HeaderValue);

impl Access {
    /// Exchanges a token's text for a session.
    pub(crate) async fn log_in(
        &self,
        text: &str,
        address: Option<IpAddr>,
        headers: &HeaderMap,
    ) -> Result<Opened, Failed> {
        let now = self.parts.clock.now();
        // Before anybody is made to wait: a token is no guess, and who fails elsewhere keeps nobody out.
        // That is one read by an index.
        let found = match text.parse::<AccessToken>() {
            Ok(token) => self.parts.meta.token_by_digest(&token.digest()).await?,
            // Its checksum is wrong: no store is asked.
            Err(_) => None,
        };
        let Some(token) = found.filter(|token| token.is_valid(now)) else {
            may_go_on(self.throttle.wait(address, now))?;
            self.note_failure(address);
            return Err(Failed::Token);
        };
        let (role, name) = (self.role(&token), self.name(&token).await?);
        self.open(Holder::Token(token.id), &role, name, address, headers).await
    }

    /// Whether whoever is at this address may come back from a sign-on: it has failed there too often, or
    /// not; how often others have failed keeps nobody out.
    pub(crate) fn may_come_back(&self, address: Option<IpAddr>) -> Result<(), Failed> {
        may_go_on(self.throttle.own_wait(address, self.parts.clock.now()))
    }

    pub(crate) fn note_failure(&self, address: Option<IpAddr>) {
        self.throttle.failed(address, self.parts.clock.now());
    }

    /// Begins the session of somebody whom another server vouches for.
    pub(crate) async fn sign_in(
        &self,
        person: Person,
        address: Option<IpAddr>,
        headers: &HeaderMap,
    ) -> Result<Opened, Failed> {
        let (role, name) = (role_of(&person), person.name.clone());
        self.open(Holder::Person(person), &role, name, address, headers).await
    }

    /// Begins a session; on record first.
    async fn open(
        &self,
        holder: Holder,
        role: &Role,
        name: String,
        address: Option<IpAddr>,
        headers: &HeaderMap,
    ) -> Result<Opened, Failed> {
        let now = self.parts.clock.now();
        if let Some(wait) = self.logins.wait(&name, now) {
            return Err(Failed::TooManySessions(wait));
        }
        let key = Key::generate(&*self.parts.randomness);
        let ends = now.plus(self.settings.lifetime);
        let session = Session { holder, created: now, used: now, ends };
        let told =
            format!("login to the pages as {role}{LOGIN_MARK}{}", session.mark(&key.digest()));
        self.put_on_record(role, name, &told, address, headers).await?;
        self.parts.meta.add_session(&session, &key.digest()).await?;
        // Whoever logs in anew leaves the old session.
        if let Some(old) = self.cookies.read(headers, Cookie::Session) {
            self.parts.meta.end_session(&old.digest()).await?;
        }
        self.parts.meta.forget_sessions(now, now.minus(self.settings.idle)).await?;
        Ok(Opened(self.cookies.set(Cookie::Session, &key, self.settings.lifetime)))
    }

    /// Ends the session of a request, where it has one.
    pub(crate) async fn log_out(
        &self,
        visitor: &Visitor,
        address: Option<IpAddr>,
        headers: &HeaderMap,
    ) -> Result<(), StoreError> {
        let Some(key) = self.cookies.read(headers, Cookie::Session) else { return Ok(()) };
        // First the session: whoever leaves has left, even while nothing can be put on record.
        if !self.parts.meta.end_session(&key.digest()).await? {
            return Ok(());
        }
        let name = visitor.name().unwrap_or_default().to_owned();
        self.put_on_record(visitor.role(), name, "logout from the pages", address, headers).await
    }

    async fn put_on_record(
        &self,
        role: &Role,
        name: String,
        told: &str,
        address: Option<IpAddr>,
        headers: &HeaderMap,
    ) -> Result<(), StoreError> {
        let mut salt = [0; 16];
        self.parts.randomness.fill(&mut salt);
        let agent = headers.get(header::USER_AGENT);
        let agent = agent.map(|it| String::from_utf8_lossy(it.as_bytes()));
        let user_agent = agent.map(|it| it.chars().take(LONGEST_USER_AGENT).collect());
        let client = Client { address, user_agent, salt: u128::from_be_bytes(salt) };
        let now = self.parts.clock.now();
        let mut event = Event::new(EventKind::Administration, now).with_detail(told);
        event.team = role.team().cloned();
        event.principal = Some(name);
        event.client = Some(client.commitment());
        self.parts.log.append(vec![Record { event, client: Some(client) }]).await.map(drop)
    }
}

/// Stands on record before the [mark](Session::mark) of a session.
pub const LOGIN_MARK: &str = ", known by ";

fn may_go_on(wait: Option<Duration>) -> Result<(), Failed> {
    wait.map_or(Ok(()), |wait| Err(Failed::TooOften(wait)))
}

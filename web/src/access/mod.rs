//! Who looks at pages: by a session, by a token in the request, or anybody where no login is asked for.

mod cookies;
mod host;
mod key;
mod log_in;
mod logins;
mod sign_on;
mod spent;
#[cfg(test)]
mod tests;
mod throttle;
mod window;

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::response::{IntoResponse, Response};
use depaudit_model::{Checksum, Clock, Randomness, TeamId, TokenScope};
use depaudit_store::{AuditLog, Holder, MetaStore, Person, PersonRole, Session, StoreError, Token};
use http::{HeaderMap, StatusCode, header};
use url::Url;

use crate::pages::{FormSecret, Role, Visitor};
pub(crate) use cookies::{Cookie, Cookies};
pub(crate) use host::asked_host;
pub use host::{for_own_names, is_loopback, misdirected};
pub(crate) use key::Key;
pub(crate) use log_in::Failed;
pub use log_in::LOGIN_MARK;
use logins::Logins;
pub use sign_on::{SignOnAttempt, SignOnDoor, SignOnFailed};
use spent::Spent;
use throttle::Throttle;

/// How exact a session's last use is: no request writes it more often.
const USE_NOTED: Duration = Duration::from_secs(60);

/// Proves the tokens that requests carry; wired by the binary.
#[async_trait]
pub trait TokenDoor: Send + Sync + fmt::Debug {
    /// The valid token that a request with these headers presents.
    ///
    /// # Errors
    /// The answer for whoever presents none.
    async fn token(&self, headers: &HeaderMap) -> Result<Token, Response>;
}

/// Where a request comes from, in its extensions; put there by the binary.
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(
    /// The peer.
    pub IpAddr,
);

/// Who is let in, and for how long.
#[derive(Debug, Clone)]
pub struct AccessSettings {
    /// Whether one has to log in. Where not, everybody is an admin.
    pub is_required: bool,
    /// How long a session lasts.
    pub lifetime: Duration,
    /// How long it lasts when nobody uses it.
    pub idle: Duration,
    /// The teams whose `admin` tokens act for every team; where none is named, all do.
    pub operator_teams: BTreeSet<TeamId>,
}

/// What it is made of.
#[derive(Debug, Clone)]
pub struct AccessParts {
    /// Where tokens and sessions are kept.
    pub meta: Arc<dyn MetaStore>,
    /// Where it stands who logged in.
    pub log: Arc<dyn AuditLog>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Random bytes.
    pub randomness: Arc<dyn Randomness>,
    /// Who proves tokens in requests.
    pub tokens: Arc<dyn TokenDoor>,
    /// Who else says who people are, where somebody does.
    pub sign_on: Option<Arc<dyn SignOnDoor>>,
}

/// Whether somebody wants something, or a page that was left open asks on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asking {
    Person,
    Page,
}

/// Who looks at pages, and what they may see and do.
#[derive(Debug)]
pub struct Access {
    settings: AccessSettings,
    parts: AccessParts,
    cookies: Cookies,
    /// What forms hold of visitors whom nothing tells apart.
    form_secret: FormSecret,
    throttle: Throttle,
    logins: Logins,
    spent: Spent,
}

impl Access {
    /// For the site at this address.
    #[must_use]
    pub fn new(public_url: &Url, settings: AccessSettings, parts: AccessParts) -> Self {
        Self {
            settings,
            cookies: Cookies::of(public_url),
            form_secret: FormSecret::generate(&*parts.randomness),
            throttle: Throttle::default(),
            logins: Logins::default(),
            spent: Spent::default(),
            parts,
        }
    }

    /// Whether one has to log in.
    #[must_use]
    pub const fn is_required(&self) -> bool {
        self.settings.is_required
    }

    pub(crate) const fn cookies(&self) -> &Cookies {
        &self.cookies
    }

    pub(crate) fn sign_on(&self) -> Option<&dyn SignOnDoor> {
        self.parts.sign_on.as_deref()
    }

    /// Ends an attempt to sign on; `false` when it had ended before.
    pub(crate) fn spend(&self, key: &Key) -> bool {
        self.spent.spend(key.digest())
    }

    pub(crate) fn randomness(&self) -> &dyn Randomness {
        &*self.parts.randomness
    }

    /// Who sends a request with these headers. A token in it counts before a cookie, which a browser
    /// adds unasked.
    ///
    /// # Errors
    /// The answer for whoever may see no page: 401, or 503 where nobody can be looked up.
    pub async fn visitor(&self, headers: &HeaderMap) -> Result<Visitor, Response> {
        self.recognised(headers, Asking::Person).await
    }

    /// The same for what asks by itself, again and again: a session that nobody uses but a page left
    /// open ends all the same.
    ///
    /// # Errors
    /// As [`Self::visitor`].
    pub(crate) async fn onlooker(&self, headers: &HeaderMap) -> Result<Visitor, Response> {
        self.recognised(headers, Asking::Page).await
    }

    async fn recognised(&self, headers: &HeaderMap, asking: Asking) -> Result<Visitor, Response> {
        if !self.settings.is_required {
            return Ok(Visitor::new(Role::Admin, self.form_secret.clone()));
        }
        let presented = headers.get(header::AUTHORIZATION);
        if presented.is_none()
            && let Some(visitor) = self.holder(headers, asking).await.map_err(unavailable)?
        {
            return Ok(visitor);
        }
        let token = self.parts.tokens.token(headers).await?;
        let secret = FormSecret::of(presented.map_or(&[], |it| it.as_bytes()));
        let visitor = Visitor::new(self.role(&token), secret);
        Ok(visitor.called(self.name(&token).await.map_err(unavailable)?))
    }

    /// Who sends them by a session, where there is one that is worth something: looked up with each
    /// request, so that a token that is revoked or has expired, and a role that nobody is given any more,
    /// opens nothing from then on.
    pub(crate) async fn logged_in(
        &self,
        headers: &HeaderMap,
    ) -> Result<Option<Visitor>, StoreError> {
        self.holder(headers, Asking::Person).await
    }

    async fn holder(
        &self,
        headers: &HeaderMap,
        asking: Asking,
    ) -> Result<Option<Visitor>, StoreError> {
        let Some(key) = self.cookies.read(headers, Cookie::Session) else { return Ok(None) };
        let (digest, now) = (key.digest(), self.parts.clock.now());
        let Some(session) = self.parts.meta.session(&digest).await? else { return Ok(None) };
        let unused = now.since(session.used).unwrap_or_default();
        if now >= session.ends || unused >= self.settings.idle {
            return Ok(None);
        }
        let (role, name) = match &session.holder {
            Holder::Token(id) => {
                let token = self.parts.meta.token(id).await?.filter(|token| token.is_valid(now));
                let Some(token) = token else { return Ok(None) };
                (self.role(&token), self.name(&token).await?)
            }
            Holder::Person(person) => {
                if !self.sign_on().is_some_and(|door| door.still_gives(person)) {
                    return Ok(None);
                }
                (role_of(person), person.name.clone())
            }
        };
        if asking == Asking::Person {
            self.note_use(&digest, &session, unused).await;
        }
        let secret = FormSecret::of(key.reveal().as_bytes());
        Ok(Some(Visitor::new(role, secret).called(name).with_session()))
    }

    /// Whether a request with these headers opens what concerns every team.
    ///
    /// # Errors
    /// The answer for whoever may not.
    pub async fn admin(&self, headers: &HeaderMap) -> Result<(), Response> {
        if self.visitor(headers).await?.is_admin() {
            return Ok(());
        }
        let headers = [(header::CACHE_CONTROL, "no-store")];
        let text = "depaudit: this is for operators, whose tokens are of scope `admin`\n";
        Err((StatusCode::FORBIDDEN, headers, text).into_response())
    }

    async fn note_use(&self, digest: &Checksum, session: &Session, unused: Duration) {
        if unused < USE_NOTED {
            return;
        }
        if let Err(error) = self.parts.meta.session_used(digest, session.used.plus(unused)).await {
            // A disk that is full keeps nobody from reading; the session idles on.
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "a session's use was not noted");
        }
    }

    fn role(&self, token: &Token) -> Role {
        let operators = &self.settings.operator_teams;
        match token.scope {
            TokenScope::Read | TokenScope::Report => Role::Reader(token.team.clone()),
            TokenScope::Admin if operators.is_empty() || operators.contains(&token.team) => {
                Role::Admin
            }
            TokenScope::Admin => Role::Owner(token.team.clone()),
        }
    }

    /// What the record calls whoever holds a token: with a rotated one, nobody becomes another person.
    async fn name(&self, token: &Token) -> Result<String, StoreError> {
        if token.rotated_from.is_none() {
            return Ok(token.principal());
        }
        Ok(token.first_of(&self.parts.meta.tokens().await?).principal())
    }
}

fn role_of(person: &Person) -> Role {
    let team = person.team.clone();
    match person.role {
        PersonRole::Reader => Role::Reader(team),
        PersonRole::Owner => Role::Owner(team),
        PersonRole::Admin => Role::Admin,
    }
}

fn unavailable(error: StoreError) -> Response {
    let error = &error as &dyn std::error::Error;
    tracing::error!(error, "a visitor cannot be looked up");
    let headers = [(header::RETRY_AFTER, "5"), (header::CACHE_CONTROL, "no-store")];
    let text = "depaudit: tokens and sessions cannot be checked at the moment; try again shortly\n";
    (StatusCode::SERVICE_UNAVAILABLE, headers, text).into_response()
}

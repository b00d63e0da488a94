use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use depaudit_model::event::{Event, EventKind};
use depaudit_model::{
    AccessToken, Clock, Randomness, RequestId, TeamId, Timestamp, TokenId, TokenName, TokenScope,
};
use depaudit_store::{MetaStore, Record, Token};

use super::identity::{Identity, Unproven};
use super::issuer::Issuer;
use super::refusal::Refusal;
use super::settings::{IssuerSettings, LONGEST_LIFETIME};
use super::signature;
use crate::error::ProxyError;
use crate::metrics::{Metrics, ResultLabels, Word};
use crate::proxy::Parts;
use crate::record::Recorder;
use crate::upstream::client::UpstreamSetupError;

/// How often what has ended is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(60);
/// The longest principal on an event, in characters.
const LONGEST_PRINCIPAL: usize = 256;

/// Exchanges identity tokens of CI jobs for access tokens.
#[derive(Debug)]
pub(crate) struct TokenExchange {
    issuers: Vec<Arc<Issuer>>,
    recorder: Arc<Recorder>,
    meta: Arc<dyn MetaStore>,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    metrics: Metrics,
    forgot: Mutex<Option<Timestamp>>,
}

/// Who asks for an exchange, as far as the request tells.
#[derive(Debug)]
pub(super) struct Asker {
    pub(super) id: RequestId,
    pub(super) address: Option<IpAddr>,
    pub(super) user_agent: Option<String>,
}

/// What a job gets.
#[derive(Debug)]
pub(super) struct Granted {
    pub(super) token: AccessToken,
    pub(super) team: TeamId,
    pub(super) scope: TokenScope,
    pub(super) lifetime: Duration,
}

impl TokenExchange {
    /// `None` where no issuer is configured.
    pub(crate) fn new(
        settings: &[IssuerSettings],
        recorder: &Arc<Recorder>,
        parts: &Parts,
    ) -> Result<Option<Self>, UpstreamSetupError> {
        if settings.is_empty() {
            return Ok(None);
        }
        signature::use_ring();
        let issuer = |one: &IssuerSettings| Issuer::new(one.clone(), Arc::clone(&parts.clock));
        Ok(Some(Self {
            issuers: settings.iter().map(issuer).collect::<Result<_, _>>()?,
            recorder: Arc::clone(recorder),
            meta: Arc::clone(&parts.meta),
            clock: Arc::clone(&parts.clock),
            randomness: Arc::clone(&parts.randomness),
            metrics: parts.metrics.clone(),
            forgot: Mutex::default(),
        }))
    }

    /// Gives a token for an identity token.
    ///
    /// # Errors
    /// [`ProxyError::Identity`] whatever is wrong with it; [`ProxyError::Unavailable`] when its issuer
    /// cannot be asked, [`ProxyError::Store`] when this cannot be written down. An identity token is
    /// spent before its exchange is put on record: where that fails, another one is needed.
    pub(super) async fn exchange(
        &self,
        asker: Asker,
        jwt: Option<&str>,
    ) -> Result<Granted, ProxyError> {
        let refuse = |refusal| self.refuse(&asker.id, refusal, None);
        let jwt = jwt.ok_or_else(|| refuse(Refusal::Missing))?;
        let said = Unproven::read(jwt).map_err(refuse)?;
        let issuer = self.issuers.iter().find(|it| it.settings.issuer.as_str() == said.issuer);
        let issuer = issuer.ok_or_else(|| refuse(Refusal::Issuer))?;
        let key = issuer.key(&said.key_id).await.map_err(|_| {
            self.count("issuer-away");
            let host = issuer.settings.issuer.host();
            ProxyError::Unavailable(format!("the keys of {host} cannot be had at the moment"))
        })?;
        let key = key.ok_or_else(|| refuse(Refusal::NoKey))?;
        let now = self.clock.now();
        let identity = Identity::prove(jwt, &key, &issuer.settings, now).map_err(refuse)?;
        let principal = principal(issuer.settings.issuer.host(), &identity.subject);
        let refuse = |refusal| self.refuse(&asker.id, refusal, Some(&principal));
        let mapping = issuer.settings.mappings.iter().find(|it| it.matches(&identity.claims));
        let mapping = mapping.ok_or_else(|| refuse(Refusal::Unmapped))?;

        let lifetime = issuer.settings.lifetime.min(LONGEST_LIFETIME);
        let text = AccessToken::generate(&*self.randomness);
        let expires = now.plus(lifetime);
        let token = Token {
            id: TokenId::generate(&*self.randomness),
            team: mapping.team().clone(),
            scope: mapping.scope(),
            name: TokenName::of_subject(&identity.subject),
            created: now,
            expires: Some(expires),
            revoked: None,
            used: None,
            rotated_from: None,
        };
        let ends = identity.ends.max(expires);
        let spent = self.meta.spend_identity(&identity.digest, &token.id, ends).await;
        if !spent.map_err(unwritten)? {
            return Err(refuse(Refusal::Replayed));
        }
        // First: no token works that is not on record.
        self.recorder
            .write_always(vec![self.record(&token, &text, principal.clone(), &asker)])
            .await?;
        self.meta.add_token(&token, &text.digest()).await.map_err(unwritten)?;
        self.count("exchanged");
        tracing::info!(
            request = %asker.id, principal, team = %token.team, token = %token.id,
            "an identity was exchanged for a token"
        );
        Ok(Granted { token: text, team: token.team, scope: token.scope, lifetime })
    }

    /// Forgets what has ended, once a minute.
    pub(crate) async fn forget_ended(&self) {
        let now = self.clock.now();
        {
            let mut forgot = self.forgot.lock().unwrap_or_else(PoisonError::into_inner);
            if forgot.is_some_and(|when| now.since(when).is_some_and(|ago| ago < FORGOTTEN)) {
                return;
            }
            *forgot = Some(now);
        }
        if let Err(error) = self.meta.forget_exchanges(now).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "exchanges that have ended could not be forgotten");
        }
    }

    fn record(
        &self,
        token: &Token,
        text: &AccessToken,
        principal: String,
        asker: &Asker,
    ) -> Record {
        let client = self.recorder.client(asker.address, asker.user_agent.clone());
        let lifetime = token.expires.and_then(|end| end.since(token.created)).unwrap_or_default();
        let mut event = Event::new(EventKind::TokenExchanged, token.created).with_detail(&format!(
            "token {} {}, scope {}, for {} s, known by {}",
            token.id,
            token.name,
            token.scope,
            lifetime.as_secs(),
            Token::mark_of(&text.digest())
        ));
        event.team = Some(token.team.clone());
        event.principal = Some(principal);
        event.request_id = Some(asker.id.clone());
        event.client = Some(client.commitment());
        Record { event, client: Some(client) }
    }

    /// One answer for every reason; the log has the reason, and whom the token names once that is
    /// proven. The token itself is nowhere.
    fn refuse(&self, id: &RequestId, refusal: Refusal, proven: Option<&str>) -> ProxyError {
        self.count(refusal.as_str());
        let reason = refusal.as_str();
        tracing::info!(request = %id, reason, principal = proven, "an identity token is refused");
        ProxyError::Identity
    }

    fn count(&self, result: &'static str) {
        self.metrics.exchanges.get_or_create(&ResultLabels { result: Word(result) }).inc();
    }
}

/// The issuer's host and the subject, in one line of printable ASCII.
pub(super) fn principal(host: &str, subject: &str) -> String {
    let printable = |c: char| if c.is_ascii_graphic() { c } else { '_' };
    let subject: String = subject.chars().map(printable).collect();
    format!("{host} {subject}").chars().take(LONGEST_PRINCIPAL).collect()
}

fn unwritten(error: depaudit_store::StoreError) -> ProxyError {
    let error = &error as &dyn std::error::Error;
    tracing::error!(error, "an exchange of a token cannot be written down");
    ProxyError::Store("tokens cannot be made at the moment")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_input_53_a_subject_is_one_bounded_printable_line() {
        let told = principal("h.example", "repo:a/b\n{\"x\": \u{1b}[1m\u{e9}}");
        assert_eq!(told, "h.example repo:a/b_{\"x\":__[1m_}");
        assert_eq!(principal("h", &"x".repeat(9_999)).len(), LONGEST_PRINCIPAL);
    }
}

//! Who is asking: the token of a request, and the team that it opens.

mod presented;

pub(crate) use presented::authorization;

use std::sync::Arc;
use std::time::Duration;

use depaudit_model::{AccessToken, Checksum, Clock, RegistryName, TeamId, TokenScope};
use depaudit_store::{MetaStore, StoreError, Token};
use http::{HeaderMap, HeaderValue};
use quick_cache::sync::Cache;

use crate::error::ProxyError;
use crate::metrics::{Metrics, ReasonLabels, Word};
use crate::settings::{Authentication, Guarded, Settings};

/// What opens the index, and what is told of the record: whoever builds, and whoever scans and reports,
/// so that a CI job that does both needs one token. Downloads are for those who build.
pub(crate) const FACTS: [TokenScope; 2] = [TokenScope::Read, TokenScope::Report];

/// How many of the store's answers are kept, those about unknown tokens included.
const MOST_BELIEVED: usize = 4_096;
/// How exact a token's last use is: no request writes it more often.
const USE_NOTED: Duration = Duration::from_secs(60);

/// Proves principals. It looks only at digests, so that a token's text is nowhere beyond the request.
#[derive(Debug)]
pub(crate) struct Authenticator {
    mode: Authentication,
    guarded: Guarded,
    challenge: HeaderValue,
    meta: Arc<dyn MetaStore>,
    clock: Arc<dyn Clock>,
    metrics: Metrics,
    /// What the store said, and at which [version](MetaStore::token_version). It is believed while
    /// that stays: a revocation counts from the first request after its commit, whoever made it.
    believed: Cache<Checksum, (u64, Option<Token>)>,
}

impl Authenticator {
    pub(crate) fn new(
        settings: &Settings,
        meta: Arc<dyn MetaStore>,
        clock: Arc<dyn Clock>,
        metrics: Metrics,
    ) -> Self {
        Self {
            mode: settings.authentication,
            guarded: settings.guarded.clone(),
            challenge: presented::challenge(&settings.public_url),
            meta,
            clock,
            metrics,
            believed: Cache::new(MOST_BELIEVED),
        }
    }

    /// Whether a team's index and crates of a registry are for holders of a token alone: the strictest
    /// of what is said of all, of the team and of the registry.
    pub(crate) fn is_required(&self, team: &TeamId, registry: &RegistryName) -> bool {
        self.mode == Authentication::Required
            || self.guarded.teams.contains(team)
            || self.guarded.registries.contains(registry)
    }

    /// Whether anything at all needs a token.
    pub(crate) fn is_required_somewhere(&self) -> bool {
        self.mode == Authentication::Required || self.guarded != Guarded::default()
    }

    /// Who asks for something of `team` in `registry` that any scope in `wanted` opens: the token's id and name.
    /// `None` where no token is asked for; a token that comes all the same is not looked at.
    ///
    /// # Errors
    /// [`ProxyError::Unauthorized`] without a valid token, in the same words whatever is wrong with
    /// it: whoever guesses learns nothing. [`ProxyError::Forbidden`] when a valid token is another
    /// team's or of another scope. [`ProxyError::Store`] when it cannot be looked up.
    pub(crate) async fn principal(
        &self,
        headers: &HeaderMap,
        team: &TeamId,
        registry: &RegistryName,
        wanted: &[TokenScope],
    ) -> Result<Option<String>, ProxyError> {
        if !self.is_required(team, registry) {
            return Ok(None);
        }
        let token = self.opens(headers, team, wanted).await?;
        Ok(Some(token.principal()))
    }

    /// Who asks for something that concerns a team in every registry, as
    /// [`Authenticator::principal`], and the same for every token that one person's token was rotated
    /// into: with a new token, nobody becomes a second person. `None` where nothing at all needs a
    /// token.
    ///
    /// # Errors
    /// As [`Authenticator::principal`].
    pub(crate) async fn person(
        &self,
        headers: &HeaderMap,
        team: &TeamId,
        wanted: TokenScope,
    ) -> Result<Option<String>, ProxyError> {
        if !self.is_required_somewhere() {
            return Ok(None);
        }
        let token = self.opens(headers, team, &[wanted]).await?;
        let all = self
            .meta
            .tokens()
            .await
            .map_err(|_| ProxyError::Store("tokens cannot be checked at the moment"))?;
        Ok(Some(token.first_of(&all).principal()))
    }

    /// The token of a request, when it is valid and opens what one of `wanted` asks for of `team`.
    async fn opens(
        &self,
        headers: &HeaderMap,
        team: &TeamId,
        wanted: &[TokenScope],
    ) -> Result<Token, ProxyError> {
        let token = self.holder(headers).await?;
        if token.team != *team {
            self.count("other-team");
            return Err(ProxyError::Forbidden("this token is another team's"));
        }
        if !wanted.iter().any(|wanted| token.scope.opens(*wanted)) {
            self.count("other-scope");
            return Err(ProxyError::Forbidden("this token's scope does not open this"));
        }
        Ok(token)
    }

    /// The token of a request, when it is valid.
    pub(crate) async fn holder(&self, headers: &HeaderMap) -> Result<Token, ProxyError> {
        let token = match presented::token(headers) {
            Ok(Some(token)) => token,
            Ok(None) => return Err(self.unauthorized("missing")),
            // Its checksum is wrong: no store is asked.
            Err(_) => return Err(self.unauthorized("malformed")),
        };
        let Some(token) = self.find(&token).await? else {
            return Err(self.unauthorized("unknown"));
        };
        if !token.is_valid(self.clock.now()) {
            let reason = if token.revoked.is_some() { "revoked" } else { "expired" };
            return Err(self.unauthorized(reason));
        }
        Ok(token)
    }

    /// Looks a token up by its digest. How long that takes depends on the digest alone, which nobody
    /// can steer byte by byte without knowing a text that has it: nothing about a token leaks.
    async fn find(&self, token: &AccessToken) -> Result<Option<Token>, ProxyError> {
        let digest = token.digest();
        // Before the store is asked: what changes meanwhile makes the answer one of an older version.
        let version = self.meta.token_version().await.map_err(unchecked)?;
        if let Some((known, found)) = self.believed.get(&digest)
            && known == version
        {
            return Ok(found);
        }
        let found = self.meta.token_by_digest(&digest).await.map_err(unchecked)?;
        if let Some(found) = &found {
            self.note_use(found).await;
        }
        self.believed.insert(digest, (version, found.clone()));
        Ok(found)
    }

    /// Only of tokens that are known and valid: whoever guesses causes no write.
    async fn note_use(&self, token: &Token) {
        let now = self.clock.now();
        let recent =
            token.used.is_some_and(|used| now.since(used).is_none_or(|ago| ago < USE_NOTED));
        if recent || !token.is_valid(now) {
            return;
        }
        if let Err(error) = self.meta.token_used(&token.id, now).await {
            // It is a convenience of `token list`: no reason to refuse anybody.
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, token = %token.id, "a token's use was not noted");
        }
    }

    fn unauthorized(&self, reason: &'static str) -> ProxyError {
        self.count(reason);
        ProxyError::Unauthorized(self.challenge.clone())
    }

    fn count(&self, reason: &'static str) {
        let labels = ReasonLabels { reason: Word(reason) };
        self.metrics.refused_tokens.get_or_create(&labels).inc();
    }
}

fn unchecked(error: StoreError) -> ProxyError {
    let error = &error as &dyn std::error::Error;
    tracing::error!(error, "a token cannot be looked up");
    ProxyError::Store("tokens cannot be checked at the moment")
}

//! Tokens for a proxy under test.
#![allow(clippy::expect_used, reason = "a panic is the report of a test")]

use std::time::Duration;

use depaudit_model::{AccessToken, Clock, TokenId, TokenScope};
use depaudit_store::sqlite::SqliteMetaStore;
use depaudit_store::{MetaStore, Token};
use depaudit_testkit::CountingRandomness;

use crate::support::Service;

/// Makes a token that lasts for an hour, as a process of its own does.
pub(crate) async fn token(service: &Service, team: &str, scope: TokenScope) -> AccessToken {
    let randomness = CountingRandomness::default();
    let (text, now) = (AccessToken::generate(&randomness), service.clock.now());
    let token = Token {
        id: TokenId::generate(&randomness),
        team: team.parse().expect("a team"),
        scope,
        name: "ci".parse().expect("a name"),
        created: now,
        expires: Some(now.plus(Duration::from_secs(3_600))),
        revoked: None,
        used: None,
        rotated_from: None,
    };
    let store = SqliteMetaStore::open(service.folder()).expect("a meta store");
    store.add_token(&token, &text.digest()).await.expect("a token that is new");
    text
}

use std::sync::Arc;

use depaudit_model::{Checksum, TokenScope};
use depaudit_store::Token;

use crate::contract;
use crate::meta::{MetaPlace, Sqlite, at};

contract! {
    [
        bad_input_25_a_token_is_found_by_its_digest_and_revoked_once,
        another_process_s_revocation_changes_the_version_and_nothing_done_changes_nothing,
        a_rotated_token_ends_after_the_overlap_and_never_later_than_before,
        bad_input_47_an_identity_is_spent_once_by_whoever_comes_first_and_after_a_restart,
        exchanges_that_ended_are_forgotten_with_their_tokens,
    ]
    sqlite => Sqlite(tempfile::tempdir().unwrap()),
}

fn token(id: &str, created: i64) -> Token {
    Token {
        id: id.parse().unwrap(),
        team: "payments".parse().unwrap(),
        scope: TokenScope::Read,
        name: "ci".parse().unwrap(),
        created: at(created),
        expires: Some(at(1_000)),
        revoked: None,
        used: None,
        rotated_from: None,
    }
}

async fn bad_input_25_a_token_is_found_by_its_digest_and_revoked_once(place: &impl MetaPlace) {
    let store = place.open().await;
    let (ours, digest) = (token("00000000000a", 2), Checksum::of(b"the text"));
    store.add_token(&ours, &digest).await.unwrap();
    store.add_token(&token("00000000000b", 1), &Checksum::of(b"another")).await.unwrap();
    assert!(store.add_token(&token("00000000000c", 1), &digest).await.is_err(), "one owner each");
    let mut found_by = store.token_digests().await.unwrap();
    found_by.sort();
    let another = (token("00000000000b", 1).id, Checksum::of(b"another"));
    assert_eq!(found_by, [(ours.id.clone(), digest), another]);
    assert_eq!(store.token_by_digest(&digest).await.unwrap().unwrap(), ours);
    assert_eq!(store.token_by_digest(&Checksum::of(b"unknown")).await.unwrap(), None);
    store.token_used(&ours.id, at(5)).await.unwrap();
    store.token_used(&ours.id, at(4)).await.unwrap();
    // Another process has the store open meanwhile.
    let other = place.open().await;
    assert!(other.revoke_token(&ours.id, at(6)).await.unwrap());
    assert!(!other.revoke_token(&ours.id, at(7)).await.unwrap());
    let found = store.token_by_digest(&digest).await.unwrap().unwrap();
    assert_eq!((found.used, found.revoked), (Some(at(5)), Some(at(6))));
    assert!(!found.is_valid(at(6)));
    let ids: Vec<_> = store.tokens().await.unwrap().into_iter().map(|token| token.id).collect();
    assert_eq!(ids, ["00000000000b".parse().unwrap(), ours.id]);
}

async fn another_process_s_revocation_changes_the_version_and_nothing_done_changes_nothing(
    place: &impl MetaPlace,
) {
    let (store, other) = (place.open().await, place.open().await);
    let (ours, digest) = (token("00000000000a", 1), Checksum::of(b"the text"));
    let empty = store.token_version().await.unwrap();
    store.add_token(&ours, &digest).await.unwrap();
    let added = store.token_version().await.unwrap();
    assert_ne!(added, empty, "a write of its own counts, too");
    assert_eq!(store.token_by_digest(&digest).await.unwrap().unwrap(), ours);
    assert_eq!(store.token_version().await.unwrap(), added);
    other.revoke_token(&ours.id, at(2)).await.unwrap();
    let revoked = store.token_version().await.unwrap();
    assert!(revoked != added && revoked != empty, "{revoked}");
    assert!(!store.token_by_digest(&digest).await.unwrap().unwrap().is_valid(at(3)));
}

async fn a_rotated_token_ends_after_the_overlap_and_never_later_than_before(
    place: &impl MetaPlace,
) {
    let store = place.open().await;
    let (old, digest) = (token("00000000000a", 1), Checksum::of(b"old"));
    store.add_token(&old, &digest).await.unwrap();
    let new = |id| Token { rotated_from: Some(old.id.clone()), ..token(id, 2) };
    let first = new("00000000000b");
    assert!(store.rotate_token(&first, &Checksum::of(b"b"), at(10)).await.unwrap());
    let ended = store.token_by_digest(&digest).await.unwrap().unwrap();
    assert!(ended.is_valid(at(9)) && !ended.is_valid(at(10)));
    assert_eq!(store.token_by_digest(&Checksum::of(b"b")).await.unwrap().unwrap(), first);
    let second = new("00000000000c");
    assert!(store.rotate_token(&second, &Checksum::of(b"c"), at(500)).await.unwrap());
    let ended = store.token_by_digest(&digest).await.unwrap().unwrap();
    assert_eq!(ended.expires, Some(at(10)), "rotating again prolongs nothing");
    store.revoke_token(&old.id, at(3)).await.unwrap();
    let third = new("00000000000d");
    assert!(!store.rotate_token(&third, &Checksum::of(b"d"), at(10)).await.unwrap());
    assert_eq!(store.token_by_digest(&Checksum::of(b"d")).await.unwrap(), None);
}

async fn bad_input_47_an_identity_is_spent_once_by_whoever_comes_first_and_after_a_restart(
    place: &impl MetaPlace,
) {
    let (store, other) = (place.open().await, place.open().await);
    let (identity, token) = (Checksum::of(b"issuer and jti"), token("00000000000a", 1).id);
    let attempts = (0..40).map(|turn| {
        let (store, token) =
            (Arc::clone(if turn % 2 == 0 { &store } else { &other }), token.clone());
        tokio::spawn(async move { store.spend_identity(&identity, &token, at(10)).await.unwrap() })
    });
    let attempts: Vec<_> = attempts.collect();
    let mut won = 0;
    for attempt in attempts {
        won += usize::from(attempt.await.unwrap());
    }
    assert_eq!(won, 1);
    drop((store, other));
    let store = place.open().await;
    assert!(!store.spend_identity(&identity, &token, at(10)).await.unwrap());
    assert!(store.spend_identity(&Checksum::of(b"another"), &token, at(10)).await.unwrap());
}

async fn exchanges_that_ended_are_forgotten_with_their_tokens(place: &impl MetaPlace) {
    let store = place.open().await;
    let [made, ended, exchanged, rotated] =
        ["00000000000a", "00000000000b", "00000000000c", "00000000000d"].map(|id| token(id, 1));
    for (token, text) in [(&made, "made"), (&ended, "ended"), (&exchanged, "c"), (&rotated, "d")] {
        store.add_token(token, &Checksum::of(text.as_bytes())).await.unwrap();
    }
    for (token, ends) in [(&ended, 10), (&rotated, 10), (&exchanged, 11)] {
        let identity = Checksum::of(token.id.as_str().as_bytes());
        assert!(store.spend_identity(&identity, &token.id, at(ends)).await.unwrap());
    }
    let newer = Token { rotated_from: Some(rotated.id.clone()), ..token("00000000000e", 2) };
    assert!(store.rotate_token(&newer, &Checksum::of(b"e"), at(500)).await.unwrap());
    assert_eq!(store.forget_exchanges(at(10)).await.unwrap(), 2);
    let ids: Vec<_> = store.tokens().await.unwrap().into_iter().map(|token| token.id).collect();
    assert_eq!(ids, [made.id, exchanged.id, rotated.id, newer.id]);
    assert_eq!(store.forget_exchanges(at(10)).await.unwrap(), 0);
}

use depaudit_model::{Checksum, Timestamp};
use depaudit_store::{Holder, Person, PersonRole, Session};

use crate::contract;
use crate::meta::{MetaPlace, Sqlite, at};

contract! {
    [
        a_session_is_found_by_its_digest_until_it_is_ended,
        sessions_that_ended_or_idle_are_forgotten,
        one_holder_has_so_many_sessions_and_takes_none_from_others,
    ]
    sqlite => Sqlite(tempfile::tempdir().unwrap()),
}

fn of_token(id: &str, used: Timestamp) -> Session {
    let holder = Holder::Token(id.parse().unwrap());
    Session { holder, created: at(1), used, ends: at(1_000) }
}

fn of_person(name: &str) -> Session {
    let team = "payments".parse().unwrap();
    let person = Person { name: name.to_owned(), team, role: PersonRole::Owner };
    Session { holder: Holder::Person(person), created: at(1), used: at(1), ends: at(10) }
}

async fn a_session_is_found_by_its_digest_until_it_is_ended(place: &impl MetaPlace) {
    let store = place.open().await;
    let (one, two) = (Checksum::of(b"one"), Checksum::of(b"two"));
    let (token, person) = (of_token("00000000000a", at(1)), of_person("ann@example"));
    store.add_session(&token, &one).await.unwrap();
    store.add_session(&person, &two).await.unwrap();
    assert!(store.add_session(&token, &two).await.is_err(), "one holder each");
    store.session_used(&one, at(9)).await.unwrap();
    store.session_used(&one, at(8)).await.unwrap();
    // After a restart, and in another process.
    let other = place.open().await;
    assert_eq!(other.session(&one).await.unwrap(), Some(Session { used: at(9), ..token }));
    assert_eq!(other.session(&two).await.unwrap(), Some(person));
    assert!(other.end_session(&one).await.unwrap());
    assert!(!other.end_session(&one).await.unwrap());
    assert_eq!(store.session(&one).await.unwrap(), None);
}

async fn sessions_that_ended_or_idle_are_forgotten(place: &impl MetaPlace) {
    let store = place.open().await;
    let digest = |text: &str| Checksum::of(text.as_bytes());
    store.add_session(&of_person("ann"), &digest("ended")).await.unwrap();
    store.add_session(&of_token("00000000000a", at(5)), &digest("idle")).await.unwrap();
    store.add_session(&of_token("00000000000a", at(6)), &digest("kept")).await.unwrap();
    assert_eq!(store.forget_sessions(at(10), at(5)).await.unwrap(), 2);
    assert!(store.session(&digest("kept")).await.unwrap().is_some());
    assert_eq!(store.forget_sessions(at(10), at(5)).await.unwrap(), 0);
}

async fn one_holder_has_so_many_sessions_and_takes_none_from_others(place: &impl MetaPlace) {
    let store = place.open().await;
    let digest = |number: u32| Checksum::of(&number.to_be_bytes());
    let other = Checksum::of(b"another's");
    store.add_session(&of_token("00000000000b", at(0)), &other).await.unwrap();
    for number in 0..=Session::MOST {
        let used = at(i64::from(number) + 1);
        store.add_session(&of_token("00000000000a", used), &digest(number)).await.unwrap();
    }
    assert_eq!(store.session(&digest(0)).await.unwrap(), None, "used longest ago");
    assert!(store.session(&digest(1)).await.unwrap().is_some());
    assert!(store.session(&digest(Session::MOST)).await.unwrap().is_some());
    assert!(store.session(&other).await.unwrap().is_some());
}

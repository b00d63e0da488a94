//! What a person's session is worth, and until when.

use std::time::{Duration, SystemTime};

use depaudit_model::{Checksum, Timestamp};
use depaudit_store::sqlite::SqliteMetaStore;
use depaudit_store::{Holder, MetaStore, Person, PersonRole, Session};

use crate::issuer::Issuer;
use crate::site::{Site, sign_on};
use crate::visitor::Visitor;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
/// How long something may take that takes ten seconds.
const PATIENCE: Duration = Duration::from_secs(60);

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Timestamp::from_millis(since.as_millis().try_into().unwrap())
}

fn ann() -> Person {
    let team = "payments".parse().unwrap();
    Person { name: "127.0.0.1 person-7".to_owned(), team, role: PersonRole::Owner }
}

/// Somebody who signed on some time ago.
async fn seated(
    site: &Site,
    store: &SqliteMetaStore,
    times: (Timestamp, Timestamp, Timestamp),
) -> (Visitor, Checksum) {
    seat(site, store, ann(), times).await
}

/// The same for anybody.
async fn seat(
    site: &Site,
    store: &SqliteMetaStore,
    person: Person,
    (created, used, ends): (Timestamp, Timestamp, Timestamp),
) -> (Visitor, Checksum) {
    let cookie = Checksum::of(format!("{person:?} {created} {used} {ends}").as_bytes()).to_string();
    let digest = Checksum::of(cookie.as_bytes());
    let session = Session { holder: Holder::Person(person), created, used, ends };
    store.add_session(&session, &digest).await.unwrap();
    let mut visitor = Visitor::new(&site.server);
    visitor.cookies.insert("depaudit-session".to_owned(), cookie);
    (visitor, digest)
}

#[tokio::test]
async fn a_session_has_its_configured_lifetime_and_ends_with_it_or_when_nobody_uses_it() {
    let issuer = Issuer::start().await;
    let site = Site::start(&issuer, &["--session-lifetime", "3h", "--session-idle", "30m"]);
    let store = SqliteMetaStore::open(site.data.path()).unwrap();
    let (visitor, _) = sign_on(&site, &issuer).await;
    let digest = Checksum::of(visitor.cookies["depaudit-session"].as_bytes());
    let session = store.session(&digest).await.unwrap().unwrap();
    assert_eq!(session.holder, Holder::Person(ann()));
    assert_eq!(session.ends.since(session.created), Some(3 * HOUR));

    let now = now();
    let ago = |span| now.minus(span);
    for (what, times, status) in [
        ("in use", (ago(2 * HOUR), ago(29 * MINUTE), now.plus(HOUR)), 200),
        ("unused", (ago(2 * HOUR), ago(30 * MINUTE), now.plus(HOUR)), 303),
        ("over", (ago(3 * HOUR), ago(MINUTE), now), 303),
    ] {
        let (mut visitor, _) = seated(&site, &store, times).await;
        assert_eq!(visitor.get("/").await.status, status, "{what}");
    }
}

#[tokio::test]
async fn bad_input_50_a_session_is_worth_nothing_when_no_rule_gives_its_role_any_more() {
    let issuer = Issuer::start().await;
    let site = Site::start(&issuer, &[]);
    let store = SqliteMetaStore::open(site.data.path()).unwrap();
    let team = |name: &str| name.parse().unwrap();
    let name = |name: &str| name.to_owned();
    // The rules have an owner of payments and a reader of search.
    for (what, person, status) in [
        ("as a rule has it", ann(), 200),
        ("the other rule", Person { team: team("search"), role: PersonRole::Reader, ..ann() }, 200),
        ("a role that was taken back", Person { role: PersonRole::Admin, ..ann() }, 303),
        ("the role of another rule", Person { role: PersonRole::Reader, ..ann() }, 303),
        ("another team", Person { team: team("web"), ..ann() }, 303),
        ("another issuer", Person { name: name("id.example person-7"), ..ann() }, 303),
    ] {
        let times = (now().minus(HOUR), now().minus(MINUTE), now().plus(HOUR));
        let (mut visitor, _) = seat(&site, &store, person, times).await;
        assert_eq!(visitor.get("/").await.status, status, "{what}");
    }
}

#[tokio::test]
async fn a_page_that_follows_the_record_by_itself_is_no_use_of_a_session() {
    let issuer = Issuer::start().await;
    let site = Site::start(&issuer, &[]);
    let store = SqliteMetaStore::open(site.data.path()).unwrap();
    let now = now();
    let used = now.minus(10 * MINUTE);
    let ends = now.plus(Duration::from_secs(8));
    let (mut visitor, digest) = seated(&site, &store, (now.minus(HOUR), used, ends)).await;
    let noted = async || store.session(&digest).await.unwrap().unwrap().used;
    assert_eq!(visitor.get("/audit/live?reload=on").await.status, 200);
    assert_eq!(noted().await, used, "it loads itself again");
    let mut following = visitor.asks("/audit/live/events").send().await.unwrap();
    assert_eq!(following.status(), 200);
    // It is asked after five seconds and is welcome, and after ten it is not.
    let over = async { while following.chunk().await.unwrap().is_some() {} };
    tokio::time::timeout(PATIENCE, over).await.unwrap();
    assert_eq!(noted().await, used, "it asks on by itself");

    let ends = now.plus(HOUR);
    let (mut visitor, digest) = seated(&site, &store, (now.minus(HOUR), used, ends)).await;
    assert_eq!(visitor.get("/audit/live").await.status, 200);
    let noted = store.session(&digest).await.unwrap().unwrap().used;
    assert!(noted > used, "somebody asked for it");
}

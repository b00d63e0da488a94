//! What readers, owners and admins see.

use crate::client;
use crate::site::Site;

#[tokio::test]
async fn bad_input_26_a_reader_sees_what_teams_report_and_what_the_own_team_received() {
    let site = Site::guarded();
    for team in ["payments", "search"] {
        let url = format!("{}/t/{team}/crates-io/crates/foo/1.0.0/download", site.server.address);
        let token = site.token(team, "read");
        let answer = client::get(url).header("authorization", token).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    let mut ann = site.logged_in("payments", "read").await;
    let start = ann.get("/").await;
    assert!(start.text.contains("You see this as a reader of payments"), "{}", start.text);
    for path in
        ["/drift", "/overrides", "/api/v1/portfolio/drift", "/t/payments/why/foo", "/crate/foo"]
    {
        assert_eq!(ann.get(path).await.status, 200, "{path}");
    }
    site.verified();
    let lines = ann.get("/audit.jsonl?from=0").await.text;
    assert!(lines.contains("\"payments\"") && !lines.contains("\"search\""), "{lines}");
    for (path, status) in [
        ("/t/search/why/foo", 403),
        ("/audit?team=search", 403),
        ("/ledger/tile/entries/000.p/1", 403),
        ("/t/payments/crates-io/index/3/f/foo", 401),
    ] {
        assert_eq!(ann.get(path).await.status, status, "{path}");
    }
    // A session is for reading: what acts for a team takes its token.
    let request = client::new().post(format!("{}/api/v1/t/payments/reports", site.server.address));
    let session = format!("depaudit-session={}", ann.cookies["depaudit-session"]);
    assert_eq!(request.header("cookie", session).send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn an_admin_token_is_an_owners_where_the_operators_are_another_team() {
    let site = Site::start(&["--auth", "required", "--operator-team", "search"]);
    let mut owner = site.logged_in("payments", "admin").await;
    assert!(owner.get("/").await.text.contains("You see this as an owner of payments"));
    let mut admin = site.logged_in("search", "admin").await;
    assert!(admin.get("/").await.text.contains("You see this as an admin"));
    for (path, of_owner) in [
        ("/t/payments/why/foo", 200),
        ("/t/search/why/foo", 403),
        ("/audit?team=payments", 200),
        ("/ledger/tile/entries/000.p/1", 403),
    ] {
        assert_eq!(owner.get(path).await.status, of_owner, "{path}");
        assert_eq!(admin.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn bad_input_26_that_a_crate_was_seen_here_is_not_told_to_a_team_that_never_asked_for_it() {
    let site = Site::guarded();
    let receives = async |team: &str| {
        let url = format!("{}/t/{team}/crates-io/crates/foo/1.0.0/download", site.server.address);
        let token = site.token(team, "read");
        client::get(url).header("authorization", token).send().await.unwrap().status()
    };
    assert_eq!(receives("search").await, 200);
    let mut ann = site.logged_in("payments", "read").await;
    let mut boss = site.logged_in("payments", "admin").await;
    let path = "/incident.json?of=foo%401.0.0";
    let told = |text: &str| text.contains("first-seen") || text.contains("\"first_seen\":{");
    assert!(told(&boss.get(path).await.text));
    let asked = ann.get(path).await;
    assert!(!told(&asked.text), "{}", asked.text);
    assert_eq!(receives("payments").await, 200);
    assert!(told(&ann.get(path).await.text));
}

#[tokio::test]
async fn bad_input_26_nor_to_a_team_that_was_refused_it() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("depaudit.toml");
    std::fs::write(&policy, "[door]\ncontact = 'ann'\n").unwrap();
    let site = Site::start(&["--auth", "required", "--policy", policy.to_str().unwrap()]);
    let receives = async |team: &str| {
        let url = format!("{}/t/{team}/crates-io/crates/foo/1.0.0/download", site.server.address);
        let token = site.token(team, "read");
        client::get(url).header("authorization", token).send().await.unwrap().status()
    };
    assert_eq!(receives("search").await, 200);
    std::fs::write(&policy, "[[door.deny]]\npackage = 'foo'\nreason = 'it leaks'\n").unwrap();
    site.server.signal("-HUP");
    let begun = std::time::Instant::now();
    while receives("search").await != 403 {
        assert!(begun.elapsed().as_secs() < 20, "the policy never changed");
    }
    assert_eq!(receives("payments").await, 403);
    let mut ann = site.logged_in("payments", "read").await;
    let asked = ann.get("/incident.json?of=foo%401.0.0").await.text;
    assert!(asked.contains("\"deny\""), "{asked}");
    assert!(!asked.contains("first-seen") && !asked.contains("\"first_seen\":{"), "{asked}");
}

//! The forms of the policy's pages.

use super::{House, client};

pub(super) const POLICY: &str = "\
[door]
two-person-waivers = true
longest-waiver-days = 30
[[door.deny]]
package = 'foo'
version = '>=1.1'
reason = 'it leaks'
";

pub(super) const NEW: &str = "/policy/waivers/new";
pub(super) const WAITING: &str = "/policy/queue/crates-io/foo/1.1.0";

/// What was answered.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) location: Option<String>,
    pub(super) page: String,
}

impl Answer {
    pub(super) async fn of(request: reqwest::RequestBuilder) -> Self {
        let answer = request.send().await.unwrap();
        let location = answer.headers().get("location");
        Self {
            status: answer.status().as_u16(),
            location: location.map(|it| it.to_str().unwrap().to_owned()),
            page: answer.text().await.unwrap(),
        }
    }
}

#[tokio::test]
async fn where_nobody_says_who_they_are_the_pages_change_nothing_and_say_why() {
    let house = House::start(POLICY, &[]);
    let path = "/t/payments/crates-io/crates/foo/1.1.0/download";
    let answer = client::get(format!("{}{path}", house.server.address)).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 403);
    let page = house.page(WAITING).await;
    assert!(page.contains("`depaudit waiver` does the same"), "{page}");
    assert!(!page.contains("method=\"post\" action=\"/policy"), "{page}");
    assert_eq!(crate::get(&house.server, NEW).await.0, 403);
    for origin in ["https://evil.example", &house.server.address] {
        let request = client::new().post(format!("{}{NEW}", house.server.address));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let body = "crate=foo&version=*&team=payments&owner=a&reason=b&expires=2099-01-01";
        let sent = Answer::of(request.header("origin", origin).body(body)).await;
        assert_eq!(sent.status, 403, "{origin}: {}", sent.page);
    }
    assert_eq!(house.page("/policy/waivers.json").await, "[]");
}

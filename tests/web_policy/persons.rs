//! Waivers asked for, granted and ended on the pages, by people with tokens of their own.

use std::process::Command;

use serde_json::Value;

use super::forms::{Answer, NEW, POLICY, WAITING};
use super::{House, client};

/// Somebody with a token.
struct Person<'h> {
    house: &'h House,
    token: String,
}

impl House {
    /// One where nobody does anything without a token; owners act for their own team alone.
    fn guarded() -> Self {
        let more = ["--auth", "required", "--team", "search", "--operator-team", "platform"];
        Self::start(POLICY, &[&more[..], &["--team", "platform"]].concat())
    }

    fn person(&self, team: &str, scope: &str, name: &str) -> Person<'_> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_depaudit"));
        command.args(["token", "create", "--team", team, "--scope", scope, "--name", name]);
        let output = command.arg("--data").arg(self.data.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Person { house: self, token: String::from_utf8(output.stdout).unwrap().trim().to_owned() }
    }
}

impl Person<'_> {
    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.house.server.address)
    }

    async fn open(&self, path: &str) -> Answer {
        Answer::of(client::get(self.url(path)).header("authorization", &self.token)).await
    }

    /// What this person's own pages hold.
    async fn secret(&self) -> String {
        let page = self.open(NEW).await.page;
        let (_, rest) = page.split_once("name=\"form-secret\" value=\"").unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    }

    async fn send_from(
        &self,
        origin: &str,
        secret: &str,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Answer {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields).append_pair("form-secret", secret);
        let request = client::new().post(self.url(path)).header("authorization", &self.token);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        Answer::of(request.header("origin", origin).body(form.finish())).await
    }

    async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let secret = self.secret().await;
        self.send_from(&self.house.server.address, &secret, path, fields).await
    }

    async fn download(&self) -> u16 {
        self.open("/t/payments/crates-io/crates/foo/1.1.0/download").await.status
    }

    async fn list(&self, path: &str) -> Value {
        serde_json::from_str(&self.open(path).await.page).unwrap()
    }

    /// The waiver that ends first.
    async fn waiver(&self) -> Value {
        self.list("/policy/waivers.json").await[0].clone()
    }

    async fn propose(&self) -> String {
        let sent = self.send(NEW, &fields("foo", &day(9))).await;
        assert_eq!(sent.status, 303, "{}", sent.page);
        assert_eq!(sent.location.as_deref(), Some("/policy/waivers"));
        self.waiver().await["id"].as_str().unwrap().to_owned()
    }
}

/// So many days from now, as a browser's field for days has it.
fn day(days: u64) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let then = now.as_millis() + u128::from(days) * 24 * 60 * 60 * 1_000;
    let then = depaudit_model::Timestamp::from_millis(i64::try_from(then).unwrap());
    depaudit_policy::Day::of(then).to_string()
}

fn fields<'f>(name: &'f str, expires: &'f str) -> [(&'f str, &'f str); 5] {
    [
        ("crate", name),
        ("version", "=1.1.0"),
        ("owner", "ann"),
        ("reason", "a release tonight"),
        ("expires", expires),
    ]
}

#[tokio::test]
async fn two_persons_let_a_release_through_on_the_pages_and_one_of_them_ends_it() {
    let house = House::guarded();
    let (ann, bob) =
        (house.person("payments", "admin", "ann"), house.person("payments", "admin", "bob"));
    assert_eq!(ann.download().await, 403);
    let waiting = ann.open(WAITING).await.page;
    let (_, link) = waiting.split_once(&format!("href=\"{NEW}?")).unwrap();
    let link = link.split_once('"').unwrap().0.replace("&#38;", "&");
    let form = ann.open(&format!("{NEW}?{link}")).await.page;
    assert!(form.contains("value=\"=1.1.0\"") && form.contains("value=\"foo\""), "{form}");
    assert!(!form.contains("name=\"team\""), "an owner's team is not asked for: {form}");
    assert!(
        form.contains("name=\"lifts\" type=\"text\" value=\"denied\""),
        "what refused it: {form}"
    );
    assert!(form.contains("every rule but checksum and upstream-changed"), "{form}");

    let id = ann.propose().await;
    assert_eq!(ann.waiver().await["state"], "proposed");
    let page = format!("/policy/waiver/{id}");
    let shown = ann.open(&page).await.page;
    assert!(shown.contains("another person has to grant it"), "{shown}");
    assert!(shown.contains("<dt>Lifts</dt><dd>every rule but checksum and upstream-changed</dd>"));
    let alone = ann.send(&format!("{page}/grant"), &[]).await;
    assert_eq!(alone.status, 409);
    assert!(alone.page.contains("second person"), "{}", alone.page);
    assert_eq!(ann.download().await, 403);

    assert!(bob.open(&page).await.page.contains("Grant it"));
    let granted = bob.send(&format!("{page}/grant"), &[]).await;
    assert_eq!((granted.status, granted.location.as_deref()), (303, Some("/policy/waivers")));
    assert_eq!(bob.waiver().await["state"], "in-force");
    assert_eq!(ann.download().await, 200, "at once");

    let unsaid = ann.send(&format!("{page}/end"), &[("reason", " ")]).await;
    assert_eq!(unsaid.status, 422);
    assert!(unsaid.page.contains("aria-describedby=\"wrong-reason\""), "{}", unsaid.page);
    let ended = ann.send(&format!("{page}/end"), &[("reason", "it is mended")]).await;
    assert_eq!(ended.status, 303, "{}", ended.page);
    assert_eq!(ann.waiver().await["ended_for"], "it is mended");
    assert_eq!(ann.download().await, 403);
    // Sent a second time, it says so and changes nothing.
    assert_eq!(ann.send(&format!("{page}/end"), &[("reason", "again")]).await.status, 409);

    let admin = house.person("platform", "admin", "lee");
    let record = admin.open("/audit.jsonl").await.page;
    for kind in ["waiver-proposed", "waiver-granted", "waiver-ended"] {
        assert_eq!(record.matches(&format!("\"{kind}\"")).count(), 1, "{kind}: {record}");
    }
}

#[tokio::test]
async fn what_was_typed_stays_and_what_is_wrong_stands_beside_its_field() {
    let house = House::guarded();
    let ann = house.person("payments", "admin", "ann");
    let hostile = "\"><img src=x onerror=alert(1)>";
    let (far, soon) = (day(90), day(5));
    let cases: [(&str, &[(&str, &str)]); 5] = [
        ("crate", &[("owner", "ann"), ("reason", "x"), ("expires", &soon)]),
        ("version", &[("crate", "foo"), ("version", hostile), ("owner", "a"), ("reason", "b")]),
        ("advisory", &[("crate", "foo"), ("version", "*"), ("advisory", "RUSTSEC-2026-0001")]),
        ("link", &[("crate", "foo"), ("version", "*"), ("link", "javascript:alert(1)")]),
        ("expires", &fields("foo", &far)),
    ];
    for (field, typed) in cases {
        let sent = ann.send(NEW, typed).await;
        assert_eq!(sent.status, 422, "{field}: {}", sent.page);
        assert!(sent.page.contains(&format!("id=\"wrong-{field}\"")), "{field}: {}", sent.page);
        assert!(!sent.page.contains("<img"), "{field}: {}", sent.page);
        for (_, value) in typed.iter().filter(|(_, value)| !value.contains('<')) {
            assert!(sent.page.contains(&format!("value=\"{value}\"")), "{value}: {}", sent.page);
        }
    }
    assert!(ann.waiver().await.is_null(), "nothing was changed");
}

#[tokio::test]
async fn what_a_waiver_lifts_is_named_by_rules_and_proof_is_none_of_them() {
    let house = House::guarded();
    let ann = house.person("payments", "admin", "ann");
    let soon = day(3);
    let lifting = |lifts| [&fields("foo", &soon)[..], &[("lifts", lifts)]].concat();
    for (lifts, told) in [("checksum", "never pass"), ("licences", "no rule at the door is called")]
    {
        let sent = ann.send(NEW, &lifting(lifts)).await;
        assert_eq!(sent.status, 422, "{lifts}");
        assert!(
            sent.page.contains("id=\"wrong-lifts\"") && sent.page.contains(told),
            "{}",
            sent.page
        );
    }
    assert_eq!(ann.send(NEW, &lifting("upstream-changed, size")).await.status, 303);
    let lifts = serde_json::json!(["upstream-changed", "size"]);
    assert_eq!(ann.waiver().await["release"]["lifts"], lifts);
    let list = ann.open("/policy/waivers").await.page;
    assert!(list.contains("upstream-changed, size"), "{list}");
}

#[tokio::test]
async fn bad_input_50_what_another_site_sends_changes_nothing() {
    let house = House::guarded();
    let (ann, bob) =
        (house.person("payments", "admin", "ann"), house.person("payments", "admin", "bob"));
    let id = ann.propose().await;
    let grant = format!("/policy/waiver/{id}/grant");
    let (own, of_ann) = (bob.secret().await, ann.secret().await);
    let here = &house.server.address;
    for (origin, secret) in
        [("https://evil.example", &own), ("null", &own), (here, &of_ann), (here, &String::new())]
    {
        let sent = bob.send_from(origin, secret, &grant, &[]).await;
        assert_eq!(sent.status, 403, "{origin} {}", sent.page);
        let sent = bob.send_from(origin, secret, NEW, &fields("bar", &day(3))).await;
        assert_eq!(sent.status, 403, "{origin} {}", sent.page);
    }
    // Nobody acts by following a link.
    assert_eq!(bob.open(&grant).await.status, 405);
    let waivers = bob.list("/policy/waivers.json").await;
    assert_eq!(waivers.as_array().unwrap().len(), 1, "{waivers}");
    assert_eq!(waivers[0]["state"], "proposed", "{waivers}");
}

#[tokio::test]
async fn readers_and_other_teams_see_no_form_and_change_nothing() {
    let house = House::guarded();
    let (ann, eve) =
        (house.person("payments", "admin", "ann"), house.person("search", "admin", "eve"));
    let reader = house.person("payments", "read", "ci");
    assert_eq!(ann.download().await, 403);
    let id = ann.propose().await;
    let page = format!("/policy/waiver/{id}");

    let seen = reader.open(&page).await;
    assert_eq!(seen.status, 200);
    assert!(!seen.page.contains("method=\"post\" action=\"/policy"), "{}", seen.page);
    assert!(seen.page.contains("an owner of the team, or an admin, does"), "{}", seen.page);
    let queue = reader.open("/policy/queue").await.page;
    assert!(queue.contains("An owner of the team, or an admin, lets each through"), "{queue}");
    assert_eq!(reader.open(NEW).await.status, 403);
    // Another team's waivers and refusals are none of theirs.
    assert_eq!(eve.open(&page).await.status, 404);
    assert_eq!(eve.open(WAITING).await.status, 404);
    assert_eq!(eve.send(&format!("{page}/grant"), &[]).await.status, 404);
    assert_eq!(eve.send(&format!("{WAITING}/dismiss"), &[("reason", "x")]).await.status, 404);
    assert_eq!(ann.waiver().await["state"], "proposed");
}

#[tokio::test]
async fn an_admin_acts_for_a_team_that_is_served_and_dismisses_what_waits() {
    let house = House::guarded();
    let (ann, lee) =
        (house.person("payments", "admin", "ann"), house.person("platform", "admin", "lee"));
    assert_eq!(ann.download().await, 403);
    let mut of_nobody = fields("foo", "").to_vec();
    let soon = day(3);
    of_nobody[4].1 = &soon;
    of_nobody.push(("team", "nobody"));
    let sent = lee.send(NEW, &of_nobody).await;
    assert_eq!(sent.status, 422);
    assert!(sent.page.contains("no team is called nobody here"), "{}", sent.page);
    let last = of_nobody.last_mut().unwrap();
    *last = ("team", "payments");
    assert_eq!(lee.send(NEW, &of_nobody).await.status, 303);
    assert_eq!(ann.waiver().await["team"], "payments");

    let dismissed = lee.send(&format!("{WAITING}/dismiss"), &[("reason", "use 1.0")]).await;
    assert_eq!((dismissed.status, dismissed.location.as_deref()), (303, Some("/policy/queue")));
    assert_eq!(lee.list("/policy/queue.json").await["of"], 0);
}

#[tokio::test]
async fn an_owner_takes_out_what_waits_for_the_own_team_and_is_told_of_no_other() {
    let house = House::guarded();
    let (ann, eve) =
        (house.person("payments", "admin", "ann"), house.person("search", "admin", "eve"));
    assert_eq!(ann.download().await, 403);
    let own = eve.open("/t/search/crates-io/crates/foo/1.1.0/download").await;
    assert_eq!(own.status, 403);
    let (mine, hers) = (ann.list("/policy/queue.json").await, eve.list("/policy/queue.json").await);
    for (queue, team) in [(&mine, "payments"), (&hers, "search")] {
        assert_eq!(queue["of"], 1);
        let row = &queue["waiting"][0];
        assert_eq!((&row["times"], &row["teams"][0]), (&1.into(), &team.into()), "{queue}");
    }
    let lee = house.person("platform", "admin", "lee");
    let all = lee.list("/policy/queue.json").await;
    assert_eq!((&all["of"], &all["waiting"][0]["times"]), (&1.into(), &2.into()), "{all}");
    let sent = eve.send(&format!("{WAITING}/dismiss"), &[("reason", "not for us")]).await;
    assert_eq!((sent.status, sent.location.as_deref()), (303, Some("/policy/queue")));
    assert_eq!(eve.list("/policy/queue.json").await["of"], 0);
    assert_eq!(ann.list("/policy/queue.json").await["of"], 1, "the other team goes on waiting");
    let all = lee.list("/policy/queue.json").await;
    assert_eq!(all["waiting"][0]["teams"], serde_json::json!(["payments"]), "{all}");
    let sent = lee.send(&format!("{WAITING}/dismiss"), &[("reason", "use 1.0")]).await;
    assert_eq!(sent.status, 303);
    assert_eq!(ann.list("/policy/queue.json").await["of"], 0, "an admin dismisses it for all");
}

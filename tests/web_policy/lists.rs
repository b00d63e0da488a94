use std::process::Command;

use serde_json::Value;

use super::{House, client};

/// `foo` 1.1 is refused; the rest of `foo` would be, as its name is kept.
const POLICY: &str = "\
internal-packages = ['foo']
[door]
[[door.rule]]
rule = 'internal-name'
mode = 'dry-run'
[[door.deny]]
package = 'foo'
version = '>=1.1'
reason = '=1+1 <script>alert(1)</script>'
";

/// What somebody may write who knows that people open tables with a spreadsheet.
const HOSTILE: &str = "=HYPERLINK(\"https://evil.example\") <img src=x onerror=alert(1)>";

async fn download(house: &House, version: &str) -> u16 {
    let path = format!("/t/payments/crates-io/crates/foo/{version}/download");
    let answer = client::get(format!("{}{path}", house.server.address)).send().await.unwrap();
    let status = answer.status().as_u16();
    answer.bytes().await.unwrap();
    status
}

fn waiver(house: &House, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_depaudit"));
    let command = command.arg("waiver").args(arguments).arg("--data").arg(house.data.path());
    let output = command.arg("--policy").arg(house.policy()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn add(house: &House, of: &str, days: &str, reason: &str) -> String {
    let told = waiver(
        house,
        &["add", of, "--team", "payments", "--owner", "ann", "--reason", reason, "--expires", days],
    );
    told.split_whitespace().nth(1).unwrap().to_owned()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn what_was_refused_waits_for_a_review_until_a_waiver_lets_it_through() {
    let house = House::start(POLICY, &[]);
    assert!(house.page("/policy/queue").await.contains("Nothing waits"));
    assert_eq!(download(&house, "1.1.0").await, 403);
    let page = house.page("/policy/queue").await;
    assert!(page.contains("/policy/queue/crates-io/foo/1.1.0"), "{page}");
    assert!(page.contains("/policy/rule/denied"), "{page}");
    let one = house.page("/policy/queue/crates-io/foo/1.1.0").await;
    assert!(one.contains("why: =1+1 &#60;script&#62;"), "the refusal, whole: {one}");
    assert!(one.contains("/t/payments/crates-io/why/foo/1.1.0"), "{one}");
    let export = json(&house.page("/policy/queue.json").await);
    assert_eq!((&export["of"], &export["waiting"][0]["rule"]), (&1.into(), &"denied".into()));
    let overview = house.page("/").await;
    assert!(overview.contains("1 refused release waits for a review"), "{overview}");

    add(&house, "foo@1.1.0", "9d", "a release tonight");
    let page = house.page("/policy/queue").await;
    assert!(page.contains("Nothing waits"), "{page}");
    assert!(house.page("/").await.contains("1 waiver ends within 14 days"));
}

#[tokio::test]
async fn waivers_stand_by_expiry_with_what_they_stand_at() {
    let house = House::start(POLICY, &[]);
    assert!(house.page("/policy/waivers").await.contains("depaudit waiver add"));
    let long = add(&house, "foo@1.1.0", "60d", "long");
    let soon = add(&house, "bar@^2", "5d", "soon");
    let over = add(&house, "baz@1.0.0", "5d", "over");
    waiver(&house, &["end", &over, "--reason", "it is mended"]);
    let listed = json(&house.page("/policy/waivers.json").await);
    let ids: Vec<_> = listed.as_array().unwrap().iter().map(|it| it["id"].clone()).collect();
    assert_eq!(ids, [soon.as_str(), &long, &over]);
    let states: Vec<_> = listed.as_array().unwrap().iter().map(|it| it["state"].clone()).collect();
    assert_eq!(states, ["in-force", "in-force", "ended"]);
    let page = house.page("/policy/waivers").await;
    assert!(page.contains("in force, ends in 5 days"), "{page}");
    let one = house.page(&format!("/policy/waiver/{over}")).await;
    assert!(one.contains("it is mended") && one.contains("local:"), "{one}");
    assert_eq!(crate::get(&house.server, "/policy/waiver/0000000000").await.0, 404);
}

#[tokio::test]
async fn a_proposed_waiver_waits_for_its_second_person() {
    let policy = POLICY.replace("[door]\n", "[door]\ntwo-person-waivers = true\n");
    let house = House::start(&policy, &[]);
    let id = add(&house, "foo@1.1.0", "9d", "a release tonight");
    let page = house.page(&format!("/policy/waiver/{id}")).await;
    assert!(page.contains("waits for another person"), "{page}");
    assert!(house.page("/").await.contains("1 waiver waits for a second person"));
}

#[tokio::test]
async fn a_dry_run_shows_what_switching_it_on_would_stop() {
    let house = House::start(POLICY, &[]);
    assert!(house.page("/policy/dry-run").await.contains("Nothing on record passed"));
    assert_eq!(download(&house, "1.0.0").await, 200);
    assert_eq!(download(&house, "1.0.0").await, 200);
    // Another rule refuses it, so it is no effect of the dry run.
    assert_eq!(download(&house, "1.1.0").await, 403);
    let page = house.page("/policy/dry-run").await;
    assert!(page.contains("In dry run now") && page.contains("foo@1.0.0"), "{page}");
    assert!(!page.contains("foo@1.1.0"), "{page}");
    assert!(page.contains("Counted over the whole record, since <time>"), "{page}");
    assert!(page.contains("depaudit policy replay --policy"), "{page}");
    let narrowed = house.page("/policy/dry-run?rule=internal-name&team=payments").await;
    assert!(narrowed.contains("foo@1.0.0") && narrowed.contains("Show all"), "{narrowed}");
    let other = house.page("/policy/dry-run?rule=licence").await;
    assert!(other.contains("None is like that"), "{other}");
    let export = json(&house.page("/policy/dry-run.json").await);
    let row = &export["rows"][0];
    assert_eq!((&row["rule"], &row["downloads"]), (&"internal-name".into(), &2.into()), "{export}");
    assert_eq!(export["cut"], false);
}

#[tokio::test]
async fn bad_input_45_and_46_reasons_are_shown_as_text_and_are_no_formulas_in_tables() {
    let house = House::start(POLICY, &[]);
    assert_eq!(download(&house, "1.1.0").await, 403);
    let id = add(&house, "bar@^2", "5d", HOSTILE);
    let one = format!("/policy/waiver/{id}");
    for path in ["/policy/waivers", &one, "/policy/queue", "/policy/queue/crates-io/foo/1.1.0"] {
        let page = house.page(path).await;
        assert!(!page.contains("<img") && !page.contains("<script"), "{path}: {page}");
    }
    let table = house.page("/policy/waivers.csv").await;
    assert!(table.contains("\"'=HYPERLINK("), "{table}");
    assert!(!table.contains(",=") && !table.contains(",\"="), "{table}");
    let table = house.page("/policy/queue.csv").await;
    assert!(!table.contains(",=") && !table.contains(",\"="), "{table}");
}

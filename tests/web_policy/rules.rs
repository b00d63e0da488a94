use depaudit_testkit::FakeUpstream;
use serde_json::Value;

use super::{House, line};
use crate::server::{Server, get};

const POLICY: &str = "\
[levels]
OVR02 = 'warn'
[[level]]
rule = 'OVR02'
package = 'aws-*'
level = 'deny'
[door]
licences = ['MIT']
[[door.rule]]
rule = 'licence'
mode = 'dry-run'
[[door.rule]]
rule = 'licence'
team = 'payments'
mode = 'off'
[[door.deny]]
package = 'foo'
version = '>=1.1'
reason = '<img src=x onerror=alert(1)> leaks'
";

#[tokio::test]
async fn what_is_in_force_is_shown_with_the_line_that_says_so() {
    let house = House::start(POLICY, &[]);
    let file = house.policy();
    let page = house.page("/policy").await;
    assert!(page.contains("dry run, refuses; for payments: off"), "{page}");
    assert!(page.contains(&line(&file, 10)), "the mode's line: {page}");
    assert!(page.contains(&line(&file, 2)), "the level's line: {page}");
    assert!(page.contains("warn, elsewhere otherwise"), "{page}");
    // What denies has no line about how: the block itself decides.
    assert!(page.contains(&line(&file, 16)), "the denying block's line: {page}");
    assert!(page.contains(&format!("{}8; {}13", line(&file, 10), line(&file, 8))), "both: {page}");
    assert!(page.contains("href=\"/policy/rule/licence\""), "{page}");
    assert!(page.contains("href=\"/policy/rule/OVR02\""), "{page}");
    assert!(page.contains("In force since"), "{page}");

    let denied = house.page("/policy/rule/denied").await;
    assert!(denied.contains(&line(&file, 16)), "{denied}");
    assert!(denied.contains("<h2>How to fix it</h2>"), "{denied}");
    let licence = house.page("/policy/rule/licence").await;
    assert!(licence.contains("payments") && licence.contains(&line(&file, 13)), "{licence}");
    let scan = house.page("/policy/rule/OVR02").await;
    assert!(scan.contains("patch-git-unpinned") && scan.contains("decides"), "{scan}");
    assert!(scan.contains("is about other packages or another team"), "{scan}");
    // By its name as well, which is what people write.
    assert_eq!(house.page("/policy/rule/patch-git-unpinned").await, scan);
    assert_eq!(get(&house.server, "/policy/rule/no-such-rule").await.0, 404);

    let rules: Value = serde_json::from_str(&house.page("/policy/door.json").await).unwrap();
    let licence = rules.as_array().unwrap().iter().find(|it| it["rule"] == "licence").unwrap();
    assert_eq!(licence["mode"], "dry-run", "{licence}");
    assert_eq!(licence["goes_by"][0]["place"]["line"], 8, "{licence}");
    let levels: Value = serde_json::from_str(&house.page("/policy/scan.json").await).unwrap();
    let level = levels.as_array().unwrap().iter().find(|it| it["code"] == "OVR02").unwrap();
    assert_eq!((&level["level"], &level["differs"]), (&"warn".into(), &true.into()), "{level}");
    assert!(house.page("/policy/scan.csv").await.starts_with("code,name,group,"));
}

#[tokio::test]
async fn bad_input_45_a_reason_of_the_policy_is_shown_and_never_obeyed() {
    let house = House::start(POLICY, &[]);
    for path in ["/policy", "/policy/rule/denied"] {
        let page = house.page(path).await;
        assert!(!page.contains("<img"), "{path}: {page}");
        assert!(page.contains("&#60;img src=x onerror=alert(1)&#62; leaks"), "{path}");
    }
}

#[tokio::test]
async fn a_policy_that_cannot_be_used_is_said_where_the_old_one_stands() {
    let house = House::start(POLICY, &[]);
    std::fs::write(house.policy(), "[door]\nlicences = ['none of them']\n").unwrap();
    let page = house.until("/policy", "The newest policy cannot be used").await;
    assert!(page.contains("the SPDX identifier of one licence"), "why: {page}");
    assert!(page.contains("dry run, refuses"), "the old one stays: {page}");
}

#[tokio::test]
async fn without_a_policy_the_page_says_how_to_begin() {
    let (data, upstream) = (tempfile::tempdir().unwrap(), FakeUpstream::start());
    let server = Server::start(data.path(), &upstream, &[]);
    let (status, page) = get(&server, "/policy").await;
    assert_eq!(status, 200);
    assert!(page.contains("No policy is given to this server"), "{page}");
    assert!(page.contains("depaudit serve --policy depaudit.toml"), "{page}");
    assert!(page.contains("nothing to look for"), "{page}");
}

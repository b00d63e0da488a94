//! axe-core, which finds what keeps people from using a page.

use std::fs;

use depaudit_testkit::Browser;
use serde::Deserialize;

/// Where `cargo xtask test` put it.
const SCRIPT: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/axe/node_modules/axe-core/axe.min.js");

/// Every rule, best practices among them; what is minor or moderate is left to people.
const RUN: &str = "axe.run(document, { resultTypes: ['violations'] }).then(found =>
    found.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical'))";

#[derive(Deserialize)]
struct Violation {
    id: String,
    help: String,
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    html: String,
    failure_summary: String,
}

/// What axe-core finds serious or critical on the page that is open.
pub(crate) async fn faults(browser: &Browser) -> Vec<String> {
    let script = fs::read_to_string(SCRIPT);
    assert!(
        script.is_ok(),
        "the npm package axe-core is missing ({script:?}); `cargo xtask test` installs it for the tests"
    );
    // What a script leaves behind is not asked for: it may be anything.
    let () = browser.ask(&format!("{}; null", script.unwrap())).await;
    let found: Vec<Violation> = browser.ask(RUN).await;
    let told = |violation: Violation| {
        let Violation { id, help, nodes } = violation;
        let nodes: Vec<_> = nodes
            .iter()
            .map(|node| format!("{:.200} ({})", node.html, node.failure_summary))
            .collect();
        format!("axe {id}: {help}: {}", nodes.join("; "))
    };
    found.into_iter().map(told).collect()
}

use depaudit_auditor::report::ScanReport;
use depaudit_policy::Severity;
use pulldown_cmark::{Event, Options, Parser, Tag};

use super::super::testing::{self, finding, hostile, lacking_facts, report, team};
use super::*;

fn rendered(report: &ScanReport) -> String {
    testing::render(report, |view, out| write(view, out).unwrap())
}

fn events(text: &str) -> Vec<Event<'_>> {
    Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH).collect()
}

#[test]
fn a_summary_ranks_by_severity_and_says_what_is_missing() {
    let mut report = report(vec![team("a", "a")]);
    report.findings.push(finding("a", "Cargo.toml", "high and denied"));
    let mut critical = finding("a", "Cargo.toml", "critical and denied");
    critical.severity = Severity::Critical;
    report.findings.push(critical);
    let mut waived = finding("a", "Cargo.toml", "waived");
    waived.severity = Severity::Critical;
    waived.waived_by = Some("until spring".to_owned());
    report.findings.insert(0, waived);
    report.summary.not_evaluated = vec![lacking_facts("OVR02")];
    let text = rendered(&report);
    assert!(text.starts_with("## depaudit: denied\n"), "{text}");
    assert!(text.contains("\n| critical | OVR02 patch-git-unpinned | 2 | 0 | 1 |\n"), "{text}");
    let ranked = ["| critical | deny |", "| high | deny |", "| critical | waived |"];
    assert!(ranked.map(|row| text.find(row).unwrap()).is_sorted(), "{text}");
    assert!(
        text.contains(
            "Not evaluated completely, as nothing is known about what has been published: OVR02."
        ),
        "{text}"
    );
}

#[test]
fn a_clean_scan_is_two_lines() {
    let mut report = report(vec![team("a", "a")]);
    report.teams[0].counts.manifests = 1;
    report.summary.teams = 1;
    let text = rendered(&report);
    assert_eq!(text, "## depaudit: clean\n\n1 team, 0 workspaces, 0 overrides.\n");
}

#[test]
fn bad_input_45_a_hostile_text_stays_in_its_cell_and_is_text() {
    let report = hostile();
    let text = rendered(&report);
    let (mut cells, mut rows, mut tags) = (0, 0, Vec::new());
    for event in events(&text) {
        match event {
            Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::Strong | Tag::Emphasis)
            | Event::Code(_)
            | Event::Start(Tag::CodeBlock(_)) => panic!("{event:?} in {text}"),
            Event::Start(Tag::TableRow) => rows += 1,
            Event::Start(Tag::TableCell) => cells += 1,
            Event::Html(html) | Event::InlineHtml(html) => tags.push(html.trim().to_owned()),
            _ => {}
        }
    }
    // One row in the table of totals, five in the list, and the titles of both.
    assert_eq!((rows, cells), (1 + 5, 5 * 2 + 5 * 6), "{text}");
    let ours = ["<br>", "<details><summary>1 blind spot</summary>", "</details>"];
    assert!(tags.iter().all(|tag| ours.contains(&tag.as_str())), "{tags:?}");
    assert!(!text.contains("://") && !text.contains("@e") && !text.contains(" #1"), "{text}");
    assert!(!text.contains(['\u{202e}', '\u{1b}', '\0', '\r']), "{text}");
}

#[test]
fn a_flood_of_hostile_findings_stays_below_the_limit() {
    let mut flood = report(vec![team(&"@".repeat(5_000), "a"), team("b", "b")]);
    let worst = "\u{e0001}\u{202e}|".repeat(5_000);
    for number in 0..200 {
        let mut one = finding("b", &"|".repeat(250), &worst);
        one.help = Some(worst.clone());
        one.code = format!("OVR{}", number / 4).leak();
        flood.findings.push(one);
    }
    let text = rendered(&flood);
    assert!(text.len() <= 1 << 20, "{}", text.len());
    assert!(text.contains("And 150 more: the worst 5 of each rule are listed."), "{text}");
}

#[test]
fn a_rule_that_fires_everywhere_hides_no_other() {
    let mut report = report(vec![team("a", "a")]);
    report.findings = (0..100).map(|_| finding("a", "Cargo.toml", "everywhere")).collect();
    let mut other = finding("a", "Cargo.toml", "found last");
    (other.code, other.rule) = ("OVR14", "patch-key-ambiguous");
    report.findings.push(other);
    let text = rendered(&report);
    assert!(text.contains("| high | OVR02 patch-git-unpinned | 100 | 0 | 0 |"), "{text}");
    assert_eq!(text.matches("everywhere<br>").count(), 5, "{text}");
    assert!(text.contains("found last<br>"), "{text}");
    assert!(text.contains("And 95 more: the worst 5 of each rule are listed."), "{text}");
}

//! A test report (JUnit's XML, as GitLab and Jenkins read it).
//!
//! One suite a team, one test case a rule, whether it fired or not. Both tools compare runs by the
//! names of test cases: a rule's name stays, so that they can say "failed before, passes now";
//! findings come and go, and a case for each would vanish instead of passing. A rule that lacked
//! its facts is skipped, which both show, and does not pass for clean.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Context;
use depaudit_auditor::report::{Finding, Place, Span, TeamName};
use depaudit_policy::Level;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{View, text};

/// How many findings one test case tells; with more, it says how many.
const MOST: usize = 100;

/// What was found across teams stands in a suite of its own.
const ACROSS: &str = "across teams";

/// A rule's findings in one suite.
#[derive(Debug, Default)]
struct Fired<'a> {
    denied: Vec<&'a Finding>,
    /// Warned about, waived or there before: told, and no failure.
    told: Vec<&'a Finding>,
}

/// By team, then by the rule's code and name. Findings of no single team are under `None`.
type ByTeam<'a> = BTreeMap<Option<&'a TeamName>, BTreeMap<(&'a str, &'a str), Fired<'a>>>;

/// Writes a scan as JUnit's XML: a rule fails with what is denied, and tells warnings and waived
/// findings in its output.
///
/// # Errors
/// When `out` takes no more.
pub fn write(view: &View<'_>, out: &mut (impl Write + ?Sized)) -> anyhow::Result<()> {
    let mut by_team = ByTeam::new();
    for finding in view.findings() {
        let rules = by_team.entry(finding.team.as_ref()).or_default();
        let fired = rules.entry((finding.code, finding.rule)).or_default();
        let denied = finding.level == Level::Deny && finding.stands();
        if denied { &mut fired.denied } else { &mut fired.told }.push(finding);
    }
    let mut report = Report::new("depaudit");
    for team in &view.report.teams {
        let mut rules = by_team.remove(&Some(&team.team)).unwrap_or_default();
        for rule in view.rules {
            rules.entry((rule.code, rule.name)).or_default();
        }
        let name = text::line(team.team.as_str(), text::LONGEST);
        let mut suite = suite(view, &name, &rules);
        let blind: Vec<_> = team.blind_spots.iter().take(MOST).map(text::unseen).collect();
        if !blind.is_empty() {
            suite.set_system_out(blind.join("\n"));
        }
        report.add_test_suite(suite);
    }
    if let Some(rules) = by_team.get(&None) {
        report.add_test_suite(suite(view, ACROSS, rules));
    }
    report.serialize(out).context("cannot write the test report")
}

fn suite(view: &View<'_>, name: &str, rules: &BTreeMap<(&str, &str), Fired<'_>>) -> TestSuite {
    let mut suite = TestSuite::new(name);
    for ((code, rule), fired) in rules {
        let mut case = TestCase::new(format!("{code} {rule}"), status(view, code, fired));
        // The class tells equal cases of several suites apart.
        case.set_classname(format!("depaudit.{name}"));
        if let Some(first) = fired.denied.first() {
            let (path, line) = place(view, first);
            case.extra.insert("file".into(), text::line(&path, text::LONGEST).into());
            case.extra.insert("line".into(), line.to_string().into());
        }
        if !fired.told.is_empty() {
            case.set_system_out(list(view, &fired.told));
        }
        suite.add_test_case(case);
    }
    suite
}

fn status(view: &View<'_>, code: &str, fired: &Fired<'_>) -> TestCaseStatus {
    if let Some(first) = fired.denied.first() {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        let others = fired.denied.len() - 1;
        let message = text::line(&first.message, text::LONGEST);
        let more = if others > 0 { format!(" (and {others} more)") } else { String::new() };
        status.set_message(message + &more);
        status.set_type(first.severity.as_str());
        status.set_description(list(view, &fired.denied));
        return status;
    }
    if let Some(lacking) = view.unevaluated(code) {
        let mut status = TestCaseStatus::skipped();
        status.set_message(format!("not evaluated completely: {}", lacking.why()));
        return status;
    }
    TestCaseStatus::success()
}

/// Findings with their places, for a person to read.
fn list(view: &View<'_>, findings: &[&Finding]) -> String {
    let told = findings.iter().take(MOST).map(|finding| {
        let level = finding.outcome();
        let places = finding.locations.iter().take(MOST);
        let places = places.map(|place| text::spot(&view.name(finding, place), place));
        let places = places.collect::<Vec<_>>().join("\n  at ");
        let at = if places.is_empty() { "" } else { "\n  at " };
        format!("{level} ({}): {}{at}{places}", finding.severity, text::paragraph(finding))
    });
    let mut told: Vec<_> = told.collect();
    if let Some(more @ 1..) = findings.len().checked_sub(MOST) {
        told.push(format!("and {more} more"));
    }
    told.join("\n\n")
}

fn place(view: &View<'_>, finding: &Finding) -> (String, u32) {
    let name = |place: &Place| (view.name(finding, place).to_string(), place.location.span.line);
    finding
        .locations
        .first()
        .map_or_else(|| (view.fallback(finding).to_string(), Span::START.line), name)
}

#[cfg(test)]
mod tests {
    use depaudit_auditor::report::ScanReport;
    use depaudit_auditor::rules;
    use quick_junit::XmlString;

    use super::super::testing::{self, finding, hostile, lacking_facts, report, team};
    use super::*;

    fn rendered(report: &ScanReport) -> String {
        testing::render(report, |view, out| write(view, out).unwrap())
    }

    fn case<'a>(suite: &'a TestSuite, code: &str) -> &'a TestCase {
        suite.test_cases.iter().find(|case| case.name.starts_with(code)).unwrap()
    }

    #[test]
    fn every_rule_is_a_case_that_passes_fails_or_is_skipped() {
        let mut report = report(vec![team("a", "a"), team("b", "b")]);
        report.findings.push(finding("a", "Cargo.toml", "follows a branch"));
        report.findings.push(finding("a", "x/Cargo.toml", "follows another"));
        let mut warned = finding("b", "Cargo.toml", "only a tag");
        warned.level = Level::Warn;
        report.findings.push(warned);
        report.summary.not_evaluated = vec![lacking_facts("OVR11")];
        let read = Report::deserialize_from_str(&rendered(&report)).unwrap();
        assert_eq!((read.test_suites.len(), read.failures, read.skipped), (2, 1, 2));
        let [a, b] = &*read.test_suites else { panic!("{read:?}") };
        assert_eq!((&*a.name, a.test_cases.len()), ("a", rules::ALL.len()));
        let failed = case(a, "OVR02");
        let TestCaseStatus::NonSuccess { message, description, .. } = &failed.status else {
            panic!("{failed:?}")
        };
        assert_eq!(message.as_deref(), Some("follows a branch (and 1 more)"));
        let description = description.as_deref().unwrap();
        assert!(description.contains("at a/x/Cargo.toml:3:5"), "{description}");
        assert_eq!(failed.extra.get("file").map(XmlString::as_str), Some("a/Cargo.toml"));
        assert!(matches!(case(a, "OVR11").status, TestCaseStatus::Skipped { .. }));
        let passed = case(b, "OVR02");
        assert!(matches!(passed.status, TestCaseStatus::Success { .. }));
        assert!(passed.system_out.as_deref().unwrap().starts_with("warn (high): only a tag"));
        assert_ne!(failed.classname, passed.classname);
    }

    #[test]
    fn bad_input_45_a_hostile_text_stays_text() {
        let text = rendered(&hostile());
        assert!(!text.contains("<script") && !text.contains("]]>"), "{text}");
        let allowed = |character: char| character == '\n' || !character.is_control();
        assert!(text.chars().all(|it| allowed(it) && !matches!(it, '\u{202e}' | '\u{ffff}')));
        let read = Report::deserialize_from_str(&text).unwrap();
        let names: Vec<_> = read.test_suites.iter().map(|suite| &*suite.name).collect();
        assert_eq!(names.len(), 3, "{names:?}");
        assert!(
            names[0].starts_with("<script>alert(1)</script> ]]> \\u{202e}txt.exe"),
            "{names:?}"
        );
        assert_eq!(names[2], ACROSS);
    }

    #[test]
    fn a_flood_of_findings_is_counted_and_not_listed() {
        let mut report = report(vec![team("a", "a")]);
        report.findings =
            (0..500).map(|_| finding("a", "Cargo.toml", &"x".repeat(5_000))).collect();
        let text = rendered(&report);
        assert!(text.contains("and 400 more"));
        assert!(text.len() < 1 << 20, "{}", text.len());
    }
}

use std::sync::Arc;

use depaudit_policy::{Baseline, Level, Policy, PolicyFile, Verdict};
use tempfile::TempDir;

use crate::report::{Finding, ScanReport, TeamName};
use crate::{Absent, ScanRequest, TeamRoot, rules, scan};

/// Several teams, each with a folder and a policy.
struct Teams {
    folder: TempDir,
    request: ScanRequest,
}

fn policy(text: &str, origin: &str) -> Arc<Policy> {
    let file = PolicyFile::parse(text, origin, rules::known()).unwrap();
    Policy::combine(vec![file], rules::known()).into()
}

impl Teams {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let request = ScanRequest::new(Vec::new(), "2026-06-01".parse().unwrap());
        Self { folder, request }
    }

    /// A team whose manifest follows `branches` of a git repository.
    fn team(mut self, name: &str, branches: &[&str], own: &str) -> Self {
        let path = self.folder.path().join(name);
        std::fs::create_dir(&path).unwrap();
        let package = "[package]\nname = \"app\"\nversion = \"0.1.0\"\n[dependencies]\n";
        let line = |it: &&str| {
            format!("{it} = {{ git = \"https://git.example/x\", branch = \"{it}\" }}\n")
        };
        let lines: String = branches.iter().map(line).collect();
        std::fs::write(path.join("Cargo.toml"), format!("{package}{lines}")).unwrap();
        let mut root = TeamRoot::new(TeamName::new(name), &path);
        root.policy = policy(own, path.join("depaudit.toml").to_str().unwrap());
        self.request.teams.push(root);
        self
    }

    fn scan(&self) -> ScanReport {
        scan(&self.request, &Absent).unwrap()
    }
}

fn of<'r>(report: &'r ScanReport, code: &str) -> Vec<&'r Finding> {
    report.findings.iter().filter(|finding| finding.code == code).collect()
}

#[test]
fn a_line_decides_and_a_draft_keeps_its_own_level_where_none_does() {
    let teams = Teams::new().team("a", &["x"], "").team(
        "b",
        &["x"],
        "[[level]]\nrule = 'OVR02'\npackage = 'x'\nlevel = 'warn'\n",
    );
    let report = teams.scan();
    let found = of(&report, "OVR02");
    let levels: Vec<_> = found.iter().map(|it| (it.level, it.decided_by.is_some())).collect();
    assert_eq!(levels, [(Level::Deny, false), (Level::Warn, true)]);
    assert_eq!(report.verdict(), Verdict::Denied);
}

#[test]
fn what_is_allowed_or_waived_does_not_count() {
    let waiver = "[levels]\nlock = 'allow'\n[[waiver]]\nrule = 'OVR02'\n\
                  package = 'x'\nowner = 'me'\nreason = 'r'\nexpires = 2026-09-01\n";
    let report = Teams::new().team("a", &["x"], waiver).scan();
    assert_eq!(report.summary.waived, 1);
    assert_eq!(report.summary.levels.get(&Level::Deny), None, "{:?}", report.findings);
    assert_eq!(report.verdict(), Verdict::Clean);
    assert!(of(&report, "WVR05").is_empty());
}

#[test]
fn a_baseline_lets_only_new_findings_fail() {
    let mut teams = Teams::new().team("a", &["x"], "").team("b", &[], "");
    let first = teams.scan();
    assert_eq!(first.verdict(), Verdict::Denied);
    let baseline = Baseline::parse(&first.baseline().to_text()).unwrap();
    teams.request.baseline = Some(baseline);
    let second = teams.scan();
    assert_eq!(second.verdict(), Verdict::Clean);
    assert_eq!(u64::try_from(second.summary.in_baseline).unwrap(), second.baseline().count());
    teams = teams.team("c", &["x", "y"], "");
    let third = teams.scan();
    assert_eq!(third.verdict(), Verdict::Denied);
    let new: Vec<_> = of(&third, "OVR02").into_iter().filter(|it| it.stands()).collect();
    assert_eq!(new.len(), 2);
}

#[test]
fn an_expired_waiver_is_not_accepted_by_a_baseline() {
    let waiver = "[[waiver]]\nrule = 'OVR02'\npackage = 'x'\nowner = 'me'\nreason = 'r'\n\
                  expires = 2026-05-01\n";
    let mut teams = Teams::new().team("a", &["x"], waiver);
    teams.request.baseline = Some(teams.scan().baseline());
    let report = teams.scan();
    assert_eq!(report.verdict(), Verdict::Denied);
    assert!(of(&report, "WVR01")[0].stands());
}

#[test]
fn only_changed_files_count_and_gaps_always_do() {
    let mut teams = Teams::new().team("a", &["x"], "");
    teams.request.teams[0].changed = Some([].into());
    let report = teams.scan();
    assert_eq!((report.verdict(), report.summary.unchanged > 0), (Verdict::Clean, true));
    std::fs::create_dir(teams.folder.path().join("a/b")).unwrap();
    std::fs::write(teams.folder.path().join("a/b/Cargo.toml"), "[package\n").unwrap();
    assert_eq!(teams.scan().verdict(), Verdict::Incomplete);
}

#[test]
fn the_level_of_a_gap_decides_whether_it_fails() {
    let teams = Teams::new().team("a", &[], "[levels]\nSCN01 = 'warn'\nlock = 'allow'\n");
    std::fs::write(teams.folder.path().join("a/Cargo.lock"), "version = [").unwrap();
    let report = teams.scan();
    assert_eq!((report.verdict(), report.summary.gaps), (Verdict::Clean, 1));
}

#[test]
fn one_policy_for_all_teams_is_told_once() {
    let mut teams = Teams::new().team("a", &["x"], "").team("b", &["x"], "");
    let text = "[[waiver]]\nrule = 'OVR02'\npackage = 'x'\nreason = 'r'\nexpires = 2026-09-01\n\
                [[waiver]]\nrule = 'OVR02'\npackage = 'gone'\nowner = 'me'\nreason = 'r'\n\
                expires = 2026-09-01\n";
    let shared = policy(text, "policies/shared.toml");
    teams.request.policy = Arc::clone(&shared);
    for root in &mut teams.request.teams {
        root.policy = Arc::clone(&shared);
    }
    let report = teams.scan();
    assert_eq!((of(&report, "WVR02").len(), of(&report, "WVR05").len()), (1, 1));
    let unowned = of(&report, "WVR02")[0];
    assert!(unowned.message.ends_with("(policies/shared.toml:1:1)"), "{unowned:?}");
    assert_eq!(report.summary.waived, 2);
}

#[test]
fn a_waiver_is_looked_for_only_when_everything_was() {
    let waiver = "[[waiver]]\nrule = 'OVR02'\npackage = 'x'\nowner = 'me'\nreason = 'r'\n\
                  expires = 2026-09-01\n";
    let mut teams = Teams::new().team("a", &["x"], waiver);
    teams.request.rules = Some(["WVR05"].into());
    assert!(teams.scan().findings.is_empty());
}

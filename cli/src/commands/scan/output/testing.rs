//! Reports to render, ordinary and hostile.

use std::path::Path;

use depaudit_auditor::RepoPath;
use depaudit_auditor::fix::Fix;
use depaudit_auditor::report::{
    BlindSpot, BlindSpotKind, Counts, CrossTeam, Finding, Fingerprint, FoundPackage, Lacking,
    Location, NotEvaluated, Place, ScanReport, Span, Summary, TeamName, TeamReport,
};
use depaudit_auditor::rules;
use depaudit_policy::{Level, Severity};

use super::{Places, View};

/// What no output may pass on to be obeyed.
pub(super) const HOSTILE: &str = "<script>alert(1)</script> ]]> \u{202e}txt.exe \u{1b}[31mred\u{7} \
     line one\r\n::error::forged\n| a | b | [link](javascript:alert(1)) ![i](http://e.example/x) \
     <img src=x onerror=alert(1)> @everyone #1 {0} `code` **bold** &amp; 100%25 \0\u{ffff}";

pub(super) fn team(name: &str, root: &str) -> TeamReport {
    TeamReport {
        team: TeamName::new(name),
        root: root.to_owned(),
        folder: root.into(),
        counts: Counts::default(),
        overrides: Vec::new(),
        blind_spots: Vec::new(),
        locked: None,
    }
}

pub(super) fn report(teams: Vec<TeamReport>) -> ScanReport {
    ScanReport {
        schema: ScanReport::SCHEMA,
        teams,
        cross_team: CrossTeam::default(),
        findings: Vec::new(),
        summary: Summary::default(),
    }
}

/// A denied finding of a team, in `path` at 3:5 to 3:9.
pub(super) fn finding(team: &str, path: &str, message: &str) -> Finding {
    let span = Span { line: 3, column: 5, end_line: 3, end_column: 9 };
    let path = RepoPath::root().join(path).unwrap();
    Finding {
        rule: "patch-git-unpinned",
        code: "OVR02",
        severity: Severity::High,
        level: Level::Deny,
        message: message.to_owned(),
        help: Some("pin it with `rev`".to_owned()),
        package: Some(FoundPackage { name: "shared".to_owned(), version: None }),
        team: Some(TeamName::new(team)),
        workspace: Some(RepoPath::root()),
        locations: vec![Place::from(Location { path: path.clone(), span })],
        fingerprint: Fingerprint::of([team, path.as_str(), message]),
        decided_by: None,
        waived_by: None,
        in_baseline: false,
        fix: None,
    }
}

/// A rule that lacked facts.
pub(super) fn lacking_facts(code: &str) -> NotEvaluated {
    let rule = rules::find(code).unwrap();
    NotEvaluated { rule: rule.name, code: rule.code, lacking: Lacking::Facts, passed_over: 1 }
}

/// One team whose every text is hostile, and one finding of each sort.
pub(super) fn hostile() -> ScanReport {
    let mut hostile = report(vec![team(HOSTILE, "."), team("b", "b")]);
    hostile.teams[0].blind_spots.push(BlindSpot {
        kind: BlindSpotKind::PathOutside,
        path: Some(RepoPath::root().join("a b/%41").unwrap()),
        line: Some(3),
        message: HOSTILE.to_owned(),
    });
    let mut first = finding(HOSTILE, "a b/100%<script>\u{202e}\n::error::x/Cargo.toml", HOSTILE);
    first.help = Some(HOSTILE.to_owned());
    first.fix = Some(Fix { description: HOSTILE.to_owned(), safe: true, edits: Vec::new() });
    first.package = Some(FoundPackage { name: HOSTILE.to_owned(), version: None });
    let mut long = finding("b", "Cargo.toml", &HOSTILE.repeat(4_000));
    long.level = Level::Warn;
    let mut waived = finding("b", "Cargo.lock", "waived");
    waived.waived_by = Some(HOSTILE.to_owned());
    let mut nowhere = finding("b", "Cargo.toml", "nowhere in particular");
    nowhere.locations.clear();
    let mut across = finding("b", "Cargo.lock", "two teams differ");
    across.team = None;
    across.locations.push(across.locations[0].clone());
    for (place, team) in across.locations.iter_mut().zip([HOSTILE, "b"]) {
        place.team = Some(TeamName::new(team));
    }
    let mut allowed = finding("b", "Cargo.toml", "allowed");
    allowed.level = Level::Allow;
    hostile.findings = vec![first, long, waived, nowhere, across, allowed];
    hostile.summary.not_evaluated = vec![lacking_facts("OVR08")];
    hostile
}

/// Renders a report as if its teams' folders lay below the current one.
pub(super) fn render(report: &ScanReport, render: impl FnOnce(&View<'_>, &mut Vec<u8>)) -> String {
    let places = Places::find(report, Path::new("/nowhere/at/all"));
    let mut out = Vec::new();
    render(&View { report, rules: rules::ALL, places: &places }, &mut out);
    String::from_utf8(out).unwrap()
}

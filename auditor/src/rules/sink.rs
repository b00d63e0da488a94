use depaudit_policy::Level;

use super::Rule;
use crate::files::RepoPath;
use crate::report::{Finding, Fingerprint, FoundPackage, Location, Override, TeamName};

/// Takes what a rule finds in one team, and adds what is the rule's and the team's.
pub(crate) struct Sink<'a> {
    rule: &'static Rule,
    team: &'a TeamName,
    findings: &'a mut Vec<Finding>,
}

/// What a rule says of one finding.
pub(crate) struct Draft {
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    pub(crate) package: Option<FoundPackage>,
    pub(crate) workspace: Option<RepoPath>,
    /// The most telling place first; at least one.
    pub(crate) locations: Vec<Location>,
    /// What tells it apart from other findings of the rule about the same package: kind of
    /// override and target, no line number.
    pub(crate) identity: String,
    /// A level of its own, for what is less bad than the rule's other findings.
    pub(crate) level: Option<Level>,
}

impl Draft {
    /// A finding about one override.
    pub(crate) fn about(record: &Override, message: String, help: impl Into<String>) -> Self {
        let package = record
            .package
            .as_ref()
            .map(|name| FoundPackage { name: name.clone(), version: record.version.clone() });
        Self {
            message,
            help: Some(help.into()),
            package,
            workspace: record.workspace.clone(),
            locations: vec![record.location.clone()],
            identity: format!("{} {:?} {:?}", record.kind.as_str(), record.source, record.target),
            level: None,
        }
    }
}

impl<'a> Sink<'a> {
    pub(super) fn new(
        rule: &'static Rule,
        team: &'a TeamName,
        findings: &'a mut Vec<Finding>,
    ) -> Self {
        Self { rule, team, findings }
    }

    pub(crate) fn report(&mut self, draft: Draft) {
        let package = draft.package.as_ref();
        let fingerprint = Fingerprint::of([
            self.rule.code,
            self.team.as_str(),
            draft.workspace.as_ref().map_or("", RepoPath::as_str),
            package.map_or("", |package| &package.name),
            package.and_then(|package| package.version.as_deref()).unwrap_or_default(),
            &draft.identity,
        ]);
        self.findings.push(Finding {
            rule: self.rule.name,
            code: self.rule.code,
            severity: self.rule.severity,
            level: draft.level.unwrap_or(self.rule.level),
            message: draft.message,
            help: draft.help,
            package: draft.package,
            team: Some(self.team.clone()),
            workspace: draft.workspace,
            locations: draft.locations.into_iter().map(Into::into).collect(),
            fingerprint,
            waived_by: None,
            fix: None,
        });
    }
}

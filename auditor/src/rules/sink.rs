use std::collections::BTreeMap;

use depaudit_policy::Level;

use super::Rule;
use crate::files::RepoPath;
use crate::fix::Fix;
use crate::report::{
    Finding, Fingerprint, FoundPackage, Lacking, Location, Override, Place, TeamName,
};

/// So many places a finding about many points at: a repository may have thousands of files, and a
/// reader looks at the first ones.
pub(crate) const MOST_PLACES: usize = 10;

/// Takes what a rule finds, and adds what is the rule's and the team's.
pub(crate) struct Sink<'a> {
    rule: &'static Rule,
    /// Absent for what is compared across teams.
    team: Option<&'a TeamName>,
    found: &'a mut Findings,
}

/// What rules found, and what they could not tell.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// The findings.
    pub(crate) all: Vec<Finding>,
    /// How often a rule had to pass over something, by its code.
    pub(crate) lacking: BTreeMap<(&'static str, Lacking), usize>,
}

impl Findings {
    pub(crate) fn append(&mut self, mut others: Self) {
        self.all.append(&mut others.all);
        for (what, times) in others.lacking {
            *self.lacking.entry(what).or_default() += times;
        }
    }
}

/// What a rule says of one finding.
pub(crate) struct Draft {
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    pub(crate) package: Option<FoundPackage>,
    pub(crate) workspace: Option<RepoPath>,
    /// The most telling place first; at least one.
    pub(crate) locations: Vec<Place>,
    /// What tells it apart from other findings of the rule about the same package: kind of
    /// override and target, no line number.
    pub(crate) identity: String,
    /// A level of its own, for what is less bad than the rule's other findings.
    pub(crate) level: Option<Level>,
    /// How to mend it.
    pub(crate) fix: Option<Fix>,
}

impl Draft {
    /// A finding at one place of the team's files. `identity`: see the field.
    pub(crate) fn at(
        location: Location,
        identity: String,
        message: String,
        help: impl Into<String>,
    ) -> Self {
        Self {
            message,
            help: Some(help.into()),
            package: None,
            workspace: None,
            locations: vec![location.into()],
            identity,
            level: None,
            fix: None,
        }
    }

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
            locations: vec![record.location.clone().into()],
            identity: format!("{} {:?} {:?}", record.kind.as_str(), record.source, record.target),
            level: None,
            fix: None,
        }
    }
}

impl<'a> Sink<'a> {
    pub(crate) fn new(
        rule: &'static Rule,
        team: Option<&'a TeamName>,
        found: &'a mut Findings,
    ) -> Self {
        Self { rule, team, found }
    }

    /// The same, for what a comparison of teams finds about one of them.
    pub(crate) fn of_team<'b>(&'b mut self, team: &'b TeamName) -> Sink<'b> {
        Sink { rule: self.rule, team: Some(team), found: &mut *self.found }
    }

    /// Says that the rule had to pass over something, because it lacks what it would need to
    /// judge it: so that silence is not taken for a pass.
    pub(crate) fn lacks(&mut self, what: Lacking) {
        *self.found.lacking.entry((self.rule.code, what)).or_default() += 1;
    }

    pub(crate) fn report(&mut self, draft: Draft) {
        let package = draft.package.as_ref();
        let fingerprint = Fingerprint::of([
            self.rule.code,
            self.team.map_or("", TeamName::as_str),
            draft.workspace.as_ref().map_or("", RepoPath::as_str),
            package.map_or("", |package| &package.name),
            package.and_then(|package| package.version.as_deref()).unwrap_or_default(),
            &draft.identity,
        ]);
        let mut locations = draft.locations;
        if self.team.is_some() {
            locations.iter_mut().for_each(|place| place.team = None);
        }
        self.found.all.push(Finding {
            rule: self.rule.name,
            code: self.rule.code,
            severity: self.rule.severity,
            level: draft.level.unwrap_or(self.rule.level),
            message: draft.message,
            help: draft.help,
            package: draft.package,
            team: self.team.cloned(),
            workspace: draft.workspace,
            locations,
            fingerprint,
            decided_by: None,
            waived_by: None,
            in_baseline: false,
            fix: draft.fix,
        });
    }
}

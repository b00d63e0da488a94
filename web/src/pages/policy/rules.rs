//! The rules as tables.

use depaudit_policy::door::RuleInForce;
use depaudit_policy::{Because, Group, Level, Policy, RuleId, Severity, Subject};
use serde::Serialize;

use super::super::frame::Frame;
use super::super::table::{Cell, Table};
use super::{ScanRule, rule_path, words};

pub(super) fn door_table(frame: &Frame<'_>, rules: &[RuleInForce]) -> Table {
    let row = |rule: &RuleInForce| {
        let name = rule.rule.as_str();
        let acts = if rule.looks { words::class(rule.handling.mode) } else { "quiet" };
        vec![
            Cell::linked(name, rule_path(frame, name)),
            Cell::new(rule.rule.title()),
            Cell::new(words::handled(rule)).class(acts),
            Cell::new(words::goes_by(rule)).class(if rule.looks { "" } else { "quiet" }),
            Cell::new(words::decided(rule)),
        ]
    };
    Table {
        name: "Rules at the doors",
        columns: vec!["Rule", "Objects when", "Handled", "Goes by", "Decided by"],
        rows: rules.iter().map(row).collect(),
        cut: None,
    }
}

pub(super) const DOOR_TITLES: [&str; 6] =
    ["rule", "objects when", "looks", "handled", "goes by", "decided by"];

pub(super) fn door_row(rule: &RuleInForce) -> [String; 6] {
    [
        rule.rule.to_string(),
        rule.rule.title().to_owned(),
        rule.looks.to_string(),
        words::handled(rule),
        words::goes_by(rule),
        words::decided(rule),
    ]
}

/// A rule of the scan at the level that it has where nothing narrower is asked for.
#[derive(Debug, Serialize)]
pub(super) struct ScanRow {
    code: RuleId,
    name: String,
    group: Group,
    severity: Severity,
    level: Level,
    because: Because,
    /// Whether some package or team has a level of its own.
    differs: bool,
    title: String,
}

impl ScanRow {
    pub(super) fn of(policy: &Policy, rules: Vec<ScanRule>) -> Vec<Self> {
        let row = |ScanRule { known, title, .. }: ScanRule| {
            let decided = policy.level_of(&known, &Subject::default());
            let lines = policy.level_lines().filter(|(scope, ..)| scope.speaks_of(&known));
            Self {
                differs: lines.into_iter().any(|(_, level, _)| level != decided.level),
                level: decided.level,
                because: decided.because,
                code: known.code,
                name: known.name.into_owned(),
                group: known.group,
                severity: known.severity,
                title,
            }
        };
        rules.into_iter().map(row).collect()
    }

    fn level(&self) -> String {
        if self.differs {
            format!("{}, elsewhere otherwise", self.level)
        } else {
            self.level.to_string()
        }
    }

    pub(super) fn cells(&self) -> [String; 7] {
        [
            self.code.to_string(),
            self.name.clone(),
            self.group.to_string(),
            self.severity.to_string(),
            self.level(),
            words::place(self.because.place()),
            self.title.clone(),
        ]
    }
}

pub(super) const SCAN_TITLES: [&str; 7] =
    ["code", "name", "group", "severity", "level", "decided by", "fires when"];

pub(super) fn scan_table(frame: &Frame<'_>, rows: &[ScanRow]) -> Table {
    let row = |row: &ScanRow| {
        let class = match row.level {
            Level::Deny => "",
            Level::Warn => "soft",
            Level::Allow => "quiet",
        };
        vec![
            Cell::linked(&row.code, rule_path(frame, row.code.as_str())),
            Cell::new(&row.name),
            Cell::new(row.severity),
            Cell::new(row.level()).class(class),
            Cell::new(words::place(row.because.place())),
            Cell::new(&row.title),
        ]
    };
    Table {
        name: "Rules of the scan",
        columns: vec!["Rule", "Name", "Severity", "Level", "Decided by", "Fires when"],
        rows: rows.iter().map(row).collect(),
        cut: None,
    }
}

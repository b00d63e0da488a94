//! `depaudit rules`

use std::io::Write;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use depaudit_auditor::rules::{self, Rule};
use depaudit_policy::{Group, Level, Severity};
use serde::Serialize;

use crate::exit::Exit;
use crate::output::{Cell, Column, Out, Table, write_json_line};

/// List the rules of `depaudit scan`
///
/// The level is what happens where no policy says otherwise. `depaudit explain` tells the rest about
/// a rule.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  depaudit rules --group override")]
pub struct RulesArgs {
    /// Only the rules about this
    #[arg(long, value_parser = group_parser())]
    group: Option<Group>,
    /// One JSON object a line, with every field
    #[arg(long)]
    json: bool,
}

fn group_parser() -> impl TypedValueParser<Value = Group> {
    PossibleValuesParser::new(Group::ALL.map(Group::as_str))
        .try_map(|name| Group::find(&name).ok_or("there is no such group"))
}

/// What a program gets to know of a rule.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    code: &'static str,
    name: &'static str,
    group: Group,
    severity: Severity,
    level: Level,
    title: String,
}

impl Row {
    pub(super) fn new(rule: &Rule) -> Self {
        let Rule { code, name, group, severity, level, .. } = *rule;
        Self { code, name, group, severity, level, title: rule.title() }
    }
}

const COLUMNS: [Column; 6] = [
    Column { title: "CODE", least: 5, number: false },
    Column { title: "NAME", least: 20, number: false },
    Column { title: "GROUP", least: 9, number: false },
    Column { title: "SEVERITY", least: 8, number: false },
    Column { title: "LEVEL", least: 5, number: false },
    Column { title: "WHAT", least: 20, number: false },
];

/// Runs the command.
///
/// # Errors
/// When standard output takes no more.
pub fn run(args: RulesArgs) -> anyhow::Result<Exit> {
    let asked = |rule: &&Rule| args.group.is_none_or(|group| rule.group == group);
    let rows = rules::ALL.iter().copied().filter(asked).map(Row::new);
    let mut out = Out::new();
    if args.json {
        for row in rows {
            write_json_line(&mut out, &row)?;
        }
    } else {
        let cells: Vec<_> = rows.map(cells).collect();
        Table::new(COLUMNS, Out::columns()).print(&mut out, &cells)?;
    }
    out.flush()?;
    Ok(Exit::Done)
}

fn cells(row: Row) -> [Cell; 6] {
    [
        Cell::new(row.code),
        Cell::new(row.name),
        Cell::new(row.group),
        Cell::new(row.severity),
        Cell::new(row.level),
        Cell::new(row.title),
    ]
}

//! `depaudit explain`

use std::ffi::OsStr;
use std::io::Write;

use clap::Args;
use clap::builder::{PossibleValue, TypedValueParser};
use depaudit_auditor::rules::Rule;
use depaudit_policy::door::DoorRule;
use serde::Serialize;

use super::rules::Row;
use super::scan::{RuleName, RuleNameParser};
use crate::exit::Exit;
use crate::output::{Out, markdown_for_terminal, write_json_line};

/// Tell what a rule finds, why that is bad, and how to mend it
///
/// A rule of a scan (OVR02), or one of the server's doors, as a refusal names it (minimum-age).
/// On a terminal it is laid out to be read; into a file or a pipe it goes as Markdown.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  depaudit explain OVR02\n  \
                        depaudit explain patch-git-unpinned scan-incomplete > rules.md\n  \
                        depaudit explain minimum-age")]
pub struct ExplainArgs {
    /// The rules, by code or name
    #[arg(
        required = true,
        value_name = "RULE",
        value_parser = AnyRuleParser,
        hide_possible_values = true
    )]
    rules: Vec<AnyRule>,
    /// One JSON object a line, with every field; the documentation is Markdown
    #[arg(long)]
    json: bool,
}

/// A rule of a scan or of the doors. No two have the same name.
#[derive(Debug, Clone, Copy)]
enum AnyRule {
    Scan(RuleName),
    Door(DoorRule),
}

#[derive(Debug, Clone, Copy)]
struct AnyRuleParser;

impl TypedValueParser for AnyRuleParser {
    type Value = AnyRule;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<AnyRule, clap::Error> {
        let door = value.to_str().and_then(|text| text.to_ascii_lowercase().parse().ok());
        match door {
            Some(rule) => Ok(AnyRule::Door(rule)),
            None => RuleNameParser.parse_ref(command, argument, value).map(AnyRule::Scan),
        }
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let doors = DoorRule::ALL.map(|rule| PossibleValue::new(rule.as_str()).help(rule.title()));
        Some(Box::new(RuleNameParser.possible_values().into_iter().flatten().chain(doors)))
    }
}

#[derive(Debug, Serialize)]
struct DoorExplained {
    name: DoorRule,
    group: &'static str,
    title: &'static str,
    documentation: &'static str,
}

#[derive(Debug, Serialize)]
struct Explained {
    #[serde(flatten)]
    row: Row,
    documentation: &'static str,
}

/// Runs the command.
///
/// # Errors
/// When standard output takes no more.
pub fn run(args: ExplainArgs) -> anyhow::Result<Exit> {
    let mut out = Out::new();
    for (place, rule) in args.rules.into_iter().enumerate() {
        if args.json {
            write_json(&mut out, rule)?;
            continue;
        }
        if place > 0 {
            writeln!(out)?;
        }
        let page = match rule {
            AnyRule::Scan(name) => page(name.rule()),
            AnyRule::Door(rule) => door_page(rule),
        };
        match Out::columns() {
            Some(columns) => write!(out, "{}", markdown_for_terminal(&page, columns))?,
            None => write!(out, "{page}")?,
        }
    }
    out.flush()?;
    Ok(Exit::Done)
}

fn write_json(out: &mut impl Write, rule: AnyRule) -> std::io::Result<()> {
    match rule {
        AnyRule::Scan(name) => {
            let rule = name.rule();
            let explained = Explained { row: Row::new(rule), documentation: rule.documentation };
            write_json_line(out, &explained)
        }
        AnyRule::Door(name) => {
            let (title, documentation) = (name.title(), name.documentation());
            write_json_line(out, &DoorExplained { name, group: "door", title, documentation })
        }
    }
}

fn door_page(rule: DoorRule) -> String {
    let facts =
        "A rule of the doors, which `[door]` in a policy sets and `serve --policy` enforces.";
    format!("# {rule}: {}\n\n{facts}\n\n{}", rule.title(), rule.documentation())
}

/// The rule's documentation under its name.
fn page(rule: &Rule) -> String {
    let Rule { code, name, group, severity, level, documentation, .. } = rule;
    let facts =
        format!("Group {group}, severity {severity}, {level} where no policy says otherwise.");
    format!("# {code} {name}\n\n{facts}\n\n{documentation}")
}

//! `depaudit explain`

use std::io::Write;

use clap::Args;
use depaudit_auditor::rules::Rule;
use serde::Serialize;

use super::rules::Row;
use super::scan::{RuleName, RuleNameParser};
use crate::exit::Exit;
use crate::output::{Out, markdown_for_terminal, write_json_line};

/// Tell what a rule finds, why that is bad, and how to mend it
///
/// On a terminal it is laid out to be read; into a file or a pipe it goes as Markdown.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  depaudit explain OVR02\n  \
                        depaudit explain patch-git-unpinned scan-incomplete > rules.md")]
pub struct ExplainArgs {
    /// The rules, by code or name
    #[arg(
        required = true,
        value_name = "RULE",
        value_parser = RuleNameParser,
        hide_possible_values = true
    )]
    rules: Vec<RuleName>,
    /// One JSON object a line, with every field; the documentation is Markdown
    #[arg(long)]
    json: bool,
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
    for (place, rule) in args.rules.into_iter().map(RuleName::rule).enumerate() {
        if args.json {
            let explained = Explained { row: Row::new(rule), documentation: rule.documentation };
            write_json_line(&mut out, &explained)?;
            continue;
        }
        if place > 0 {
            writeln!(out)?;
        }
        let page = page(rule);
        match Out::columns() {
            Some(columns) => write!(out, "{}", markdown_for_terminal(&page, columns))?,
            None => write!(out, "{page}")?,
        }
    }
    out.flush()?;
    Ok(Exit::Done)
}

/// The rule's documentation under its name.
fn page(rule: &Rule) -> String {
    let Rule { code, name, group, severity, level, documentation, .. } = rule;
    let facts =
        format!("Group {group}, severity {severity}, {level} where no policy says otherwise.");
    format!("# {code} {name}\n\n{facts}\n\n{documentation}")
}

use std::io::Write;

use anyhow::Context;
use clap::Args;
use depaudit_model::{Clock, TeamId};
use depaudit_policy::Day;
use reqwest::Method;
use serde_json::Value;

use super::place::Place;
use super::row::{self, Standing};
use crate::exit::Exit;
use crate::output::{Cell, Column, Out, Table, write_json_line};
use crate::system::SystemClock;

/// List the waivers, those that end first at the top
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  depaudit waiver list --team payments")]
pub(super) struct ListArgs {
    /// Only those that hold for this team
    #[arg(long, value_name = "NAME")]
    team: Option<TeamId>,
    /// Also those that have ended
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    place: Place,
    /// Print JSON, one waiver a line
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &ListArgs) -> anyhow::Result<Exit> {
    let waivers = if args.place.is_remote() {
        args.place.ask(Method::GET, args.team.as_ref(), &["waivers"], None)?
    } else {
        args.place.at_the_desk(async |desk, _| {
            let waivers = desk.list(args.team.as_ref()).await?;
            serde_json::to_value(waivers).context("waivers cannot be written")
        })?
    };
    let waivers = waivers.as_array().cloned().unwrap_or_default();
    let shown = |waiver: &&Value| {
        args.all || matches!(Standing::of(waiver), Standing::Open | Standing::Proposed)
    };
    let mut out = Out::new();
    let column = |title, least| Column { title, least, number: false };
    let columns = [
        column("ID", 10),
        column("FOR", 12),
        column("LIFTS", 9),
        column("TEAM", 6),
        column("STATE", 5),
        column("UNTIL", 10),
        column("OWNER", 6),
        column("REASON", 12),
    ];
    let mut table = Table::new(columns, Out::columns());
    let mut rows = Vec::new();
    let today = Day::of(SystemClock.now());
    for waiver in waivers.iter().filter(shown) {
        if args.json {
            write_json_line(&mut out, waiver)?;
            continue;
        }
        let day = row::last_day(waiver);
        let left = match day.days_since(today) {
            days @ 1.. => format!("{day} ({days} days)"),
            _ => day.to_string(),
        };
        rows.push([
            Cell::new(row::text(waiver, "id")),
            Cell::new(row::about(waiver)),
            Cell::new(row::lifts(waiver)),
            Cell::new(waiver["team"].as_str().unwrap_or("all")),
            Cell::new(Standing::of(waiver).as_str()),
            Cell::new(left),
            Cell::new(row::text(waiver, "owner")),
            Cell::new(row::text(waiver, "reason")),
        ]);
    }
    if !args.json && rows.is_empty() {
        let all = if args.all { "" } else { "; --all also shows those that have ended" };
        writeln!(out, "no waiver holds{all}")?;
    } else if !args.json {
        table.print(&mut out, &rows)?;
    }
    out.flush()?;
    Ok(Exit::Done)
}

use anyhow::Context;
use clap::Args;
use depaudit_model::{TeamId, WaiverId};
use depaudit_policy::Phrase;
use reqwest::Method;
use serde_json::json;

use super::phrase;
use super::place::{Place, operator};
use super::row;
use crate::exit::Exit;

/// Grant a waiver that somebody else proposed
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  depaudit waiver grant 0f3a5c7e9b")]
pub(super) struct GrantArgs {
    /// The waiver's id, as `depaudit waiver list` shows it
    #[arg(value_name = "ID")]
    id: WaiverId,
    /// The team that it is for, where a server is asked
    #[arg(long, value_name = "NAME")]
    team: Option<TeamId>,
    #[command(flatten)]
    place: Place,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// End a waiver before its day, for good
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  depaudit waiver end 0f3a5c7e9b --reason 'migrated'")]
pub(super) struct EndArgs {
    /// The waiver's id, as `depaudit waiver list` shows it
    #[arg(value_name = "ID")]
    id: WaiverId,
    /// Why
    #[arg(long, value_name = "TEXT", value_parser = phrase)]
    reason: Option<Phrase>,
    /// The team that it is for, where a server is asked
    #[arg(long, value_name = "NAME")]
    team: Option<TeamId>,
    #[command(flatten)]
    place: Place,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn grant(args: &GrantArgs) -> anyhow::Result<Exit> {
    let waiver = if args.place.is_remote() {
        let path = ["waivers", args.id.as_str(), "grant"];
        args.place.ask(Method::POST, args.team.as_ref(), &path, None)?
    } else {
        args.place.insist_on_policy()?;
        args.place.at_the_desk(async |desk, _| {
            let waiver = desk.grant(&args.id, args.team.as_ref(), &operator()).await?;
            serde_json::to_value(waiver).context("a waiver cannot be written")
        })?
    };
    row::told(&waiver, &args.place, args.json)
}

pub(super) fn end(args: &EndArgs) -> anyhow::Result<Exit> {
    let reason = args.reason.as_ref().map(Phrase::as_str);
    let waiver = if args.place.is_remote() {
        let path = ["waivers", args.id.as_str(), "end"];
        let body = json!({ "reason": reason });
        args.place.ask(Method::POST, args.team.as_ref(), &path, Some(&body))?
    } else {
        args.place.at_the_desk(async |desk, _| {
            let waiver = desk.end(&args.id, args.team.as_ref(), &operator(), reason).await?;
            serde_json::to_value(waiver).context("a waiver cannot be written")
        })?
    };
    row::told(&waiver, &args.place, args.json)
}

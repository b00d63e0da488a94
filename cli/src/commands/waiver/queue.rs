use std::io::Write;

use anyhow::{Context, bail};
use clap::Args;
use depaudit_model::cargo::{CrateSpec, Release};
use depaudit_model::terminal::printable;
use depaudit_model::{RegistryName, TeamId};
use depaudit_policy::Phrase;
use depaudit_store::Asked;
use reqwest::Method;
use serde_json::{Value, json};

use super::phrase;
use super::place::{Place, operator};
use super::row::text;
use crate::exit::Exit;
use crate::output::{Out, TITLE, write_json_line};

/// Show what was blocked hard and asked for: it waits for somebody to look at it
///
/// With --server, each entry also tells its age, its advisories, and the newest version that passes.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  depaudit waiver queue")]
pub(super) struct QueueArgs {
    /// Only what this team asked for
    #[arg(long, value_name = "NAME")]
    team: Option<TeamId>,
    #[command(flatten)]
    place: Place,
    /// Print JSON, one release a line
    #[arg(long)]
    json: bool,
}

/// Take a release out of the review queue without letting it through
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  depaudit waiver dismiss left-pad@1.0.0 --reason 'use padding'")]
pub(super) struct DismissArgs {
    /// The release
    #[arg(value_name = "CRATE@VERSION")]
    release: CrateSpec,
    /// The registry that it is in
    #[arg(long, value_name = "NAME", default_value_t = RegistryName::crates_io())]
    registry: RegistryName,
    /// Why
    #[arg(long, value_name = "TEXT", value_parser = phrase)]
    reason: Phrase,
    /// The team that asked for it, where a server is asked
    #[arg(long, value_name = "NAME")]
    team: Option<TeamId>,
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(args: &QueueArgs) -> anyhow::Result<Exit> {
    let waiting = if args.place.is_remote() {
        args.place.ask(Method::GET, args.team.as_ref(), &["review"], None)?
    } else {
        args.place.at_the_desk(async |desk, _| {
            let asked = desk.queue(args.team.as_ref()).await.context("the queue cannot be read")?;
            Ok(Value::Array(asked.iter().map(written).collect()))
        })?
    };
    let mut out = Out::new();
    let waiting = waiting.as_array().map(Vec::as_slice).unwrap_or_default();
    if waiting.is_empty() && !args.json {
        let whose = args.team.as_ref().map_or_else(String::new, |team| format!(" for {team}"));
        writeln!(
            out,
            "nothing waits{whose}: no build asked for what is blocked, or all was decided"
        )?;
    }
    for entry in waiting {
        if args.json {
            write_json_line(&mut out, entry)?;
        } else {
            print(&mut out, entry)?;
        }
    }
    out.flush()?;
    Ok(Exit::Done)
}

fn written(asked: &Asked) -> Value {
    json!({
        "registry": asked.registry.as_str(),
        "crate": asked.release.name.as_str(),
        "version": asked.release.version.to_string(),
        "sha256": asked.checksum.to_string(),
        "rule": asked.rule,
        "reason": asked.reason,
        "first_asked": asked.first.to_string(),
        "last_asked": asked.last.to_string(),
        "times": asked.times,
        "teams": asked.teams.iter().map(TeamId::as_str).collect::<Vec<_>>(),
    })
}

fn print(out: &mut Out, entry: &Value) -> std::io::Result<()> {
    let told = |key: &str| printable(text(entry, key)).to_string();
    let release = format!("{}@{}", told("crate"), told("version"));
    writeln!(out, "{TITLE}{release}{TITLE:#} ({}, {})", told("registry"), told("rule"))?;
    let teams: Vec<_> = entry["teams"].as_array().into_iter().flatten().collect();
    let teams: Vec<_> = teams.iter().filter_map(|team| team.as_str()).collect();
    writeln!(
        out,
        "  asked for by {}, first {}, last {}, {} times",
        printable(&teams.join(", ")),
        told("first_asked"),
        told("last_asked"),
        entry["times"].as_u64().unwrap_or(0)
    )?;
    let size = |key: &str| match entry[key].as_u64() {
        Some(bytes) => format!("{bytes} bytes packed"),
        None => "not fetched".to_owned(),
    };
    if !entry["published"].is_null() {
        writeln!(out, "  published {}, {}", told("published"), size("bytes"))?;
    }
    if let Some(newest) = entry["newest_allowed"].as_str() {
        let newest = printable(newest);
        writeln!(out, "  newest allowed: {newest}, {}", size("newest_allowed_bytes"))?;
    }
    for advisory in entry["advisories"].as_array().into_iter().flatten() {
        writeln!(out, "  advisory {}", printable(advisory.as_str().unwrap_or_default()))?;
    }
    for line in text(entry, "reason").lines() {
        writeln!(out, "  | {}", printable(line))?;
    }
    Ok(())
}

pub(super) fn dismiss(args: &DismissArgs) -> anyhow::Result<Exit> {
    let Some(version) = args.release.version.clone() else {
        bail!("name the version too, as in left-pad@1.0.0");
    };
    let release = Release { name: args.release.name.clone(), version };
    if args.place.is_remote() {
        let body = json!({
            "registry": args.registry.as_str(),
            "crate": release.name.as_str(),
            "version": release.version.to_string(),
            "reason": args.reason.as_str(),
        });
        let path = ["review", "dismiss"];
        args.place.ask(Method::POST, args.team.as_ref(), &path, Some(&body))?;
    } else {
        args.place.at_the_desk(async |desk, _| {
            let reason = args.reason.as_str();
            Ok(desk.dismiss(&args.registry, &release, None, &operator(), reason).await?)
        })?;
    }
    let mut out = Out::new();
    writeln!(out, "{release} does not wait any more")?;
    out.flush()?;
    Ok(Exit::Done)
}

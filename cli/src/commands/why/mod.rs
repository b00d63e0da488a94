//! `depaudit why`

mod page;

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use depaudit_model::cargo::CrateSpec;
use depaudit_model::{Clock, RegistryName, TeamId};
use depaudit_policy::door::Outcome;
use depaudit_proxy::door::{Asker, Doorkeeper, StoredFacts};
use depaudit_proxy::record::PolicyOnRecord;
use depaudit_proxy::waivers;
use reqwest::Method;
use serde_json::{Value, json};

use crate::args::{DataFolder, ServerUrl, TokenSource};
use crate::ask::ask;
use crate::backend;
use crate::commands::block_on;
use crate::door::DoorFiles;
use crate::exit::Exit;
use crate::output::{Out, write_json_line};
use crate::system::SystemClock;

/// Tell why a crate passes the proxy's doors or not: which rules looked, and what they saw
///
/// A running server is asked with --server. Without one, the index that its data folder has is judged
/// by the policy that is named here, with the waivers that are kept there; no registry is asked.
///
/// Ends with 1 when the version that was asked about is blocked, or no version passes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  depaudit why openssl@1.1.0 --team payments --server \
                  https://crates.example.com\n  depaudit why openssl --policy depaudit.toml")]
pub struct WhyArgs {
    /// A crate, or one version of it: `NAME[@VERSION]`
    #[arg(value_name = "CRATE[@VERSION]")]
    what: CrateSpec,
    /// The team that asks; without one, a team that no rule names
    #[arg(long, value_name = "NAME")]
    team: Option<TeamId>,
    /// The registry
    #[arg(long, value_name = "NAME", default_value_t = RegistryName::crates_io())]
    registry: RegistryName,
    /// Ask a running server; needs --team
    #[arg(long, value_name = "URL", requires = "team")]
    server: Option<ServerUrl>,
    #[command(flatten)]
    token: TokenSource,
    #[command(flatten)]
    data: DataFolder,
    /// The policy to go by, where no server is asked
    #[arg(long, value_name = "FILE", env = "DEPAUDIT_POLICY", hide_env_values = true)]
    policy: Option<PathBuf>,
    /// The advisory database to go by, where no server is asked
    #[arg(long, value_name = "DIR", env = "DEPAUDIT_ADVISORIES", hide_env_values = true)]
    advisories: Option<PathBuf>,
    /// Print JSON (depaudit.why/1)
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// When the server or the stores cannot be asked, or nothing is known of the crate.
pub fn run(args: &WhyArgs) -> anyhow::Result<Exit> {
    let why = match (&args.server, &args.team) {
        (Some(server), Some(team)) => {
            let version = args.what.version.as_ref().map(ToString::to_string);
            let mut path =
                vec!["t", team.as_str(), args.registry.as_str(), "why", args.what.name.as_str()];
            path.extend(version.as_deref());
            ask(server, args.token.token()?.as_ref(), Method::GET, &path, None)?
        }
        _ => offline(args)?,
    };
    let mut out = Out::new();
    if args.json {
        write_json_line(&mut out, &why)?;
    } else {
        page::print(&mut out, &why)?;
    }
    out.flush()?;
    let blocked = match why.get("release") {
        Some(release) => release["outcome"] == serde_json::to_value(Outcome::Hard)?,
        None => why["newest_allowed"].is_null(),
    };
    Ok(if blocked || !why["name_refused"].is_null() { Exit::Negative } else { Exit::Done })
}

fn offline(args: &WhyArgs) -> anyhow::Result<Value> {
    let files = DoorFiles { policy: args.policy.clone(), advisories: args.advisories.clone() };
    let (mut rules, _) = files.read()?;
    let now = SystemClock.now();
    let team = match &args.team {
        Some(team) => team.clone(),
        None => "any".parse()?,
    };
    let backend = backend::open_to_read(&args.data.path)?;
    let why = block_on(async {
        let two_persons = rules.door.two_person_waivers();
        let kept = backend.meta.waivers().await?;
        rules.permits = kept.iter().filter_map(|it| waivers::permit(it, two_persons)).collect();
        let stored = StoredFacts {
            blobs: Arc::clone(&backend.blobs),
            meta: Arc::clone(&backend.meta),
            log: Arc::clone(&backend.audit),
        };
        let on_record = PolicyOnRecord::look_up(&*backend.meta, &*backend.audit).await?;
        let internal = rules.door.internal_registries().clone();
        let (name, registry) = (&args.what.name, args.registry.clone());
        let home = stored.home_of(&internal, &registry, name).await?;
        let asker = Asker { team, registry, home };
        let digest = rules.door.digest();
        let same = on_record.as_ref().filter(|it| it.digest == digest);
        // As a server holds them; no view is made here.
        let rules = Doorkeeper::new(rules, 0, same.map_or(now, |it| it.since)).in_force();
        let why = stored.why(&rules, &asker, name, args.what.version.as_ref(), now).await?;
        drop(stored);
        backend.close().await?;
        anyhow::Ok((why, on_record))
    })?;
    let (why, on_record) = why;
    if why.confirmed.is_none() && why.name_refused.is_none() {
        bail!(
            "no index entry of {} is stored here: ask the server that serves it, with --server",
            args.what.name
        );
    }
    let mut told = serde_json::to_value(why).context("the answer cannot be written")?;
    // What a server on this data goes by, which need not be what was named here.
    told["on_record"] = match on_record {
        Some(it) => json!({ "policy": it.digest, "since": it.since }),
        None => Value::Null,
    };
    Ok(told)
}

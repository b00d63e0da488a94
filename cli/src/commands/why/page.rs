//! The answer for people.

use std::io;
use std::io::Write;

use depaudit_model::terminal::printable;
use depaudit_policy::door::Lifted;
use serde::Deserialize;
use serde_json::Value;

use crate::output::{BAD, GOOD, Out, TITLE};

/// How many versions are listed, the newest first.
const MOST: usize = 20;

pub(super) fn print(out: &mut Out, why: &Value) -> io::Result<()> {
    let (name, team) = (text(why, "crate"), text(why, "team"));
    let registry = text(why, "registry");
    if let Some(refused) = why["name_refused"].as_str() {
        writeln!(out, "{TITLE}{}{TITLE:#} for {team}: {BAD}blocked{BAD:#}", printable(name))?;
        return lines(out, refused);
    }
    match why.get("release") {
        Some(release) => {
            let version = text(release, "version");
            write!(out, "{TITLE}{} {version}{TITLE:#} for {team}, {registry}: ", printable(name))?;
            outcome(out, text(release, "outcome"))?;
            writeln!(out)?;
            if let Some(refusal) = release["refusal"].as_str() {
                lines(out, refusal)?;
            }
            for look in release["looked"].as_array().into_iter().flatten() {
                looked(out, look)?;
            }
            if release["sha256"].is_null() {
                writeln!(out, "  the stored index does not list it")?;
            } else {
                let stored = if release["stored"] == true { "stored here" } else { "not stored" };
                writeln!(out, "  sha256 {}, {stored}", text(release, "sha256"))?;
            }
        }
        None => versions(out, why)?,
    }
    for waiver in why["waivers"].as_array().into_iter().flatten() {
        let word = |key| printable(text(waiver, key)).to_string();
        let (id, covers, end) = (word("id"), word("covers"), word("expires"));
        let (owner, reason) = (word("owner"), word("reason"));
        let lifts = Lifted::deserialize(&waiver["lifts"])
            .map_or_else(|_| "not told".to_owned(), |it| it.to_string());
        writeln!(out, "  waiver {id}: {covers} until {end}, lifts {lifts}, {owner}: {reason}")?;
    }
    match why["newest_allowed"].as_str() {
        Some(newest) => writeln!(out, "newest allowed version: {newest}")?,
        None => writeln!(out, "{BAD}no version passes{BAD:#}")?,
    }
    let policy = match why["policy"].as_str() {
        Some(digest) => format!("the policy {digest}"),
        None => "no policy".to_owned(),
    };
    let confirmed = why["confirmed"].as_str().unwrap_or("never");
    writeln!(out, "judged by {policy}; index confirmed: {confirmed}")?;
    on_record(out, why)
}

/// Where a data folder was looked into, and its record says that its server goes by another policy.
fn on_record(out: &mut Out, why: &Value) -> io::Result<()> {
    let told = &why["on_record"];
    if told.is_null() || told["policy"] == why["policy"] {
        return Ok(());
    }
    let since = text(told, "since");
    match told["policy"].as_str() {
        Some(digest) => writeln!(
            out,
            "{BAD}not what the server answers{BAD:#}: by its record, the policy {digest} is in force since \
             {since}; name its file with --policy, or ask the server with --server"
        ),
        None => writeln!(
            out,
            "{BAD}not what the server answers{BAD:#}: by its record, no policy is in force since {since}"
        ),
    }
}

fn versions(out: &mut Out, why: &Value) -> io::Result<()> {
    let (name, team) = (text(why, "crate"), text(why, "team"));
    writeln!(out, "{TITLE}{}{TITLE:#} for {team}, {}:", printable(name), text(why, "registry"))?;
    let versions = why["versions"].as_array().map(Vec::as_slice).unwrap_or_default();
    for version in versions.iter().take(MOST) {
        write!(out, "  {:<16} ", text(version, "version"))?;
        outcome(out, text(version, "outcome"))?;
        if let Some(decided) = version.get("decided").filter(|it| !it.is_null()) {
            let saw = text(decided, "saw");
            write!(out, " by {}: {}", text(decided, "rule"), printable(saw))?;
            if let Some(until) = decided["until"].as_str() {
                write!(out, ", until {until}")?;
            }
        } else if version["exempted"] == true {
            write!(out, ", exempted")?;
        }
        writeln!(out)?;
    }
    if versions.len() > MOST {
        writeln!(out, "  and {} older ones; --json has them all", versions.len() - MOST)?;
    }
    Ok(())
}

fn outcome(out: &mut Out, outcome: &str) -> io::Result<()> {
    match outcome {
        "allowed" => write!(out, "{GOOD}allowed{GOOD:#}"),
        "soft" => write!(out, "{BAD}held back{BAD:#} (served to builds that locked it)"),
        _ => write!(out, "{BAD}blocked{BAD:#}"),
    }
}

fn looked(out: &mut Out, look: &Value) -> io::Result<()> {
    let saw = |it: &Value| printable(text(it, "saw")).to_string();
    match text(look, "result") {
        "passed" => writeln!(out, "  {}: passed, {}", text(look, "rule"), saw(look)),
        "nothing-to-look-for" => {
            writeln!(out, "  {}: nothing to look for, not configured", text(look, "rule"))
        }
        "objected" => writeln!(out, "  {}: objects, {}", text(look, "rule"), saw(look)),
        "would" => writeln!(out, "  {}: would object (dry run), {}", text(look, "rule"), saw(look)),
        _ => {
            let objection = &look["objection"];
            let by = match look["by"].get("permit") {
                Some(permit) => {
                    format!("waiver {} until {}", text(permit, "id"), text(permit, "expires"))
                }
                None => "a line of the policy".to_owned(),
            };
            let (rule, by) = (text(objection, "rule"), printable(&by));
            writeln!(out, "  {rule}: lifted by {by}; it objects to {}", saw(objection))
        }
    }
}

fn lines(out: &mut Out, refusal: &str) -> io::Result<()> {
    refusal.lines().try_for_each(|line| writeln!(out, "  | {}", printable(line)))
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

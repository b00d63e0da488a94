//! A waiver for people, from the JSON that a server and the desk have in common.

use std::io::Write;

use depaudit_model::terminal::printable;
use depaudit_model::{Clock, Timestamp};
use depaudit_policy::door::{DoorRule, Lifted};
use depaudit_policy::{Day, Expiry};
use serde::Deserialize;
use serde_json::Value;

use super::place::Place;
use crate::exit::Exit;
use crate::output::{Out, write_json_line};
use crate::system::SystemClock;

/// What a waiver stands at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Proposed,
    Open,
    Ended,
    Expired,
}

impl Standing {
    pub(super) fn of(waiver: &Value) -> Self {
        if !waiver["ended"].is_null() {
            Self::Ended
        } else if Expiry::of(last_day(waiver), Day::of(SystemClock.now())) == Expiry::Past {
            Self::Expired
        } else if waiver["granted"].is_null() {
            Self::Proposed
        } else {
            Self::Open
        }
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "waits for another person",
            Self::Open => "open",
            Self::Ended => "ended",
            Self::Expired => "expired",
        }
    }
}

pub(super) fn text<'v>(waiver: &'v Value, key: &str) -> &'v str {
    waiver[key].as_str().unwrap_or_default()
}

/// The first day on which it does not hold any more.
pub(super) fn last_day(waiver: &Value) -> Day {
    let moment = text(waiver, "expires").parse().unwrap_or(Timestamp::EPOCH);
    Day::of(moment)
}

/// What it is for: `openssl =1.1.0`, or an advisory.
pub(super) fn about(waiver: &Value) -> String {
    match waiver.get("release") {
        Some(release) => format!("{} {}", text(release, "crate"), text(release, "version")),
        None => text(waiver, "advisory").to_owned(),
    }
}

/// The rules that it lifts.
pub(super) fn lifts(waiver: &Value) -> String {
    match waiver.get("release") {
        Some(release) => Lifted::deserialize(&release["lifts"])
            .map_or_else(|_| "not told".to_owned(), |it| it.to_string()),
        None => DoorRule::Advisory.to_string(),
    }
}

/// Says what was done to a waiver.
pub(super) fn told(waiver: &Value, place: &Place, json: bool) -> anyhow::Result<Exit> {
    let mut out = Out::new();
    if json {
        write_json_line(&mut out, waiver)?;
    } else {
        let id = text(waiver, "id");
        let what = about(waiver);
        let (what, team) = (printable(&what), waiver["team"].as_str().unwrap_or("every team"));
        let lifts = lifts(waiver);
        match Standing::of(waiver) {
            Standing::Proposed => {
                let grant = place.next_by_policy(&["grant", id], waiver["team"].as_str());
                writeln!(
                    out,
                    "waiver {id} is proposed: {what} for {team}, lifts {lifts}. It opens nothing \
                     before another person runs `{grant}`"
                )?;
            }
            Standing::Open => {
                let day = last_day(waiver);
                writeln!(
                    out,
                    "waiver {id} is granted: {what} for {team}, lifts {lifts}, until {day}"
                )?;
            }
            Standing::Ended | Standing::Expired => {
                writeln!(out, "waiver {id} has ended: {what} for {team}")?;
            }
        }
    }
    out.flush()?;
    Ok(Exit::Done)
}

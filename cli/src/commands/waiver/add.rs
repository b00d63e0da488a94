use std::str::FromStr;

use anyhow::{Context, bail};
use clap::Args;
use depaudit_model::cargo::{CrateName, parse_versions};
use depaudit_model::{Clock, RegistryName, TeamId};
use depaudit_policy::door::{DoorRule, Lifted};
use depaudit_policy::{Day, Link, Phrase};
use depaudit_proxy::waivers::{Draft, DraftAbout};
use reqwest::Method;
use semver::VersionReq;
use serde_json::json;

use super::phrase;
use super::place::{Place, operator};
use super::row;
use crate::config::values::Span;
use crate::exit::Exit;
use crate::system::SystemClock;

/// Ask for a waiver, and grant it at once where the policy does not ask for two persons
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  depaudit waiver add openssl@=1.1.0 --team payments --owner ann \
                  --reason 'until the migration' --expires 30d\n  depaudit waiver add --advisory \
                  RUSTSEC-2026-0001 --all-teams --owner ann --reason 'not reached' --expires \
                  2026-12-31\n  depaudit waiver add ours@=1.2.0 --rule upstream-changed --team \
                  payments --owner ann --reason 'restored from a backup, ticket 12' --expires 7d"
)]
pub(super) struct AddArgs {
    /// A crate, with the versions that are let through, such as openssl@=1.1.0 or openssl@^1.1
    #[arg(value_name = "CRATE[@REQUIREMENT]", required_unless_present = "advisory")]
    about: Option<Wanted>,
    /// An advisory that is let through, whatever it is about
    #[arg(long, value_name = "ID", conflicts_with = "about", value_parser = advisory)]
    advisory: Option<Phrase>,
    /// A rule that it lifts, repeatable. Without one it lifts what the policy thinks of a release: every
    /// rule but checksum, which nothing lifts, and upstream-changed, which has to be named
    #[arg(long = "rule", value_name = "RULE", conflicts_with = "advisory", value_parser = liftable)]
    rules: Vec<DoorRule>,
    /// The team that it is for
    #[arg(long, value_name = "NAME", required_unless_present = "all_teams")]
    team: Option<TeamId>,
    /// For every team; only on the server's own machine
    #[arg(long, conflicts_with_all = ["team", "server"])]
    all_teams: bool,
    /// The registry that the crate is in
    #[arg(long, value_name = "NAME", default_value_t = RegistryName::crates_io())]
    registry: RegistryName,
    /// Who answers for it
    #[arg(long, value_name = "NAME", value_parser = phrase)]
    owner: Phrase,
    /// Why
    #[arg(long, value_name = "TEXT", value_parser = phrase)]
    reason: Phrase,
    /// Where more is said
    #[arg(long, value_name = "URL", value_parser = link)]
    link: Option<Link>,
    /// The first day on which it does not hold any more, or for how long it holds (30d)
    #[arg(long, value_name = "DAY|TIME")]
    expires: Expiry,
    #[command(flatten)]
    place: Place,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// `NAME[@REQUIREMENT]`
#[derive(Debug, Clone)]
struct Wanted(CrateName, VersionReq);

impl FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, requirement) = text.split_once('@').unwrap_or((text, "*"));
        let name = name
            .parse()
            .map_err(|error: depaudit_model::cargo::CrateNameError| error.to_string())?;
        let requirement = parse_versions(requirement).map_err(|error| error.to_string())?;
        Ok(Self(name, requirement))
    }
}

#[derive(Debug, Clone, Copy)]
enum Expiry {
    On(Day),
    After(Span),
}

impl FromStr for Expiry {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(day) = text.parse() {
            return Ok(Self::On(day));
        }
        let span = text.parse().map(Self::After);
        span.map_err(|_| {
            "expected a day such as 2026-12-31, or a length of time such as 30d".into()
        })
    }
}

impl Expiry {
    fn day(self) -> Day {
        match self {
            Self::On(day) => day,
            Self::After(span) => Day::of(SystemClock.now().plus(span.0)),
        }
    }
}

/// `RUSTSEC-2026-0001`, `CVE-2026-12345`: letters, a year, a number.
fn advisory(text: &str) -> Result<Phrase, String> {
    let mut parts = text.splitn(3, '-');
    let (house, year, number) = (parts.next(), parts.next(), parts.next());
    let letters = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_uppercase());
    let digits = |text: &str| text.len() >= 4 && text.bytes().all(|it| it.is_ascii_digit());
    if house.is_some_and(letters) && year.is_some_and(digits) && number.is_some_and(digits) {
        phrase(text)
    } else {
        Err("expected the id of an advisory, such as RUSTSEC-2026-0001".into())
    }
}

/// A rule that a waiver may lift.
fn liftable(text: &str) -> Result<DoorRule, String> {
    let rule = text.parse().map_err(|_| {
        let liftable = DoorRule::ALL.into_iter().filter(|rule| rule.can_be_lifted());
        let named: Vec<_> = liftable.map(DoorRule::as_str).collect();
        format!("expected one of {}", named.join(", "))
    })?;
    Lifted::of([rule]).map(|_| rule).map_err(|error| error.to_string())
}

fn link(text: &str) -> Result<Link, String> {
    Link::try_from(text.to_owned()).map_err(|error| error.to_string())
}

pub(super) fn run(args: AddArgs) -> anyhow::Result<Exit> {
    let about = match (args.about, args.advisory) {
        (Some(Wanted(name, version)), None) => {
            DraftAbout::Release { name, version, lifts: Lifted::of(args.rules)? }
        }
        (None, Some(id)) => DraftAbout::Advisory(id),
        _ => bail!("a waiver is for a crate or for an advisory"),
    };
    let expires = args.expires.day();
    if args.place.is_remote() {
        let about = match &about {
            DraftAbout::Release { name, version, lifts } => json!({ "release": {
                "crate": name.as_str(), "version": version.to_string(), "lifts": lifts,
            } }),
            DraftAbout::Advisory(id) => json!({ "advisory": id.as_str() }),
        };
        let body = json!({
            "about": about,
            "registry": args.registry.as_str(),
            "owner": args.owner.as_str(),
            "reason": args.reason.as_str(),
            "link": args.link.as_ref().map(Link::as_str),
            "expires": expires.to_string(),
        });
        let team = args.team.as_ref();
        let waiver = args.place.ask(Method::POST, team, &["waivers"], Some(&body))?;
        return row::told(&waiver, &args.place, args.json);
    }
    args.place.insist_on_policy()?;
    let draft = Draft {
        about,
        registry: args.registry,
        team: args.team,
        owner: args.owner,
        reason: args.reason,
        link: args.link,
        expires,
    };
    let waiver = args.place.at_the_desk(async |desk, _| {
        let waiver = desk.propose(draft, &operator()).await?;
        serde_json::to_value(waiver).context("a waiver cannot be written")
    })?;
    row::told(&waiver, &args.place, args.json)
}

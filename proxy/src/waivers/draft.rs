use depaudit_model::cargo::CrateName;
use depaudit_model::{RegistryName, TeamId};
use depaudit_policy::door::Lifted;
use depaudit_policy::{Day, Link, Phrase};
use semver::VersionReq;
use serde::{Deserialize, Deserializer};

/// A waiver that somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Draft {
    /// What it is for.
    pub about: DraftAbout,
    /// For which registry's crates; `crates-io` when absent.
    #[serde(default = "RegistryName::crates_io")]
    pub registry: RegistryName,
    /// For which team; absent for all. A request's path names it.
    #[serde(skip)]
    pub team: Option<TeamId>,
    /// Who answers for it.
    pub owner: Phrase,
    /// Why.
    pub reason: Phrase,
    /// Where more is said.
    pub link: Option<Link>,
    /// The first day on which it does not hold any more.
    #[serde(deserialize_with = "day")]
    pub expires: Day,
}

/// What a waiver is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum DraftAbout {
    /// Versions of a crate.
    Release {
        /// The crate.
        #[serde(rename = "crate")]
        name: CrateName,
        /// Its versions; `*` for every one, which nobody gets by leaving something out.
        version: VersionReq,
        /// The rules that it lifts; what the policy thinks of it where none is named.
        #[serde(default)]
        lifts: Lifted,
    },
    /// An advisory, whatever it is about.
    Advisory(Phrase),
}

fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}

//! What `[door]` looks like in `depaudit.toml`.

use std::collections::BTreeMap;

use depaudit_model::{RegistryName, TeamId};
use semver::VersionReq;
use serde::Deserialize;
use toml::Spanned;

use super::{Block, DoorRule, Lifted, Mode};
use crate::{Link, PackageGlob, Phrase};

/// `[door]`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct DoorShape {
    /// Whether only what `[[door.allow]]` lists is let through.
    pub(crate) only_allowed: Option<Spanned<bool>>,
    /// In days, by registry.
    #[serde(default)]
    pub(crate) minimum_age_days: BTreeMap<RegistryName, Spanned<u16>>,
    /// What a missing publish time comes to under a minimum age.
    #[serde(default)]
    pub(crate) unknown_age: Unknown,
    /// What a release comes to that is too young, and mends an advisory.
    #[serde(default)]
    pub(crate) young_security_fixes: Unknown,
    /// Whether advisories that only inform count.
    #[serde(default)]
    pub(crate) informational_advisories: bool,
    /// Approved licences.
    pub(crate) licences: Option<Vec<Spanned<String>>>,
    /// What a missing licence comes to.
    #[serde(default)]
    pub(crate) unknown_licence: Unknown,
    /// In bytes.
    pub(crate) largest_crate_bytes: Option<Spanned<u64>>,
    /// Names that others must not look like.
    #[serde(default)]
    pub(crate) protected_names: Vec<Spanned<Phrase>>,
    /// The registries in which internal names are at home.
    #[serde(default)]
    pub(crate) internal_registries: Vec<RegistryName>,
    /// Whether a waiver needs two persons.
    #[serde(default)]
    pub(crate) two_person_waivers: bool,
    /// In days.
    pub(crate) longest_waiver_days: Option<u16>,
    /// Whom to ask for a waiver.
    pub(crate) contact: Option<Phrase>,
    #[serde(default)]
    pub(crate) rule: Vec<RuleShape>,
    #[serde(default)]
    pub(crate) deny: Vec<Spanned<DenyShape>>,
    #[serde(default)]
    pub(crate) allow: Vec<Spanned<AllowShape>>,
}

/// What is made of something that is not known, or not old enough.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Unknown {
    #[default]
    Deny,
    Allow,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RuleShape {
    pub(crate) rule: Spanned<DoorRule>,
    pub(crate) team: Option<TeamId>,
    pub(crate) mode: Option<Mode>,
    pub(crate) block: Option<Block>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct DenyShape {
    pub(crate) package: PackageGlob,
    pub(crate) version: Option<VersionReq>,
    pub(crate) team: Option<TeamId>,
    pub(crate) reason: Phrase,
    pub(crate) replacement: Option<Phrase>,
    pub(crate) link: Option<Link>,
    pub(crate) block: Option<Block>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct AllowShape {
    pub(crate) package: PackageGlob,
    pub(crate) version: Option<VersionReq>,
    pub(crate) team: Option<TeamId>,
    #[serde(default)]
    pub(crate) rules: Lifted,
    pub(crate) reason: Phrase,
}

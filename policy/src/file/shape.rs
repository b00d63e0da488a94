//! What `depaudit.toml` looks like. `schemas/depaudit.toml.schema.json` says the same for editors;
//! a test compares the two.

use std::collections::BTreeMap;

use depaudit_model::Checksum;
use semver::VersionReq;
use serde::Deserialize;
use toml::Spanned;

use super::Reference;
use crate::door::DoorShape;
use crate::waiver::PathScope;
use crate::{Day, Fingerprint, Group, Level, Link, PackageGlob, Phrase};

/// The entries of lists stay texts here: serde would blame a whole list for one bad entry.
pub(super) type List = Vec<Spanned<String>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Root {
    pub(super) extends: Option<Spanned<Reference>>,
    pub(super) extends_sha256: Option<Spanned<Checksum>>,
    #[serde(default)]
    pub(super) internal_packages: List,
    /// By group, or by the code or name of a rule.
    #[serde(default)]
    pub(super) levels: BTreeMap<Spanned<String>, Spanned<Level>>,
    #[serde(default)]
    pub(super) level: Vec<NarrowLevel>,
    #[serde(default)]
    pub(super) approved: Approved,
    #[serde(default)]
    pub(super) drift: Drift,
    #[serde(default)]
    pub(super) waivers: Waivers,
    #[serde(default)]
    pub(super) door: DoorShape,
    #[serde(default)]
    pub(super) r#override: Vec<Spanned<Override>>,
    #[serde(default)]
    pub(super) waiver: Vec<Spanned<Waiver>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct NarrowLevel {
    pub(super) rule: Spanned<String>,
    pub(super) package: Option<PackageGlob>,
    pub(super) team: Option<Phrase>,
    pub(super) level: Spanned<Level>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Approved {
    pub(super) registries: Option<Spanned<List>>,
    pub(super) proxies: Option<Spanned<List>>,
    pub(super) git_hosts: Option<Spanned<List>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Drift {
    #[serde(default)]
    pub(super) one_version: List,
    pub(super) minimum_age_days: Option<Spanned<u16>>,
    pub(super) missed_patch_days: Option<Spanned<u16>>,
    pub(super) libyear_budget: Option<Spanned<u16>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Waivers {
    pub(super) max_days: Option<Spanned<u16>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Override {
    pub(super) package: PackageGlob,
    pub(super) source: Spanned<String>,
    pub(super) owner: Option<Phrase>,
    pub(super) reason: Option<Phrase>,
    pub(super) link: Option<Link>,
    pub(super) expires: Option<Spanned<Day>>,
    pub(super) until: Option<Spanned<VersionReq>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Waiver {
    pub(super) rule: Option<Spanned<String>>,
    pub(super) group: Option<Spanned<Group>>,
    pub(super) fingerprint: Option<Fingerprint>,
    pub(super) package: Option<PackageGlob>,
    pub(super) version: Option<VersionReq>,
    pub(super) team: Option<Phrase>,
    pub(super) path: Option<PathScope>,
    pub(super) owner: Option<Phrase>,
    pub(super) reason: Phrase,
    pub(super) link: Option<Link>,
    pub(super) granted: Option<Spanned<Day>>,
    pub(super) expires: Option<Spanned<Day>>,
}

//! The registries behind the proxy, from flags and file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, bail};
use depaudit_model::{RegistryName, Secret};
use depaudit_proxy::upstream::{HeaderPair, UpstreamSettings};
use url::Url;

use super::file::UpstreamTable;
use super::values::{IndexUrl, UpstreamFlag};

/// Brings flags and tables together; `crates-io` is added when nobody named it.
///
/// # Errors
/// When a registry has no index, or a token cannot be read.
pub(super) fn resolve(
    flags: Vec<UpstreamFlag>,
    mut tables: BTreeMap<RegistryName, UpstreamTable>,
    outbound_proxy: Option<&Url>,
) -> anyhow::Result<BTreeMap<RegistryName, UpstreamSettings>> {
    tables.entry(RegistryName::crates_io()).or_default();
    let mut named = BTreeSet::new();
    for flag in flags {
        if !named.insert(flag.name.clone()) {
            bail!("--upstream names `{}` twice", flag.name);
        }
        tables.entry(flag.name).or_default().index = Some(flag.index);
    }
    tables
        .into_iter()
        .map(|(name, table)| {
            let settings = settings(&name, table, outbound_proxy)
                .with_context(|| format!("the upstream `{name}`"))?;
            Ok((name, settings))
        })
        .collect()
}

fn settings(
    name: &RegistryName,
    table: UpstreamTable,
    outbound_proxy: Option<&Url>,
) -> anyhow::Result<UpstreamSettings> {
    let index = match table.index {
        Some(index) => index,
        None if *name == RegistryName::crates_io() => {
            tame_index::index::sparse::CRATES_IO_HTTP_INDEX.parse::<IndexUrl>()?
        }
        None => bail!("it needs `index`, the base of its sparse index"),
    };
    let mut settings = UpstreamSettings::new(index.0);
    settings.token = token(table.token, table.token_file.as_deref(), table.token_env.as_deref())?;
    settings.headers = table
        .headers
        .into_iter()
        .map(|(name, value)| {
            let name = name.parse().with_context(|| format!("`{name}` is no header name"))?;
            Ok(HeaderPair { name, value })
        })
        .collect::<anyhow::Result<_>>()?;
    settings.proxy = table.proxy.or_else(|| outbound_proxy.cloned());
    settings.hosts = table.hosts;
    settings.networks = table.networks;
    settings.trusted_hosts = table.trusted_hosts;
    if let Some(bytes) = table.max_crate_bytes {
        settings.limits.crate_bytes = bytes.0;
    }
    Ok(settings)
}

fn token(
    inline: Option<Secret>,
    file: Option<&Path>,
    variable: Option<&str>,
) -> anyhow::Result<Option<Secret>> {
    if [inline.is_some(), file.is_some(), variable.is_some()]
        .into_iter()
        .filter(|given| *given)
        .count()
        > 1
    {
        bail!("give one of `token`, `token-file` and `token-env`");
    }
    let text = match (inline, file, variable) {
        (Some(secret), ..) => return Ok(Some(secret)),
        (None, Some(file), _) => std::fs::read_to_string(file)
            .with_context(|| format!("cannot read the token in {}", file.display()))?,
        // The error of `var` would quote a value that is not Unicode.
        (None, None, Some(variable)) => match std::env::var(variable) {
            Ok(text) => text,
            Err(_) => bail!("the variable {variable} is not set"),
        },
        (None, None, None) => return Ok(None),
    };
    let text = text.trim();
    if text.is_empty() {
        bail!("the token is empty");
    }
    Ok(Some(Secret::new(text.to_owned())))
}

use std::collections::{BTreeMap, BTreeSet};

use anyhow::bail;
use depaudit_model::{RegistryName, TeamId};
use depaudit_proxy::settings::Guarded;

use super::file::{TeamTable, UpstreamTable};
use super::serve::AuthMode;

/// The registries and teams whose tables ask for tokens.
///
/// # Errors
/// When a table is about a team that is not served: the name is mistyped, and the team that was meant
/// would stay open.
pub(super) fn resolve(
    upstreams: &BTreeMap<RegistryName, UpstreamTable>,
    tables: &BTreeMap<TeamId, TeamTable>,
    served: Option<&BTreeSet<TeamId>>,
) -> anyhow::Result<Guarded> {
    if let Some(served) = served
        && let Some(unknown) = tables.keys().find(|team| !served.contains(*team))
    {
        bail!("[teams.{unknown}] is about a team that is not served; name it among `team` as well");
    }
    let registries = upstreams.iter().filter(|(_, table)| table.auth == Some(AuthMode::Required));
    let teams = tables.iter().filter(|(_, table)| table.auth == AuthMode::Required);
    Ok(Guarded {
        registries: registries.map(|(name, _)| name.clone()).collect(),
        teams: teams.map(|(team, _)| team.clone()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tables_that_require_a_token_guard_and_a_mistyped_team_is_an_error() {
        let tables = |names: &[(&str, AuthMode)]| -> BTreeMap<TeamId, TeamTable> {
            let table = |(name, auth): &(&str, AuthMode)| {
                (name.parse().unwrap(), TeamTable { auth: *auth })
            };
            names.iter().map(table).collect()
        };
        let mut upstreams = BTreeMap::from([(RegistryName::crates_io(), UpstreamTable::default())]);
        let internal = UpstreamTable { auth: Some(AuthMode::Required), ..UpstreamTable::default() };
        upstreams.insert("internal".parse().unwrap(), internal);
        let teams = tables(&[("payments", AuthMode::Required), ("search", AuthMode::Off)]);
        let guarded = resolve(&upstreams, &teams, None).unwrap();
        assert_eq!(guarded.registries, BTreeSet::from(["internal".parse().unwrap()]));
        assert_eq!(guarded.teams, BTreeSet::from(["payments".parse().unwrap()]));
        let served = BTreeSet::from(["payments".parse().unwrap()]);
        let error = resolve(&upstreams, &teams, Some(&served)).unwrap_err().to_string();
        assert!(error.starts_with("[teams.search] is about a team that is not served"), "{error}");
    }
}

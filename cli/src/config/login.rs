//! Who may look at pages: `--login` and what belongs to it.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use anyhow::bail;
use clap::{Args, ValueEnum};
use depaudit_model::TeamId;
use depaudit_web::{AccessSettings, is_loopback};
use serde::Deserialize;
use url::Url;

use super::file::ConfigFile;
use super::values::Span;

/// How long a session lasts, and how long when nobody uses it, when nobody says otherwise.
const LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);
const IDLE: Duration = Duration::from_secs(2 * 60 * 60);
/// The use of a session is noted to the minute.
const SHORTEST: Duration = Duration::from_secs(5 * 60);
const LONGEST: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The flags of `serve` that are about pages.
#[derive(Debug, Default, Args)]
pub struct LoginArgs {
    /// Whether pages need a login: by a token, which becomes a session [default: auto]
    #[arg(long, value_name = "MODE", env = "DEPAUDIT_LOGIN", hide_env_values = true)]
    pub login: Option<LoginMode>,
    /// How long a session lasts [default: 12h]
    #[arg(long, value_name = "TIME", env = "DEPAUDIT_SESSION_LIFETIME", hide_env_values = true)]
    pub session_lifetime: Option<Span>,
    /// How long a session lasts that nobody uses [default: 2h]
    #[arg(long, value_name = "TIME", env = "DEPAUDIT_SESSION_IDLE", hide_env_values = true)]
    pub session_idle: Option<Span>,
    /// A team whose `admin` tokens act for every team on pages; repeatable [default: all teams']
    #[arg(
        long,
        value_name = "NAME",
        env = "DEPAUDIT_OPERATOR_TEAM",
        value_delimiter = ',',
        hide_env_values = true
    )]
    pub operator_team: Vec<TeamId>,
}

/// `--login`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoginMode {
    /// Where tokens are asked for, or the server is known by anything but a loopback address.
    Auto,
    /// Always.
    Required,
    /// Whoever reaches the server sees every page, and acts as an admin.
    Off,
}

/// Who may look at pages, everything decided but where the server is.
#[derive(Debug, Clone)]
pub struct LoginConfig {
    mode: LoginMode,
    lifetime: Duration,
    idle: Duration,
    operator_teams: BTreeSet<TeamId>,
}

impl LoginArgs {
    /// Brings flags, variables, file and defaults together.
    ///
    /// # Errors
    /// When a length of time makes no sense, or an operators' team is not served.
    pub(super) fn resolve(
        self,
        file: &ConfigFile,
        served: Option<&BTreeSet<TeamId>>,
    ) -> anyhow::Result<LoginConfig> {
        let named = if self.operator_team.is_empty() {
            file.operator_team.clone().unwrap_or_default()
        } else {
            self.operator_team
        };
        let span = |flag: Option<Span>, file: Option<Span>, default| {
            flag.or(file).map_or(default, |span| span.0)
        };
        let config = LoginConfig {
            mode: self.login.or(file.login).unwrap_or(LoginMode::Auto),
            lifetime: span(self.session_lifetime, file.session_lifetime, LIFETIME),
            idle: span(self.session_idle, file.session_idle, IDLE),
            operator_teams: named.into_iter().collect(),
        };
        for (name, length) in [("session-lifetime", config.lifetime), ("session-idle", config.idle)]
        {
            if !(SHORTEST..=LONGEST).contains(&length) {
                bail!("`{name}` is from 5m to 30d");
            }
        }
        let unknown = served.and_then(|served| config.operator_teams.difference(served).next());
        if let Some(unknown) = unknown {
            bail!("the operators' team `{unknown}` is not served; name it among `team` as well");
        }
        Ok(config)
    }
}

impl LoginConfig {
    /// How it is where the server listens and is known, and whether it asks for tokens anywhere.
    #[must_use]
    pub fn settings(&self, listens: IpAddr, public_url: &Url, asks: bool) -> AccessSettings {
        let is_near = is_near(listens, public_url);
        let is_required = match self.mode {
            LoginMode::Required => true,
            LoginMode::Off => false,
            LoginMode::Auto => asks || !is_near,
        };
        if self.mode == LoginMode::Off && (asks || !is_near) {
            tracing::warn!(
                "--login off: whoever reaches this server sees every team's pages, and acts on them as \
                 an admin"
            );
        }
        AccessSettings {
            is_required,
            lifetime: self.lifetime,
            idle: self.idle,
            operator_teams: self.operator_teams.clone(),
        }
    }
}

/// Whether the server is for this machine alone.
#[must_use]
pub fn is_near(listens: IpAddr, public_url: &Url) -> bool {
    listens.is_loopback() && public_url.host_str().is_some_and(is_loopback)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_required(mode: Option<LoginMode>, listens: &str, url: &str, asks: bool) -> bool {
        let args = LoginArgs { login: mode, ..LoginArgs::default() };
        let config = args.resolve(&ConfigFile::default(), None).unwrap();
        config.settings(listens.parse().unwrap(), &url.parse().unwrap(), asks).is_required
    }

    #[test]
    fn a_login_is_asked_for_where_others_reach_the_server_or_tokens_are_asked_for() {
        let (near, far) = ("http://127.0.0.1:8417", "https://depaudit.example");
        assert!(!is_required(None, "127.0.0.1", near, false));
        assert!(!is_required(None, "::1", "http://[::1]:8417", false));
        assert!(is_required(None, "127.0.0.1", near, true));
        assert!(is_required(None, "0.0.0.0", near, false));
        assert!(is_required(None, "127.0.0.1", far, false));
        assert!(is_required(Some(LoginMode::Required), "127.0.0.1", near, false));
        assert!(!is_required(Some(LoginMode::Off), "0.0.0.0", far, true));
    }

    #[test]
    fn what_makes_no_sense_is_an_error_that_says_what_does() {
        let error = |args: LoginArgs| {
            let served = BTreeSet::from(["payments".parse().unwrap()]);
            args.resolve(&ConfigFile::default(), Some(&served)).unwrap_err().to_string()
        };
        let short = Some(Span(Duration::from_secs(1)));
        let told = error(LoginArgs { session_idle: short, ..LoginArgs::default() });
        assert_eq!(told, "`session-idle` is from 5m to 30d");
        let team = vec!["operators".parse().unwrap()];
        let told = error(LoginArgs { operator_team: team, ..LoginArgs::default() });
        assert!(told.contains("`operators` is not served"), "{told}");
    }
}

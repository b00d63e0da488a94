//! What the house does about it: a policy, put in force in two steps, a waiver by two persons, and a
//! build that is refused; at the real desk and the real doors.

use std::time::Duration;

use anyhow::{Context, ensure};
use axum::Router;
use axum::body::Body;
use depaudit_model::{Clock, RegistryName, TeamId};
use depaudit_policy::door::Lifted;
use depaudit_policy::{Day, Phrase};
use depaudit_proxy::Proxy;
use depaudit_proxy::waivers::{Draft, DraftAbout};
use http::StatusCode;

use super::month::{Month, ask};

/// From the first day on: a rule that only watches. What it would have held back is, of all, the release
/// that mends the fault.
const WATCHING: &str = r#"# The policy of acme's doors.
[door]
contact = "the platform team"
two-person-waivers = true
longest-waiver-days = 30

[door.minimum-age-days]
crates-io = 3

# Until we know what it would stop.
[[door.rule]]
rule = "minimum-age"
mode = "dry-run"
"#;

/// Since support complained.
const DENYING: &str = r#"
[[door.deny]]
package = "ledgerline"
version = "<1.2.1"
reason = "it loses the cents that do not divide"
replacement = "1.2.1"
link = "https://tickets.acme.example/4790"
"#;

/// When the house denies the faulty release; `payments` needs it until `payouts` has moved.
const DENIED_DAYS_AGO: u32 = 3;
/// When `search` tries to go back from its fork.
const REFUSED_DAYS_AGO: u32 = 1;
/// For how long the waiver holds.
const WAIVED_DAYS: u64 = 9;

impl Month<'_> {
    /// Puts the day's policy in force, before anything is asked for.
    pub(super) async fn put_in_force(&self, days_ago: u32, proxy: &Proxy) -> anyhow::Result<()> {
        let path = self.config.door.policy.as_ref().context("the demo has a policy")?;
        let denying = if days_ago <= DENIED_DAYS_AGO { DENYING } else { "" };
        std::fs::write(path, format!("{WATCHING}{denying}"))
            .with_context(|| format!("cannot write {}", path.display()))?;
        proxy.change_policy(self.config.door.read()?.0).await?;
        proxy.refresh_waivers().await?;
        Ok(())
    }

    /// What becomes of the policy on this day.
    pub(super) async fn govern(
        &self,
        days_ago: u32,
        proxy: &Proxy,
        app: &Router,
    ) -> anyhow::Result<()> {
        match days_ago {
            DENIED_DAYS_AGO => self.waive(proxy).await,
            REFUSED_DAYS_AGO => self.try_the_release(app).await,
            _ => Ok(()),
        }
    }

    /// One person asks, another one grants.
    async fn waive(&self, proxy: &Proxy) -> anyhow::Result<()> {
        let phrase = |text: &str| Phrase::try_from(text.to_owned());
        let end = self.clock.now().plus(Duration::from_secs(WAIVED_DAYS * 24 * 60 * 60));
        let draft = Draft {
            about: DraftAbout::Release {
                name: "ledgerline".parse()?,
                version: "=1.2.0".parse()?,
                lifts: Lifted::opinions(),
            },
            registry: RegistryName::crates_io(),
            team: Some("payments".parse::<TeamId>()?),
            owner: phrase("payouts")?,
            reason: phrase("payouts moves to 1.2.1 with its next release")?,
            link: Some("https://tickets.acme.example/4791".to_owned().try_into()?),
            expires: Day::of(end),
        };
        let desk = proxy.waiver_desk();
        let waiver = desk.propose(draft, "local:ann (1001)").await?;
        self.clock.go_on();
        desk.grant(&waiver.id, None, "local:lee (1002)").await?;
        Ok(())
    }

    /// Without the fork, the lock of `search` asks for what is denied.
    async fn try_the_release(&self, app: &Router) -> anyhow::Result<()> {
        self.clock.go_on();
        let path = "/t/search/crates-io/crates/ledgerline/1.2.0/download";
        let (status, told) = ask(app, http::Request::get(path), Body::empty()).await?;
        ensure!(status == StatusCode::FORBIDDEN, "{path} was answered {status}: {told}");
        Ok(())
    }
}

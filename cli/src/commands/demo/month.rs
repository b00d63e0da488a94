//! The month, played through the real proxy with a clock that is set.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, ensure};
use axum::Router;
use axum::body::{Body, to_bytes};
use depaudit_auditor::report::TeamName;
use depaudit_auditor::{ScanRequest, TeamRoot};
use depaudit_model::Clock;
use depaudit_policy::Day;
use depaudit_portfolio::report::Origin;
use depaudit_proxy::metrics::Metrics;
use depaudit_proxy::{Parts, Proxy, handler};
use depaudit_web::PortfolioService;
use http::StatusCode;
use tower::ServiceExt;
use url::Url;

use super::clock::SetClock;
use super::facts::Known;
use super::library::MIRRORED;
use super::repository::Repository;
use super::shelf::Edition;
use super::teams;
use crate::backend::Backend;
use crate::commands::policy::Loader;
use crate::commands::serve::{self, portfolio_door};
use crate::config::serve::ServeConfig;
use crate::system::SystemRandomness;

/// The largest answer that a day reads, in bytes.
const LARGEST: usize = 1 << 20;

/// What the month is played on.
pub(super) struct Month<'a> {
    pub(super) clock: Arc<SetClock>,
    pub(super) editions: &'a [Edition],
    pub(super) config: &'a ServeConfig,
    pub(super) backend: &'a Backend,
    /// Where the repositories are.
    pub(super) houses: PathBuf,
}

/// What happens on a day, in this order: what changed is pushed, CI builds it and reports.
type Pushed = Vec<Repository>;

impl Month<'_> {
    /// Plays it, and says after each day that it is over.
    pub(super) async fn play(&self, passed: impl Fn()) -> anyhow::Result<()> {
        for (days_ago, pushed) in self.days()? {
            self.clock.set_days_ago(days_ago);
            self.day(days_ago, &pushed)
                .await
                .with_context(|| format!("the day {days_ago} days ago"))?;
            passed();
        }
        Ok(())
    }

    /// How many days [`Self::play`] has.
    pub(super) const DAYS: u64 = 11;

    fn days(&self) -> anyhow::Result<Vec<(u32, Pushed)>> {
        use teams::{billing, billing_declared, billing_forked, checkout, gateway};
        let mirrored = || -> anyhow::Result<Repository> {
            Ok(teams::gateway_mirrored(MIRRORED.pack(&self.clock)?.checksum))
        };
        let expires = Day::of(self.clock.days_ago(2)).to_string();
        Ok(vec![
            (30, vec![checkout("1.2.0", "2.0.0"), teams::payouts(), billing(), gateway()]),
            (24, vec![billing_forked()]),
            (21, vec![mirrored()?]),
            (17, vec![checkout("1.2.1", "2.0.0")]),
            (14, vec![billing_declared(&expires)]),
            (10, vec![checkout("1.2.1", "2.1.0")]),
            (6, vec![teams::payouts(), mirrored()?]),
            (3, vec![]),
            (2, vec![billing_declared(&expires)]),
            (1, vec![]),
            (0, vec![checkout("1.2.1", "2.1.0"), teams::payouts(), mirrored()?]),
        ])
    }

    /// A server of its own for each day: when it has ended, everything is on record with this day's
    /// time.
    async fn day(&self, days_ago: u32, pushed: &Pushed) -> anyhow::Result<()> {
        let address = Url::parse("http://127.0.0.1/")?;
        let parts = Parts {
            blobs: Arc::clone(&self.backend.blobs),
            meta: Arc::clone(&self.backend.meta),
            log: Arc::clone(&self.backend.audit),
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            randomness: Arc::new(SystemRandomness),
            metrics: Metrics::default(),
            cache_bytes: None,
        };
        let (proxy, outcomes) = Proxy::new(self.config.proxy_settings(address.clone()), parts)?;
        let outcomes = tokio::spawn(outcomes);
        let place = (self.config.listen, &address);
        let access = serve::access::access(self.config, self.backend, &proxy, place)?;
        let mut state = portfolio_door::state(self.config, self.backend, &proxy, &access, &address);
        state.clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let app = handler::router(Arc::clone(&proxy))
            .merge(depaudit_web::portfolio_router(PortfolioService::new(state)));
        self.put_in_force(days_ago, &proxy).await?;
        self.govern(days_ago, &proxy, &app).await?;
        for repository in pushed {
            let folder = self.houses.join(repository.name);
            repository.write(&folder, self.editions)?;
            self.build(&app, repository).await?;
            self.report(&app, repository, &folder).await?;
        }
        proxy.tidy_up(true).await;
        // Whoever holds the proxy may still have outcomes to write, and is waited for.
        drop((app, access, proxy));
        outcomes.await.context("the day's outcomes were not written")
    }

    /// As Cargo asks: the index of each crate, then the crate.
    async fn build(&self, app: &Router, repository: &Repository) -> anyhow::Result<()> {
        for (name, version) in repository.downloads() {
            let name: depaudit_model::cargo::CrateName = name.parse()?;
            let team = repository.team;
            let index = format!("/t/{team}/crates-io/index/{}", name.index_path());
            let bytes = format!("/t/{team}/crates-io/crates/{name}/{version}/download");
            for path in [index, bytes] {
                self.clock.go_on();
                send(app, http::Request::get(path), Body::empty()).await?;
            }
        }
        Ok(())
    }

    async fn report(
        &self,
        app: &Router,
        repository: &Repository,
        folder: &Path,
    ) -> anyhow::Result<()> {
        let (now, team) = (self.clock.now(), repository.team);
        let mut root = TeamRoot::new(TeamName::new(team), folder.to_owned());
        root.policy = Loader::new().of_folder(folder)?;
        let request =
            ScanRequest { keep_locked: true, ..ScanRequest::new(vec![root], Day::of(now)) };
        let facts = Known { editions: self.editions, now };
        let scan = depaudit_auditor::scan(&request, &facts)?;
        let [scanned] = scan.teams.as_slice() else {
            anyhow::bail!("a scan of one team has a report of one")
        };
        let origin = Origin {
            team: team.parse()?,
            repository: repository.name.parse()?,
            branch: "main".parse()?,
            commit: None,
        };
        let tool = env!("CARGO_PKG_VERSION").parse()?;
        let report = scan.outgoing(scanned, origin, now, tool);
        let report = report.context("the scan kept nothing to report")??;
        let path = format!("/api/v1/t/{team}/reports");
        send(app, http::Request::post(path), Body::from(report.bytes().to_vec())).await
    }
}

async fn send(app: &Router, request: http::request::Builder, body: Body) -> anyhow::Result<()> {
    let path = request.uri_ref().map_or("", http::Uri::path).to_owned();
    let (status, told) = ask(app, request, body).await?;
    ensure!(status.is_success(), "{path} was answered {status}: {told}");
    Ok(())
}

/// Asks the server as Cargo does.
pub(super) async fn ask(
    app: &Router,
    request: http::request::Builder,
    body: Body,
) -> anyhow::Result<(StatusCode, String)> {
    let request = request.header("user-agent", "cargo/1.95.0 (demo)").body(body)?;
    let answer = app.clone().oneshot(request).await?;
    let status = answer.status();
    let body = to_bytes(answer.into_body(), LARGEST).await?;
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}

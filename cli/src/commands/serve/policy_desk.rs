use std::sync::Arc;

use async_trait::async_trait;
use depaudit_auditor::rules;
use depaudit_model::cargo::Release;
use depaudit_model::{RegistryName, TeamId, WaiverId};
use depaudit_policy::Phrase;
use depaudit_proxy::Proxy;
use depaudit_proxy::door::AdvisorySource;
use depaudit_proxy::waivers::{self, DeskError, Draft, DraftAbout};
use depaudit_store::{Asked, StoreError, Waiver};
use depaudit_web::{
    AdvisoriesInForce, DeskRefusal, DoorInForce, KeptWaiver, PolicyDesk, Proposal, ProposalAbout,
    ScanRule,
};

/// The policy pages' way to the doors, and to the documentation of the scan's rules.
#[derive(Debug)]
pub(super) struct ServerDesk {
    proxy: Arc<Proxy>,
}

impl ServerDesk {
    pub(super) const fn new(proxy: Arc<Proxy>) -> Self {
        Self { proxy }
    }
}

impl ServerDesk {
    /// Puts what was changed in force.
    async fn act(&self) -> Result<(), DeskRefusal> {
        // A failure was logged where it was met, and the watch over the waivers tries again: it is changed.
        let _ = self.proxy.refresh_waivers().await;
        Ok(())
    }
}

fn refused(error: DeskError) -> DeskRefusal {
    let told = error.to_string();
    match error {
        DeskError::Unknown(_) | DeskError::NotAsked(_) => DeskRefusal::Unknown(told),
        DeskError::Expiry(_) => DeskRefusal::Expiry(told),
        DeskError::Done(..) | DeskError::SecondPerson(_) | DeskError::TooLong => {
            DeskRefusal::Refused(told)
        }
        DeskError::Store(error) => DeskRefusal::Store(error),
    }
}

/// What was only read fails for one reason.
fn unread(error: DeskError) -> StoreError {
    match error {
        DeskError::Store(error) => error,
        other => StoreError::unavailable("read the waivers", other),
    }
}

#[async_trait]
impl PolicyDesk for ServerDesk {
    fn in_force(&self) -> DoorInForce {
        let state = self.proxy.door().state();
        let in_force = self.proxy.door().in_force();
        let door = in_force.door();
        let advisories = in_force.advisories();
        DoorInForce {
            rules: door.rules(advisories.is_some()),
            digest: in_force.digest(),
            revision: state.revision,
            since: in_force.since(),
            last_read: state.last_read,
            broken: state.broken,
            contested: self.proxy.rival().map(|rival| rival.since),
            advisories: match advisories {
                None => AdvisoriesInForce::None,
                Some(AdvisorySource::Unreadable) => AdvisoriesInForce::Unreadable,
                Some(AdvisorySource::Read(read)) => AdvisoriesInForce::Read(read.len()),
            },
            two_persons: door.two_person_waivers(),
            longest_waiver_days: door.longest_waiver_days(),
        }
    }

    fn scan_rules(&self) -> Vec<ScanRule> {
        // `known` is made of the same table, in the same order.
        let both = rules::known().iter().zip(rules::ALL);
        let rule = |(known, rule): (&depaudit_policy::KnownRule, &&rules::Rule)| ScanRule {
            known: known.clone(),
            title: rule.title(),
            documentation: rule.documentation,
        };
        both.map(rule).collect()
    }

    async fn waivers(&self, team: Option<&TeamId>) -> Result<Vec<KeptWaiver>, StoreError> {
        let desk = self.proxy.waiver_desk();
        let kept = desk.list(team).await.map_err(unread)?;
        let opens = |waiver: &Waiver| waivers::permit(waiver, desk.two_persons).is_some();
        Ok(kept.into_iter().map(|it| KeptWaiver { opens: opens(&it), waiver: it }).collect())
    }

    async fn queue(&self, team: Option<&TeamId>) -> Result<Vec<Asked>, StoreError> {
        self.proxy.waiver_desk().queue(team).await.map_err(unread)
    }

    async fn propose(&self, asked: Proposal, by: &str) -> Result<(), DeskRefusal> {
        let Proposal { about, registry, team, owner, reason, link, expires } = asked;
        if !self.proxy.serves(&team) {
            return Err(DeskRefusal::Team(format!("no team is called {team} here")));
        }
        let about = match about {
            ProposalAbout::Release { name, version, lifts } => {
                DraftAbout::Release { name, version, lifts }
            }
            ProposalAbout::Advisory(id) => DraftAbout::Advisory(id),
        };
        let team = Some(team);
        let draft = Draft { about, registry, team, owner, reason, link, expires };
        self.proxy.waiver_desk().propose(draft, by).await.map_err(refused)?;
        self.act().await
    }

    async fn grant(
        &self,
        id: &WaiverId,
        team: Option<&TeamId>,
        by: &str,
    ) -> Result<(), DeskRefusal> {
        self.proxy.waiver_desk().grant(id, team, by).await.map_err(refused)?;
        self.act().await
    }

    async fn end(
        &self,
        id: &WaiverId,
        team: Option<&TeamId>,
        by: &str,
        why: &Phrase,
    ) -> Result<(), DeskRefusal> {
        let desk = self.proxy.waiver_desk();
        desk.end(id, team, by, Some(why.as_str())).await.map_err(refused)?;
        self.act().await
    }

    async fn dismiss(
        &self,
        registry: &RegistryName,
        release: &Release,
        team: Option<&TeamId>,
        by: &str,
        why: &Phrase,
    ) -> Result<(), DeskRefusal> {
        let desk = self.proxy.waiver_desk();
        desk.dismiss(registry, release, team, by, why.as_str()).await.map_err(refused)
    }
}

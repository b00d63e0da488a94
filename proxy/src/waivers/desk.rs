use std::sync::Arc;

use depaudit_model::cargo::Release;
use depaudit_model::event::{Event, EventKind};
use depaudit_model::{Clock, Randomness, RegistryName, TeamId, Timestamp, WaiverId};
use depaudit_policy::Day;
use depaudit_store::{Act, Asked, AuditLog, MetaStore, Record, StoreError, Waiver, WaiverAbout};
use tokio::sync::Mutex;

use super::{Draft, DraftAbout, same_person, told};

/// Where waivers are asked for, granted and ended. Each change is on record before it is kept.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Where they are kept.
    pub meta: Arc<dyn MetaStore>,
    /// Where it is said.
    pub log: Arc<dyn AuditLog>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// For their ids.
    pub randomness: Arc<dyn Randomness>,
    /// Held while a waiver is looked at, put on record and changed, so that the record never tells of a
    /// change that did not happen.
    pub turn: Arc<Mutex<()>>,
    /// Whether a waiver needs two persons.
    pub two_persons: bool,
    /// How many days one may hold.
    pub longest_days: u16,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// There is none of that id, for these teams.
    #[error("there is no waiver {0}")]
    Unknown(WaiverId),
    /// It would hold too long, or has ended before it began.
    #[error("a waiver ends on a day after today, and at most {0} days from now")]
    Expiry(u16),
    /// It is for more than the record can tell.
    #[error(
        "the requirement is too long to be put on record: name fewer versions, or several waivers"
    )]
    TooLong,
    /// It was granted or ended before.
    #[error("the waiver {0} {1}")]
    Done(WaiverId, &'static str),
    /// Whoever proposed it may not grant it.
    #[error(
        "the waiver {0} was proposed by you: the policy asks for a second person to grant it \
         (two-person-waivers)"
    )]
    SecondPerson(WaiverId),
    /// Nobody asked for that release.
    #[error("{0} does not wait for a review")]
    NotAsked(Release),
    /// It could not be put on record, or kept.
    #[error("the waivers cannot be changed now")]
    Store(#[from] StoreError),
}

impl Desk {
    /// Keeps a waiver that somebody asks for. Where the policy asks for two persons it opens nothing
    /// yet; otherwise, it is granted at once.
    ///
    /// # Errors
    /// When its day is too far away, or it cannot be kept.
    pub async fn propose(&self, draft: Draft, by: &str) -> Result<Waiver, DeskError> {
        let now = self.clock.now();
        let days = draft.expires.days_since(Day::of(now));
        if !(1..=i64::from(self.longest_days)).contains(&days) {
            return Err(DeskError::Expiry(self.longest_days));
        }
        let act = Act { by: by.to_owned(), at: now };
        let waiver = Waiver {
            id: WaiverId::generate(&*self.randomness),
            about: match draft.about {
                DraftAbout::Release { name, version, lifts } => {
                    let lifts = lifts.rules().map(|rule| rule.as_str().to_owned()).collect();
                    WaiverAbout::Release { name, version, lifts }
                }
                DraftAbout::Advisory(id) => WaiverAbout::Advisory(id.as_str().to_owned()),
            },
            registry: draft.registry,
            team: draft.team,
            owner: draft.owner.as_str().to_owned(),
            reason: draft.reason.as_str().to_owned(),
            link: draft.link.map(|link| link.as_str().to_owned()),
            expires: draft.expires.start(),
            granted: (!self.two_persons).then(|| act.clone()),
            proposed: act,
            ended: None,
            ended_for: None,
        };
        if !told::can_be_told(&waiver) {
            return Err(DeskError::TooLong);
        }
        let mut events = vec![self.event(EventKind::WaiverProposed, &waiver, by, &waiver.reason)];
        if !self.two_persons {
            events.push(self.event(EventKind::WaiverGranted, &waiver, by, &waiver.reason));
        }
        self.log.append(events).await?;
        self.meta.add_waiver(&waiver).await?;
        Ok(waiver)
    }

    /// Grants a waiver. `team` bounds whose waivers may be granted; nobody's are out of bounds on the
    /// server's own machine.
    ///
    /// # Errors
    /// When there is none, it has ended or is granted, or needs another person.
    pub async fn grant(
        &self,
        id: &WaiverId,
        team: Option<&TeamId>,
        by: &str,
    ) -> Result<Waiver, DeskError> {
        let _turn = self.turn.lock().await;
        let mut waiver = self.find(id, team).await?;
        let alone =
            waiver.granted.as_ref().is_some_and(|it| same_person(&it.by, &waiver.proposed.by));
        if waiver.ended.is_some() || waiver.expires <= self.clock.now() {
            return Err(DeskError::Done(id.clone(), "has ended"));
        }
        if waiver.granted.is_some() && !(self.two_persons && alone) {
            return Err(DeskError::Done(id.clone(), "is granted already"));
        }
        if self.two_persons && same_person(&waiver.proposed.by, by) {
            return Err(DeskError::SecondPerson(id.clone()));
        }
        let act = Act { by: by.to_owned(), at: self.clock.now() };
        let event = self.event(EventKind::WaiverGranted, &waiver, by, &waiver.reason);
        self.log.append(vec![event]).await?;
        if !self.meta.grant_waiver(id, &act).await? {
            return Err(DeskError::Done(id.clone(), "was granted or ended meanwhile"));
        }
        waiver.granted = Some(act);
        Ok(waiver)
    }

    /// Ends a waiver before its day.
    ///
    /// # Errors
    /// When there is none, or it has ended.
    pub async fn end(
        &self,
        id: &WaiverId,
        team: Option<&TeamId>,
        by: &str,
        why: Option<&str>,
    ) -> Result<Waiver, DeskError> {
        let _turn = self.turn.lock().await;
        let mut waiver = self.find(id, team).await?;
        if waiver.ended.is_some() {
            return Err(DeskError::Done(id.clone(), "has ended already"));
        }
        let act = Act { by: by.to_owned(), at: self.clock.now() };
        let event = self.event(EventKind::WaiverEnded, &waiver, by, why.unwrap_or_default());
        self.log.append(vec![event]).await?;
        if !self.meta.end_waiver(id, &act, why).await? {
            return Err(DeskError::Done(id.clone(), "was ended meanwhile"));
        }
        waiver.ended = Some(act);
        waiver.ended_for = why.map(str::to_owned);
        Ok(waiver)
    }

    /// The waivers of a team and those for all teams; every one without a team.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn list(&self, team: Option<&TeamId>) -> Result<Vec<Waiver>, DeskError> {
        let mut waivers = self.meta.waivers().await?;
        if let Some(team) = team {
            waivers.retain(|waiver| waiver.team.as_ref().is_none_or(|it| it == team));
        }
        Ok(waivers)
    }

    /// What was blocked hard and asked for, and is not let through by a waiver now.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn queue(&self, team: Option<&TeamId>) -> Result<Vec<Asked>, DeskError> {
        let now = self.clock.now();
        let waivers = self.meta.waivers().await?;
        let mut asked = self.meta.asked_for().await?;
        // One team sees what it asked for itself, and how often.
        asked.retain(|asked| {
            let wanted = team.is_none_or(|team| asked.teams.contains(team));
            wanted && !waivers.iter().any(|waiver| self.lets_through(waiver, asked, now))
        });
        Ok(Asked::together(asked))
    }

    /// Whether the team that asked for it has its waiver from the rule that refused it. One for an
    /// advisory says nothing of what else there may be against a release.
    fn lets_through(&self, waiver: &Waiver, asked: &Asked, now: Timestamp) -> bool {
        let WaiverAbout::Release { name, version, lifts } = &waiver.about else { return false };
        let opens = super::permit(waiver, self.two_persons).is_some() && now < waiver.expires;
        let for_it =
            waiver.team.as_ref().is_none_or(|team| asked.teams.iter().all(|it| it == team));
        opens
            && for_it
            && lifts.contains(&asked.rule)
            && waiver.registry == asked.registry
            && name.index_key() == asked.release.name.index_key()
            && version.matches(&asked.release.version)
    }

    /// Takes a release out of the queue without letting it through. Whoever speaks for one team takes out
    /// what that one alone asked for: of a request that others made, these would hear nothing.
    ///
    /// # Errors
    /// When nobody asked for it, or others than the team did.
    pub async fn dismiss(
        &self,
        registry: &RegistryName,
        release: &Release,
        team: Option<&TeamId>,
        by: &str,
        why: &str,
    ) -> Result<(), DeskError> {
        let waits = |asked: &Asked| {
            let by_it = team.is_none_or(|team| asked.teams.contains(team));
            by_it && asked.registry == *registry && asked.release == *release
        };
        if !self.meta.asked_for().await?.iter().any(waits) {
            return Err(DeskError::NotAsked(release.clone()));
        }
        let detail = format!("dismissed from the review queue: {why}");
        let mut event =
            Event::new(EventKind::Administration, self.clock.now()).with_detail(&detail);
        event.principal = Some(by.to_owned());
        event.team = team.cloned();
        event.registry = Some(registry.clone());
        event.name = Some(release.name.clone());
        event.version = Some(release.version.clone());
        self.log.append(vec![Record { event, client: None }]).await?;
        self.meta.dismiss(registry, release, team).await?;
        Ok(())
    }

    async fn find(&self, id: &WaiverId, team: Option<&TeamId>) -> Result<Waiver, DeskError> {
        let waivers = self.meta.waivers().await?;
        // One for all teams is nobody's to change who speaks for one.
        let mine = |waiver: &Waiver| team.is_none() || waiver.team.as_ref() == team;
        let found = waivers.into_iter().find(|waiver| waiver.id == *id && mine(waiver));
        found.ok_or_else(|| DeskError::Unknown(id.clone()))
    }

    fn event(&self, kind: EventKind, waiver: &Waiver, by: &str, why: &str) -> Record {
        let event = told::event(kind, waiver, by, why, self.clock.now());
        Record { event, client: None }
    }
}

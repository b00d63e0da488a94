use std::sync::{Arc, PoisonError, RwLock};

use depaudit_model::{Checksum, RegistryName, TeamId, Timestamp};
use depaudit_policy::door::Permit;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use semver::Version;

use super::in_force::{InForce, Rules};
use super::team_view::{TeamView, team_view};
use crate::cargo::view::View;
use crate::error::ProxyError;
use crate::record::RequestContext;

/// What is in force now, and the views that were made for it.
#[derive(Debug)]
pub struct Doorkeeper {
    in_force: RwLock<Arc<InForce>>,
    /// Why the newest policy is not in force, when it could not be read.
    broken: RwLock<Option<String>>,
    /// When its files were last read whole; absent where there are none.
    last_read: RwLock<Option<Timestamp>>,
    views: Cache<Key, TeamView, ByBytes>,
}

/// How it stands with the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyState {
    /// The digest of the policy in force; absent without one.
    pub digest: Option<Checksum>,
    /// Why what was to replace it could not.
    pub broken: Option<String>,
    /// How often other rules were put in force.
    pub revision: u64,
    /// When what it stands in was last read whole; absent while nothing was.
    pub last_read: Option<Timestamp>,
}

/// The digest of the upstream's view covers the crate's name, which stands in every line.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    scope: Option<TeamId>,
    registry: RegistryName,
    home: Option<RegistryName>,
    upstream: Checksum,
    /// Equal bytes may come to be contested by the upstream later.
    contested: Vec<Version>,
    revision: u64,
}

/// For whom a view is made.
#[derive(Debug, Clone)]
pub struct Asker {
    /// The team.
    pub team: TeamId,
    /// The registry that it asks.
    pub registry: RegistryName,
    /// The internal registry that is known to have a crate of the same name.
    pub home: Option<RegistryName>,
}

impl Asker {
    pub(crate) fn new(context: &RequestContext, home: Option<RegistryName>) -> Self {
        Self { team: context.team.clone(), registry: context.registry.clone(), home }
    }
}

#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<Key, TeamView> for ByBytes {
    fn weight(&self, _: &Key, made: &TeamView) -> u64 {
        size_of::<Key>() as u64 + made.view.weight()
    }
}

impl Doorkeeper {
    /// Begins with rules; `memory` bounds the bytes of the views that are kept for teams.
    #[must_use]
    pub fn new(rules: Rules, memory: u64, now: Timestamp) -> Self {
        const EXPECTED: usize = 1_000;
        Self {
            in_force: RwLock::new(Arc::new(InForce::new(rules, now, 0))),
            broken: RwLock::new(None),
            last_read: RwLock::new(None),
            views: Cache::with_weighter(EXPECTED, memory, ByBytes),
        }
    }

    /// What is in force now.
    #[must_use]
    pub fn in_force(&self) -> Arc<InForce> {
        Arc::clone(&self.in_force.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts other rules in force, for every request that comes from now on.
    pub fn replace(&self, rules: Rules, now: Timestamp) {
        self.exchange(|_| rules, now);
    }

    /// Puts another policy in force, which is so `since` then; the waivers stay.
    pub(crate) fn replace_policy(&self, rules: Rules, since: Timestamp) {
        self.exchange(|before| Rules { permits: before.permits().to_vec(), ..rules }, since);
    }

    fn exchange(&self, rules: impl FnOnce(&InForce) -> Rules, since: Timestamp) {
        let mut in_force = self.in_force.write().unwrap_or_else(PoisonError::into_inner);
        let revision = in_force.revision() + 1;
        *in_force = Arc::new(InForce::new(rules(&in_force), since, revision));
        *self.broken.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Puts other waivers in force; the policy stays. Says whether that changed anything.
    pub(crate) fn replace_permits(&self, permits: Vec<Permit>) -> bool {
        let mut in_force = self.in_force.write().unwrap_or_else(PoisonError::into_inner);
        if in_force.permits() == permits {
            return false;
        }
        let revision = in_force.revision() + 1;
        *in_force = Arc::new(in_force.with_permits(permits, revision));
        true
    }

    /// What should replace the policy cannot be read: the old one stays in force, and says so.
    pub fn keep_in_spite_of(&self, why: String) {
        *self.broken.write().unwrap_or_else(PoisonError::into_inner) = Some(why);
    }

    /// What stands in the files is in force.
    pub fn was_read(&self, now: Timestamp) {
        *self.last_read.write().unwrap_or_else(PoisonError::into_inner) = Some(now);
    }

    /// How it stands with the policy.
    #[must_use]
    pub fn state(&self) -> PolicyState {
        let broken = self.broken.read().unwrap_or_else(PoisonError::into_inner).clone();
        let last_read = *self.last_read.read().unwrap_or_else(PoisonError::into_inner);
        let in_force = self.in_force();
        PolicyState { digest: in_force.digest(), broken, revision: in_force.revision(), last_read }
    }

    /// The view of a crate that a team sees. Made once for each upstream view, rules and team with
    /// rules of its own, and again when the passing of time alone may have changed it.
    ///
    /// # Errors
    /// When no verdict could be come by.
    pub async fn view_for(
        &self,
        rules: &Arc<InForce>,
        asker: Asker,
        upstream: &Arc<View>,
        now: Timestamp,
    ) -> Result<Arc<View>, ProxyError> {
        if rules.is_silent() && upstream.contested.is_empty() && asker.home.is_none() {
            return Ok(Arc::clone(upstream));
        }
        let key = Key {
            scope: rules.scope(&asker.team).cloned(),
            registry: asker.registry.clone(),
            home: asker.home.clone(),
            upstream: upstream.digest,
            contested: upstream.contested.iter().cloned().collect(),
            revision: rules.revision(),
        };
        loop {
            match self.views.get_value_or_guard_async(&key).await {
                Ok(made) if made.holds_until.is_none_or(|until| now < until) => {
                    return Ok(made.view);
                }
                // Somebody else may have made a new one in between, which is then looked at again.
                Ok(outdated) => {
                    self.views.remove_if(&key, |it| Arc::ptr_eq(&it.view, &outdated.view));
                }
                Err(guard) => {
                    let (rules, upstream) = (Arc::clone(rules), Arc::clone(upstream));
                    let asker = asker.clone();
                    // Judging and compressing a large entry takes milliseconds.
                    let made = tokio::task::spawn_blocking(move || {
                        team_view(&rules, &asker, &upstream, now)
                    });
                    // Without a verdict nothing leaves: the upstream's view may hold what is denied.
                    let judged =
                        made.await.map_err(|_| ProxyError::Store("the policy cannot be asked"))?;
                    let view = Arc::clone(&judged.view);
                    let _ = guard.insert(judged);
                    return Ok(view);
                }
            }
        }
    }
}

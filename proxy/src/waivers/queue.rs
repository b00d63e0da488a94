use std::sync::Arc;
use std::time::Duration;

use depaudit_model::cargo::Release;
use depaudit_model::{Checksum, RegistryName, TeamId, Timestamp};
use depaudit_store::{Asked, MetaStore};
use quick_cache::sync::Cache;

/// How exact the queue's counts are: whoever asks again and again causes one write in so long.
const NOTED: Duration = Duration::from_secs(60);
/// How many of those that were noted are remembered.
const MOST: usize = 4_096;

/// Notes what is blocked hard and asked for.
#[derive(Debug)]
pub(crate) struct Queue {
    meta: Arc<dyn MetaStore>,
    noted: Cache<(RegistryName, Release, TeamId), Timestamp>,
}

impl Queue {
    pub(crate) fn new(meta: Arc<dyn MetaStore>) -> Self {
        Self { meta, noted: Cache::new(MOST) }
    }

    /// It is a convenience for whoever reviews: a failure is no reason to answer otherwise.
    pub(crate) async fn note(
        &self,
        (registry, team): (&RegistryName, &TeamId),
        release: &Release,
        checksum: Checksum,
        (rule, reason): (&str, &str),
        now: Timestamp,
    ) {
        let key = (registry.clone(), release.clone(), team.clone());
        let noted = self.noted.get(&key);
        if noted.is_some_and(|at| now.since(at).is_some_and(|ago| ago < NOTED)) {
            return;
        }
        self.noted.insert(key, now);
        let asked = Asked {
            registry: registry.clone(),
            release: release.clone(),
            checksum,
            rule: rule.to_owned(),
            reason: reason.to_owned(),
            first: now,
            last: now,
            times: 1,
            teams: vec![team.clone()],
        };
        if let Err(error) = self.meta.ask_for(&asked).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, %release, "a denied release was not put into the review queue");
        }
    }
}

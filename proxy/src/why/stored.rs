use std::collections::HashMap;
use std::sync::Arc;

use depaudit_model::TeamId;
use depaudit_model::cargo::CrateName;
use depaudit_policy::Day;
use depaudit_policy::door::Why;
use depaudit_store::StoreError;

use crate::Proxy;
use crate::door::{Asker, StoredFacts};

impl Proxy {
    /// Why a crate passes or not for each of these teams, in each registry that has an index entry of it
    /// stored or refuses its name. Nothing is asked of an upstream, so the answer is as old as the
    /// entry. Teams for which the rules are the same share an answer, whose own team may be another.
    ///
    /// # Errors
    /// When a store cannot be read.
    pub async fn stored_why(
        &self,
        name: &CrateName,
        teams: &[TeamId],
    ) -> Result<Vec<(TeamId, Arc<Why>)>, StoreError> {
        let (rules, now) = (self.door.in_force(), self.recorder.now());
        let facts = StoredFacts {
            blobs: Arc::clone(&self.parts.blobs),
            meta: Arc::clone(&self.parts.meta),
            log: Arc::clone(&self.parts.log),
        };
        let mut found = Vec::new();
        for registry in self.registries.keys() {
            let internal = rules.door().internal_registries();
            let home = facts.home_of(internal, registry, name).await?;
            let mut made = HashMap::<_, Option<Arc<Why>>>::new();
            for team in teams {
                let scope = rules.scope(team);
                let why = match made.get(&scope) {
                    Some(why) => why.clone(),
                    None => {
                        let (team, registry) = (team.clone(), registry.clone());
                        let asker = Asker { team, registry, home: home.clone() };
                        let about = rules.about(&asker.team, &asker.registry, name);
                        let about = about.at_home_in(asker.home.as_ref());
                        let kept = about.keeps_the_name(Day::of(now)).is_some();
                        let why = facts.why(&rules, &asker, name, None, now).await?;
                        let told = (kept || !why.versions.is_empty()).then(|| Arc::new(why));
                        made.insert(scope, told.clone());
                        told
                    }
                };
                found.extend(why.map(|why| (team.clone(), why)));
            }
        }
        Ok(found)
    }
}

//! What the index told, once for each window.

use depaudit_model::Checksum;
use depaudit_model::cargo::CrateName;
use depaudit_model::event::{CacheOutcome, Decision, EventKind};
use depaudit_policy::door::{DoorRule, Refusal};
use depaudit_store::Record;

use super::{Recorder, RequestContext};
use crate::cargo::view::View;
use crate::error::ProxyError;

impl Recorder {
    /// An index view is about to be served: puts that on record, unless the same view went to the same
    /// team within the window; then it is counted, and the count is written when the window ends.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub async fn view_served(
        &self,
        context: &RequestContext,
        name: &CrateName,
        view: &View,
        cache: CacheOutcome,
    ) -> Result<(), ProxyError> {
        let describe = |record: &mut Record| {
            let event = &mut record.event;
            event.name = Some(name.clone());
            event.sha256 = Some(view.digest);
            event.bytes = Some(view.body.len() as u64);
            event.cache = Some(cache);
            event.age = self.now().since(view.confirmed()).map(|age| age.as_secs());
        };
        self.once_a_window(context, &view.digest, describe).await
    }

    /// An index entry is about to be refused: on record like a view that is served, so that asking
    /// over and over cannot flood the record.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub(crate) async fn entry_refused(
        &self,
        context: &RequestContext,
        name: &CrateName,
        rule: DoorRule,
        refusal: &Refusal,
    ) -> Result<(), ProxyError> {
        // The text names crate, rule and reason; another policy makes it another refusal.
        let policy = context.policy.map_or_else(String::new, |digest| digest.to_string());
        let digest = Checksum::of(format!("{policy}\n{refusal}").as_bytes());
        let describe = |record: &mut Record| {
            record.event.name = Some(name.clone());
            record.event.decision = Some(Decision::Deny);
            record.event.rule = Some(rule.as_str().to_owned());
            record.event.detail = Some(refusal.to_string());
        };
        self.once_a_window(context, &digest, describe).await
    }

    /// `digest` tells apart what one team gets of one registry.
    async fn once_a_window(
        &self,
        context: &RequestContext,
        digest: &Checksum,
        describe: impl FnOnce(&mut Record),
    ) -> Result<(), ProxyError> {
        let window = self.windows.enter(&context.team, &context.registry, digest, self.now());
        let mut opened_by_me = false;
        window
            .recorded()
            .get_or_try_init(|| async {
                opened_by_me = true;
                let mut record = self.event(EventKind::IndexServed, context);
                describe(&mut record);
                window.describe(&record.event);
                self.write(vec![record]).await
            })
            .await?;
        if !opened_by_me {
            window.repeat();
        }
        Ok(())
    }
}

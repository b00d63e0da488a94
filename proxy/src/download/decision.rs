//! What goes on record of a decision about a download.

use depaudit_model::Checksum;
use depaudit_model::event::{CacheOutcome, Decision, Event, EventKind};
use depaudit_policy::door::{DoorVerdict, Exemption, Look};
use http::Method;

use super::fetch_error::FetchError;
use super::judge::Asked;
use super::service::DownloadService;
use crate::error::ProxyError;

/// So many waivers are named: a release has one for each rule at the most.
const MOST_WAIVERS: usize = 8;

impl DownloadService {
    /// A crate whose bytes are wrong was asked for, and not given: that is a decision too.
    pub(super) async fn record_wrong_bytes(
        &self,
        asked: Asked<'_>,
        checksum: Checksum,
        error: &FetchError,
    ) -> Result<(), ProxyError> {
        let Some(rule) = error.rule() else { return Ok(()) };
        self.record_denial(asked, checksum, Some(CacheOutcome::Miss), rule, &error.to_string())
            .await
    }

    /// The policy blocks it: on record before it is told.
    pub(super) async fn record_refusal(
        &self,
        asked: Asked<'_>,
        checksum: Checksum,
        verdict: &DoorVerdict,
        text: &str,
    ) -> Result<(), ProxyError> {
        let rule = verdict.decided.as_ref().map_or("", |it| it.rule.as_str());
        self.record_denial(asked, checksum, None, rule, text).await?;
        if let Some(objection) = verdict.decided.as_ref().filter(|_| *asked.method == Method::GET) {
            self.recorder.policy_metrics().denied(objection.rule);
            let (context, now) = (asked.context, self.clock.now());
            let whose = (&context.registry, &context.team);
            self.queue.note(whose, asked.release, checksum, (rule, text), now).await;
        }
        Ok(())
    }

    /// `HEAD` leaves no record, as no byte of the crate was at stake.
    async fn record_denial(
        &self,
        asked: Asked<'_>,
        checksum: Checksum,
        cache: Option<CacheOutcome>,
        rule: &str,
        detail: &str,
    ) -> Result<(), ProxyError> {
        if *asked.method != Method::GET {
            return Ok(());
        }
        let mut record = self.recorder.event(EventKind::DownloadDecided, asked.context);
        record.event.name = Some(asked.release.name.clone());
        record.event.version = Some(asked.release.version.clone());
        record.event.sha256 = Some(checksum);
        record.event.cache = cache;
        record.event.decision = Some(Decision::Deny);
        record.event.rule = Some(rule.to_owned());
        record.event = record.event.with_detail(detail);
        self.recorder.write(vec![record]).await
    }
}

/// Puts a verdict into the event of a decision to let a release pass.
pub(super) fn say(event: &mut Event, verdict: &DoorVerdict) {
    event.decision = Some(Decision::Allow);
    event.waiver = waiver(verdict);
    let told = match (&verdict.decided, verdict.would_deny().next()) {
        // Held back in the index, and served to builds that locked it.
        (Some(objection), _) => objection,
        (None, Some(objection)) => {
            event.decision = Some(Decision::WouldDeny);
            objection
        }
        (None, None) => return,
    };
    event.rule = Some(told.rule.as_str().to_owned());
    *event = event.clone().with_detail(&told.saw.to_string());
}

/// What lifted objections: `minimum-age by w-17`. A release that mends an advisory needs no waiver.
fn waiver(verdict: &DoorVerdict) -> Option<String> {
    let lifted = verdict.looked.iter().filter_map(|look| match look {
        Look::Exempted { objection, by: Exemption::Permit { id, .. } } => {
            Some(format!("{} by {id}", objection.rule))
        }
        Look::Exempted { objection, by: Exemption::Line(place) } => {
            Some(format!("{} by {place}", objection.rule))
        }
        Look::Exempted { by: Exemption::Mends(_), .. }
        | Look::Passed { .. }
        | Look::Idle { .. }
        | Look::Objected(_)
        | Look::Would(_) => None,
    });
    let lifted: Vec<_> = lifted.take(MOST_WAIVERS).collect();
    (!lifted.is_empty()).then(|| lifted.join(", "))
}

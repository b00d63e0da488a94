//! Names that are kept for internal packages: the upstream never hears of them.

use depaudit_model::RegistryName;
use depaudit_model::cargo::{CrateName, Release};
use depaudit_model::event::{Decision, EventKind};
use depaudit_policy::Day;
use depaudit_policy::door::Refusal;
use http::Method;

use super::in_force::InForce;
use crate::error::ProxyError;
use crate::record::{Recorder, RequestContext};

/// What somebody asks for by name, before anybody is asked for it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wanted<'a> {
    /// The index entry.
    Entry(&'a CrateName),
    /// The crate, by this method.
    Crate(&'a Release, &'a Method),
}

/// Refuses what has an internal name in a registry where it is not at home. `home` is the internal
/// registry that is known to have a crate of this name, whatever the policy lists.
///
/// Judging the answer would be too late: the question alone tells a stranger which names are worth
/// publishing. The index answers 403 too, because "there is no such crate" would not be what is meant,
/// and cargo shows the reason.
///
/// # Errors
/// [`ProxyError::Denied`] when the name is kept; then the denial is on record.
pub(crate) async fn keep_in(
    recorder: &Recorder,
    context: &RequestContext,
    rules: &InForce,
    wanted: Wanted<'_>,
    home: Option<&RegistryName>,
) -> Result<(), ProxyError> {
    let name = match wanted {
        Wanted::Entry(name) => name,
        Wanted::Crate(release, _) => &release.name,
    };
    // Nearly every request ends here, before the policy's other lines are gone through.
    if home.is_none() && !rules.door().is_internal(name.as_str()) {
        return Ok(());
    }
    let about = rules.about(&context.team, &context.registry, name).at_home_in(home);
    let Some(objection) = about.keeps_the_name(Day::of(recorder.now())) else { return Ok(()) };
    let refusal = Refusal::of_name(name, &objection, rules.door().contact());
    match wanted {
        Wanted::Entry(name) => {
            recorder.entry_refused(context, name, objection.rule, &refusal).await?;
            recorder.policy_metrics().denied(objection.rule);
        }
        // As for other denials, `HEAD` leaves no record: no byte was at stake.
        Wanted::Crate(_, method) if *method != Method::GET => {}
        Wanted::Crate(release, _) => {
            let mut record = recorder.event(EventKind::DownloadDecided, context);
            record.event.name = Some(name.clone());
            record.event.version = Some(release.version.clone());
            record.event.decision = Some(Decision::Deny);
            record.event.rule = Some(objection.rule.as_str().to_owned());
            record.event = record.event.with_detail(refusal.as_str());
            recorder.write(vec![record]).await?;
            recorder.policy_metrics().denied(objection.rule);
        }
    }
    Err(ProxyError::Denied(refusal.to_string()))
}

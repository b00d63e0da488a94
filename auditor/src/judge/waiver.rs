//! Waivers: what they hide, and what they give rise to themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use depaudit_policy::{
    About, Expiry, Level, Place, Policy, RuleId, WAIVER_TOO_LONG, WAIVER_TOO_WIDE, Waiver,
    WaiverUse,
};

use super::level::Case;
use crate::report::{Finding, Lacking};
use crate::request::{ScanRequest, TeamRoot};
use crate::rules::{
    self, Ended, Findings, Rule, Sink, WAIVER_EXPIRED, WAIVER_UNOWNED, WAIVER_UNUSED,
};

/// What rules had to pass over, by code.
type PassedOver = BTreeMap<(&'static str, Lacking), usize>;

/// Marks what is waived, and returns what waivers give rise to.
pub(super) fn apply(
    findings: &mut [Finding],
    request: &ScanRequest,
    lacking: &PassedOver,
) -> Vec<Finding> {
    let mut ending = Ending::new();
    let mut waived = Vec::with_capacity(findings.len());
    for finding in &*findings {
        waived.push(waived_by(finding, request, &mut ending));
    }
    let mut raised = Findings::default();
    for (place, ended) in &ending {
        if let Some(root) = speaker(place, request) {
            let draft = rules::waiver_ends(root, ended);
            Sink::new(WAIVER_EXPIRED, Some(&root.team), &mut raised).report(draft);
            if let (Some(finding), Some(worst)) = (raised.all.last_mut(), ended.worst()) {
                finding.severity = worst;
            }
        }
    }
    defects(request, &mut raised);
    unused(findings, request, lacking, &mut raised);
    for (finding, waived) in findings.iter_mut().zip(waived) {
        finding.waived_by = waived;
    }
    raised.all
}

/// The waivers that have ended or will soon, each with what it hid or hides.
type Ending<'a> = BTreeMap<Place, Ended<'a>>;

fn waived_by<'a>(
    finding: &'a Finding,
    request: &'a ScanRequest,
    ending: &mut Ending<'a>,
) -> Option<String> {
    let case = Case::of(finding).filter(|case| case.rule().can_be_waived())?;
    let (mut for_all, mut teams, mut hidden) = (None, Vec::new(), 0_usize);
    for voice in case.voices(request) {
        let used = voice.policy.waived(&voice.key, request.today);
        if let Some(WaiverUse { waiver, expiry: expiry @ (Expiry::Past | Expiry::Soon { .. }) }) =
            used
            && finding.level > Level::Allow
        {
            let ended = ending.entry(waiver.place.clone());
            ended.or_insert_with(|| Ended::new(waiver, expiry)).findings.push(finding);
        }
        let used = used.filter(WaiverUse::hides);
        if voice.across {
            for_all = used;
        } else {
            hidden += usize::from(used.is_some());
            teams.push(used);
        }
    }
    let by_every_team = || if hidden == teams.len() { teams.first().copied()? } else { None };
    for_all.or_else(by_every_team).map(|used| described(used.waiver))
}

/// Who waived it, until when, and why.
fn described(waiver: &Waiver) -> String {
    let owner = waiver.owner.as_ref().map(|owner| format!(" by {owner}")).unwrap_or_default();
    let until = waiver.expires.as_ref().map(|it| format!(" until {}", it.value));
    format!("{}{owner}{}: {}", waiver.place, until.unwrap_or_default(), waiver.reason)
}

/// The first team whose policy has this line.
fn speaker<'a>(line: &Place, request: &'a ScanRequest) -> Option<&'a TeamRoot> {
    let has = |policy: &Policy| policy.waivers().any(|waiver| waiver.place == *line);
    let of_team = request.teams.iter().find(|root| has(&root.policy));
    of_team.or_else(|| request.teams.first())
}

/// Every policy of the scan once, with a team that it speaks for.
fn policies(request: &ScanRequest) -> Vec<(&TeamRoot, &Arc<Policy>)> {
    let mut once: Vec<(&TeamRoot, &Arc<Policy>)> = Vec::new();
    let across = request.teams.first().map(|first| (first, &request.policy));
    for (root, policy) in request.teams.iter().map(|root| (root, &root.policy)).chain(across) {
        // A policy for all teams is one, not one a team.
        if !once.iter().any(|(_, known)| Arc::ptr_eq(known, policy)) {
            once.push((root, policy));
        }
    }
    once
}

/// WVR02 to WVR04: waivers that are wrong, whatever was found.
fn defects(request: &ScanRequest, raised: &mut Findings) {
    let mut said: BTreeSet<(RuleId, &Place)> = BTreeSet::new();
    for (root, policy) in policies(request) {
        for wrong in policy.waiver_defects(request.today) {
            let code = wrong.defect.rule();
            // Teams with one central policy share its waivers.
            if said.insert((code.clone(), &wrong.waiver.place)) {
                let draft = rules::waiver_defect(root, &wrong);
                Sink::new(rule_of(&code), Some(&root.team), raised).report(draft);
            }
        }
    }
}

fn rule_of(code: &RuleId) -> &'static Rule {
    if *code == WAIVER_TOO_LONG {
        rules::WAIVER_TOO_LONG
    } else if *code == WAIVER_TOO_WIDE {
        rules::WAIVER_TOO_WIDE
    } else {
        WAIVER_UNOWNED
    }
}

/// WVR05: waivers that hide nothing.
fn unused(
    findings: &[Finding],
    request: &ScanRequest,
    lacking: &PassedOver,
    raised: &mut Findings,
) {
    let cases: Vec<_> = findings.iter().filter_map(Case::of).collect();
    for (root, policy) in policies(request) {
        if policy.waivers().next().is_none() {
            continue;
        }
        let voices = cases.iter().flat_map(|case| case.voices(request));
        let keys: Vec<_> = voices
            .filter(|voice| std::ptr::eq(voice.policy, &**policy))
            .map(|voice| voice.key)
            .collect();
        for waiver in policy.unused_waivers(&keys) {
            if waiver.too_wide().is_none() && !may_be_passed_over(waiver, lacking) {
                let draft = rules::waiver_unused(root, waiver);
                Sink::new(WAIVER_UNUSED, Some(&root.team), raised).report(draft);
            }
        }
    }
}

/// Whether what it is about may not have been found only because a rule lacked what it needs.
fn may_be_passed_over(waiver: &Waiver, lacking: &PassedOver) -> bool {
    lacking.keys().any(|(code, _)| match &waiver.about {
        About::Rule(rule) => rule.as_str() == *code,
        About::Group(group) => rules::find(code).is_some_and(|rule| rule.group == *group),
        About::Anything => true,
    })
}

//! What other rules would have decided.

use depaudit_model::cargo::CrateName;
use depaudit_model::{RegistryName, Timestamp};
use depaudit_policy::door::{Block, DoorRule, DoorVerdict, Look, Objection, Saw};
use depaudit_proxy::door::{InForce, Judged, StoredBytes, StoredEntry, StoredFacts};

use super::gather::{Asked, Decided, Gathered};
use super::report::{Denied, Findings, Judgement, Lacking, Passing, Unknown, Who};
use crate::output::progress_bar;

/// Judges each release for each team that it was decided about.
///
/// # Errors
/// When a store cannot be read.
pub(super) async fn judge(
    rules: &InForce,
    stored: &StoredFacts,
    gathered: &Gathered,
    now: Timestamp,
) -> anyhow::Result<Findings> {
    let mut findings = Findings::default();
    let mut entries = Entries { stored, last: None };
    let bar = progress_bar(gathered.decided.len() as u64, "releases");
    for (asked, decided) in &gathered.decided {
        let Asked { registry, release, .. } = asked;
        let bytes = bytes(rules, stored, asked, decided).await?;
        let internal = rules.door().internal_registries();
        let home = stored.home_of(internal, registry, &release.name).await?;
        let entry = entries.of(registry, &release.name).await?;
        Case { rules, asked, decided, bytes, entry, home }.find(now, &mut findings);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(findings)
}

/// The index entries, in the order in which they are asked for: each is read once.
struct Entries<'s> {
    stored: &'s StoredFacts,
    last: Option<(RegistryName, CrateName, Option<StoredEntry>)>,
}

impl Entries<'_> {
    async fn of(
        &mut self,
        registry: &RegistryName,
        name: &CrateName,
    ) -> anyhow::Result<Option<&StoredEntry>> {
        let known = matches!(&self.last, Some((at, it, _)) if at == registry && it == name);
        if !known {
            let entry = self.stored.entry(registry, name).await?;
            self.last = Some((registry.clone(), name.clone(), entry));
        }
        Ok(self.last.as_ref().and_then(|(.., entry)| entry.as_ref()))
    }
}

/// What is known of the bytes: from the store, or their number from the record.
async fn bytes(
    rules: &InForce,
    stored: &StoredFacts,
    asked: &Asked,
    decided: &Decided,
) -> anyhow::Result<Option<StoredBytes>> {
    let licence = rules.door().asks_for_licences();
    let read = match &decided.sha256 {
        Some(digest) => stored.bytes(&asked.release, digest, licence).await?,
        None => None,
    };
    let recorded = || decided.size.map(StoredBytes::of_size);
    Ok(read.or_else(recorded))
}

/// One release for one team.
struct Case<'c> {
    rules: &'c InForce,
    asked: &'c Asked,
    decided: &'c Decided,
    bytes: Option<StoredBytes>,
    entry: Option<&'c StoredEntry>,
    home: Option<RegistryName>,
}

impl Case<'_> {
    fn find(&self, now: Timestamp, findings: &mut Findings) {
        let verdict = self.verdict(now);
        let objection = self.objection(&verdict);
        let hard = objection.is_some_and(|it| it.block == Block::Hard);
        let lacking = if hard { None } else { self.lacking(&verdict) };
        let Decided { served, held_back, refused, .. } = self.decided;
        // What was held back already is no news, unless it would now be refused.
        let before = if hard { served.or(*held_back) } else { *served };
        if let (Some(objection), Some(_)) = (objection, before) {
            findings.denied.push(self.denied(Judgement::Now, objection, hard));
        }
        let too_young = served.and_then(|served| self.too_young(served.first));
        let said = objection.is_some_and(|it| it.rule == DoorRule::MinimumAge);
        if let Some(objection) = too_young.filter(|_| !said) {
            let hard = objection.block == Block::Hard;
            findings.denied.push(self.denied(Judgement::WhenServed, &objection, hard));
        }
        if let (Some(refused), false, None) = (refused, hard, lacking) {
            findings.passing.push(Passing {
                who: self.who(),
                was: self.decided.refusal.clone().map(Into::into),
                refused: *refused,
                held_back_by: objection.map(|it| it.rule),
            });
        }
        if let Some((rule, lacking)) = lacking {
            findings.unknown.push(Unknown { who: self.who(), rule, lacking });
        }
    }

    fn verdict(&self, now: Timestamp) -> DoorVerdict {
        let Asked { registry, release, team } = self.asked;
        let bytes = self.bytes.as_ref();
        let judged = match self.entry {
            Some(entry) => entry.judged(&release.version, bytes, now),
            None => Judged::of_bytes(bytes, now),
        };
        let about = self.rules.about(team, registry, &release.name);
        let about = about.at_home_in(self.home.as_ref());
        self.rules.judge(&about, &release.name, &release.version, &judged)
    }

    /// Whether the rule has seen nothing, since it goes by an index entry that is not stored.
    const fn is_blind(&self, rule: DoorRule) -> bool {
        self.entry.is_none() && rule.asks_the_index()
    }

    /// The hardest objection of a rule that knew what it was talking about; the first of equals.
    fn objection<'v>(&self, verdict: &'v DoorVerdict) -> Option<&'v Objection> {
        let seen = verdict.looked.iter().filter_map(|look| match look {
            Look::Objected(objection) if !self.is_blind(objection.rule) => Some(objection),
            _ => None,
        });
        seen.reduce(|first, next| if next.block > first.block { next } else { first })
    }

    /// The first rule that could not tell, and what it lacked.
    fn lacking(&self, verdict: &DoorVerdict) -> Option<(DoorRule, Lacking)> {
        verdict.looked.iter().find_map(|look| match look {
            Look::Passed { rule, saw: Saw::NotYet } => Some((*rule, Lacking::Crate)),
            Look::Passed { rule, .. } | Look::Objected(Objection { rule, .. })
                if self.is_blind(*rule) =>
            {
                Some((*rule, Lacking::IndexEntry))
            }
            _ => None,
        })
    }

    /// Judged today, a minimum age lets pass what was too young when it was served.
    fn too_young(&self, when: Timestamp) -> Option<Objection> {
        self.verdict(when).looked.into_iter().find_map(|look| match look {
            Look::Objected(objection)
                if objection.rule == DoorRule::MinimumAge && !self.is_blind(objection.rule) =>
            {
                Some(objection)
            }
            _ => None,
        })
    }

    fn denied(&self, judged: Judgement, objection: &Objection, hard: bool) -> Denied {
        let Decided { served, held_back, .. } = self.decided;
        Denied {
            who: self.who(),
            judged,
            block: objection.block,
            rule: objection.rule,
            why: objection.saw.to_string(),
            until: objection.until,
            served: *served,
            // Served while it was held back: of interest only where that would end.
            held_back: held_back.filter(|_| hard),
        }
    }

    fn who(&self) -> Who {
        let Asked { registry, release, team } = self.asked.clone();
        Who {
            krate: release.name,
            version: release.version,
            registry,
            team,
            principals: self.decided.principals.iter().cloned().collect(),
            more_principals: self.decided.more_principals,
        }
    }
}

//! Why a release passes or not, for whoever asks: the same rules as at the doors, and nothing is
//! fetched, served or put on record.

use depaudit_model::cargo::{CrateName, Release};
use depaudit_model::{Checksum, RegistryName, TeamId, Timestamp};
use depaudit_policy::Day;
use depaudit_policy::door::{
    CrateDoor, DoorVerdict, Look, Objection, Outcome, Refusal, RefusalContext,
};
use depaudit_store::StoreError;
use semver::Version;
use serde::Serialize;

use super::{Asker, InForce, StoredEntry, StoredFacts};

/// The answer, as it is printed: `depaudit.why/1`.
#[derive(Debug, Clone, Serialize)]
pub struct Why {
    /// Which form this has.
    pub schema: &'static str,
    /// For which team.
    pub team: TeamId,
    /// In which registry.
    pub registry: RegistryName,
    /// The crate, in its published spelling where it is known.
    #[serde(rename = "crate")]
    pub name: CrateName,
    /// The digest of the policy in force; absent without one.
    pub policy: Option<Checksum>,
    /// Since when it is in force here.
    pub since: Timestamp,
    /// When the upstream last confirmed the index entry that this goes by; absent when none is
    /// stored.
    pub confirmed: Option<Timestamp>,
    /// The newest version that passes.
    pub newest_allowed: Option<Version>,
    /// The name itself is refused, whatever the version.
    pub name_refused: Option<String>,
    /// The version that was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<WhyRelease>,
    /// Every version, the newest first, where none was asked about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<WhyVersion>,
}

/// What is made of one version, in full.
#[derive(Debug, Clone, Serialize)]
pub struct WhyRelease {
    /// The version.
    pub version: Version,
    /// Its checksum; absent when no index entry that is stored lists it.
    pub sha256: Option<Checksum>,
    /// When it was published, as the index says.
    pub published: Option<Timestamp>,
    /// Whether its author withdrew it.
    pub yanked: bool,
    /// Whether its bytes are stored here.
    pub stored: bool,
    /// What is made of it, and which rules looked at what.
    #[serde(flatten)]
    pub verdict: DoorVerdict,
    /// What a refused download says, and what is said of one that is held back; absent when it passes.
    pub refusal: Option<String>,
}

/// What is made of one of many versions.
#[derive(Debug, Clone, Serialize)]
pub struct WhyVersion {
    /// The version.
    pub version: Version,
    /// What becomes of it.
    pub outcome: Outcome,
    /// What decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided: Option<Objection>,
    /// Something objects, and a line of the policy or a waiver lifts that.
    pub exempted: bool,
}

const SCHEMA: &str = "depaudit.why/1";

impl StoredFacts {
    /// Why a crate, or one version of it, passes or not.
    ///
    /// # Errors
    /// When a store cannot be read.
    pub async fn why(
        &self,
        rules: &InForce,
        asker: &Asker,
        name: &CrateName,
        version: Option<&Version>,
        now: Timestamp,
    ) -> Result<Why, StoreError> {
        let Asker { team, registry, home } = asker;
        let about = rules.about(team, registry, name).at_home_in(home.as_ref());
        let refused = about.keeps_the_name(Day::of(now));
        let refused = refused.map(|it| Refusal::of_name(name, &it, rules.door().contact()));
        let entry = self.entry(registry, name).await?;
        let mut why = Why {
            schema: SCHEMA,
            team: team.clone(),
            registry: registry.clone(),
            name: entry.as_ref().and_then(StoredEntry::name).unwrap_or(name).clone(),
            policy: rules.digest(),
            since: rules.since(),
            confirmed: entry.as_ref().map(StoredEntry::confirmed),
            newest_allowed: None,
            name_refused: refused.map(|it| it.to_string()),
            release: None,
            versions: Vec::new(),
        };
        let mut versions =
            entry.as_ref().map(|it| judged(rules, &about, name, it, now)).unwrap_or_default();
        // As a refusal names it: never the version that was asked about and is refused.
        let passing = versions.iter().filter(|it| it.outcome == Outcome::Allowed);
        let newest = passing.max_by_key(|it| (it.version.pre.is_empty(), &it.version));
        why.newest_allowed = newest.map(|it| it.version.clone());
        match version {
            Some(version) => {
                let newest = why.newest_allowed.as_ref();
                let looked = self.look(rules, &about, name, version, entry.as_ref(), newest, now);
                why.release = Some(looked.await?);
            }
            None => {
                versions.sort_by(|a, b| b.version.cmp(&a.version));
                why.versions = versions;
            }
        }
        Ok(why)
    }

    #[expect(clippy::too_many_arguments, reason = "each is one thing that is known of the release")]
    async fn look(
        &self,
        rules: &InForce,
        about: &CrateDoor<'_>,
        name: &CrateName,
        version: &Version,
        entry: Option<&StoredEntry>,
        newest: Option<&Version>,
        now: Timestamp,
    ) -> Result<WhyRelease, StoreError> {
        let line = entry.and_then(|entry| entry.line(version));
        let release = Release { name: name.clone(), version: version.clone() };
        let sha256 = line.map(|line| line.checksum);
        let bytes = match &sha256 {
            Some(digest) => self.bytes(&release, digest, rules.door().asks_for_licences()).await?,
            None => None,
        };
        let known = match entry {
            Some(entry) => entry.judged(version, bytes.as_ref(), now),
            None => super::Judged::of_bytes(bytes.as_ref(), now),
        };
        let verdict = rules.judge(about, name, version, &known);
        let context = RefusalContext {
            name,
            version,
            newest_allowed: newest,
            newest_is_certain: !rules.door().asks_for_content(),
            since: Some(rules.since()),
            contact: rules.door().contact(),
        };
        let refusal = Refusal::of(&verdict, &context).map(|refusal| refusal.to_string());
        Ok(WhyRelease {
            version: version.clone(),
            sha256,
            published: known.published,
            yanked: known.yanked,
            stored: bytes.is_some(),
            verdict,
            refusal,
        })
    }
}

fn judged(
    rules: &InForce,
    about: &CrateDoor<'_>,
    name: &CrateName,
    entry: &StoredEntry,
    now: Timestamp,
) -> Vec<WhyVersion> {
    let judge = |version: &Version| {
        let verdict = rules.judge(about, name, version, &entry.judged(version, None, now));
        WhyVersion {
            version: version.clone(),
            outcome: verdict.outcome,
            exempted: verdict.looked.iter().any(|look| matches!(look, Look::Exempted { .. })),
            decided: verdict.decided,
        }
    };
    entry.versions().map(judge).collect()
}

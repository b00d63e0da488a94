//! Why a release passes or not, for whoever asks: the same rules as at the doors, and nothing is
//! fetched, served or put on record.

use depaudit_model::cargo::{CrateName, Release};
use depaudit_model::{Checksum, RegistryName, Timestamp};
use depaudit_policy::Day;
use depaudit_policy::door::{
    CrateDoor, Look, Outcome, Refusal, RefusalContext, Why, WhyRelease, WhyVersion, WhyWaiver,
};
use depaudit_store::StoreError;
use semver::Version;

use super::{Asker, InForce, StoredEntry, StoredFacts};

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
        let entry = self.entry(registry, name).await?;
        // Policies name crates as they are published.
        let name = entry.as_ref().and_then(StoredEntry::name).unwrap_or(name);
        let about = rules.about(team, registry, name).at_home_in(home.as_ref());
        let refused = about.keeps_the_name(Day::of(now));
        let refused = refused.map(|it| Refusal::of_name(name, &it, rules.door().contact()));
        let mut why = Why {
            schema: Why::SCHEMA,
            team: team.clone(),
            registry: registry.clone(),
            name: name.clone(),
            policy: rules.digest(),
            since: rules.since(),
            confirmed: entry.as_ref().map(StoredEntry::confirmed),
            newest_allowed: None,
            waivers: Vec::new(),
            name_refused: refused.map(|it| it.to_string()),
            release: None,
            versions: Vec::new(),
        };
        let mut versions =
            entry.as_ref().map(|it| judged(rules, &about, name, it, now)).unwrap_or_default();
        // By the index alone: what only a version's bytes tell is not looked at here.
        let passing = versions.iter().filter(|it| it.outcome == Outcome::Allowed);
        let newest = passing.max_by_key(|it| (it.version.pre.is_empty(), &it.version));
        why.newest_allowed = newest.map(|it| it.version.clone());
        let advisories = version.map(|version| rules.advisories_about(name, version));
        let asked = version.zip(advisories.as_deref());
        why.waivers = about.permits_on(Day::of(now), asked).map(WhyWaiver::from).collect();
        match version {
            Some(version) => {
                let newest = why.newest_allowed.as_ref();
                let looked =
                    self.look(rules, &about, registry, name, version, entry.as_ref(), newest, now);
                why.release = Some(looked.await?);
            }
            None => {
                versions.sort_by(|a, b| b.version.cmp(&a.version));
                why.versions = versions;
            }
        }
        Ok(why)
    }

    /// The checksum of a release's stored bytes.
    async fn pinned(
        &self,
        registry: &RegistryName,
        release: &Release,
    ) -> Result<Option<Checksum>, StoreError> {
        let stored = self.meta.blobs_of(&release.name, Some(&release.version)).await?;
        let mine = stored.into_iter().find(|it| it.registry == *registry && it.release == *release);
        Ok(mine.map(|blob| blob.digest))
    }

    #[expect(clippy::too_many_arguments, reason = "each is one thing that is known of the release")]
    async fn look(
        &self,
        rules: &InForce,
        about: &CrateDoor<'_>,
        registry: &RegistryName,
        name: &CrateName,
        version: &Version,
        entry: Option<&StoredEntry>,
        newest: Option<&Version>,
        now: Timestamp,
    ) -> Result<WhyRelease, StoreError> {
        let line = entry.and_then(|entry| entry.line(version));
        let release = Release { name: name.clone(), version: version.clone() };
        // What the upstream lists no more is served on to whoever locked it, from the stored bytes.
        let sha256 = match line {
            Some(line) => Some(line.checksum),
            None => self.pinned(registry, &release).await?,
        };
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

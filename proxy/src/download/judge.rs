//! The policy at the door of downloads.

use depaudit_model::cargo::{CrateName, Release};
use depaudit_model::{Checksum, RegistryName, Timestamp};
use depaudit_policy::door::{CrateDoor, DoorVerdict, Known, Outcome, UpstreamStanding};
use http::Method;

use super::service::DownloadService;
use super::source::Source;
use super::source_reader::SourceReader;
use crate::cargo::index_body::Line;
use crate::cargo::licence::licence;
use crate::door::{InForce, Judged, Listed};
use crate::error::ProxyError;
use crate::index::Found;
use crate::record::RequestContext;

/// How many licences are remembered; each is some 30 bytes.
pub(super) const LICENCES: usize = 50_000;

/// What was asked for, and by whose rules it is judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) context: &'a RequestContext,
    pub(super) rules: &'a InForce,
    pub(super) release: &'a Release,
    pub(super) method: &'a Method,
    /// The internal registry that is known to have a crate of the same name.
    pub(super) home: Option<&'a RegistryName>,
}

impl DownloadService {
    /// The verdict on a release, with what its bytes tell where they are at hand.
    ///
    /// # Errors
    /// [`ProxyError::Denied`] for what is blocked hard: then the denial is on record.
    pub(super) async fn judge(
        &self,
        asked: Asked<'_>,
        found: &Found,
        source: Option<&Source>,
    ) -> Result<DoorVerdict, ProxyError> {
        let Asked { context, rules, release, .. } = asked;
        let stands = found.standing == UpstreamStanding::Same;
        let approved_before = !stands && self.is_stored(release, &found.checksum).await?;
        let named = match source {
            Some(source) if rules.door().asks_for_licences() => {
                self.licence_of(release, &found.checksum, source).await?
            }
            _ => Known::NotYet,
        };
        let known = Judged {
            now: self.clock.now(),
            published: found.published,
            yanked: found.yanked,
            standing: found.standing,
            approved_before,
            licence: match &named {
                Known::Yes(text) => Known::Yes(text),
                Known::NotYet => Known::NotYet,
                Known::Missing => Known::Missing,
            },
            size: source.and_then(Source::size).map_or(Known::NotYet, Known::Yes),
            listed: found.view.as_deref().map(Listed::of_view),
        };
        let about = rules.about(&context.team, &context.registry, &release.name);
        let about = about.at_home_in(asked.home);
        let verdict = rules.judge(&about, &release.name, &release.version, &known);
        if verdict.outcome != Outcome::Hard {
            return Ok(verdict);
        }
        let view = found.view.as_deref();
        let blocked = |line: &Line| self.bytes_block(rules, &about, &release.name, line, known.now);
        let refusal = rules.refusal(&about, release, &verdict, view, &blocked, known.now);
        // A hard outcome always has an objection, and so a refusal.
        let text = refusal.map_or_else(|| release.to_string(), |refusal| refusal.to_string());
        self.record_refusal(asked, found.checksum, &verdict, &text).await?;
        Err(ProxyError::Denied(text))
    }

    async fn is_stored(&self, release: &Release, checksum: &Checksum) -> Result<bool, ProxyError> {
        let stored = self.meta.blobs_of(&release.name, Some(&release.version)).await;
        let stored = stored.map_err(|_| ProxyError::Store("the store cannot be read"))?;
        Ok(stored.iter().any(|blob| blob.digest == *checksum))
    }

    /// Whether a release is blocked by a licence that was read before. What was never fetched is not
    /// known to be.
    pub(crate) fn bytes_block(
        &self,
        rules: &InForce,
        about: &CrateDoor<'_>,
        name: &CrateName,
        line: &Line,
        now: Timestamp,
    ) -> bool {
        let Some(licence) = self.licences.get(&line.checksum) else { return false };
        let known = Judged {
            now,
            published: line.published,
            yanked: line.yanked,
            standing: UpstreamStanding::Same,
            approved_before: false,
            licence: licence.as_deref().map_or(Known::Missing, Known::Yes),
            size: Known::NotYet,
            listed: None,
        };
        rules.judge(about, name, &line.version, &known).outcome != Outcome::Allowed
    }

    async fn licence_of(
        &self,
        release: &Release,
        checksum: &Checksum,
        source: &Source,
    ) -> Result<Known<String>, ProxyError> {
        if let Some(known) = self.licences.get(checksum) {
            return Ok(known.map_or(Known::Missing, Known::Yes));
        }
        let release = release.clone();
        let read = match source {
            Source::Memory(bytes) => {
                let bytes = bytes.clone();
                tokio::task::spawn_blocking(move || licence(&bytes[..], &release)).await
            }
            Source::Stored(blob) => {
                let reader = SourceReader::new(std::sync::Arc::clone(&blob.source), blob.size);
                tokio::task::spawn_blocking(move || licence(reader, &release)).await
            }
            // Not handed out under such a policy: see `answer`.
            Source::Arriving(..) => return Ok(Known::NotYet),
        };
        let Ok(Ok(found)) = read else {
            return Err(ProxyError::Store("the stored crate cannot be read"));
        };
        self.licences.insert(*checksum, found.clone());
        Ok(found.map_or(Known::Missing, Known::Yes))
    }
}

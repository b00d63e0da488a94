//! What is asked of the store, each by its statement.

use async_trait::async_trait;
use bytes::Bytes;
use depaudit_model::cargo::{CrateName, Release};
use depaudit_model::{Checksum, RegistryName, TeamId, Timestamp, TokenId, WaiverId};
use rusqlite::{Connection, OptionalExtension, params};
use semver::Version;

use super::notes::IndexKey;
use super::{SqliteMetaStore, blobs, exchanges, index, marks, reports, sessions, tokens, waivers};
use crate::sqlite::migrations::META;
use crate::sqlite::structure;
use crate::{
    Act, Asked, BlobUse, CacheTotals, Contradiction, IndexEntry, KeptReport, MetaStore, Pin,
    PinnedRelease, PolicyMark, ReportRetention, Session, StoreError, Token, Waiver,
};

/// What the doors and the pages go by.
const TABLES: [&str; 6] = ["pin", "waiver", "token", "session", "report", "review"];

#[async_trait]
impl MetaStore for SqliteMetaStore {
    async fn registry_config(&self, registry: &RegistryName) -> Result<Option<Bytes>, StoreError> {
        let registry = registry.clone();
        self.readers
            .read("read a registry's configuration", move |connection| {
                connection
                    .prepare_cached("SELECT body FROM registry_config WHERE registry = ?1")?
                    .query_row([registry.as_str()], |row| row.get::<_, Vec<u8>>(0))
                    .optional()
            })
            .await
            .map(|body| body.map(Bytes::from))
    }

    async fn put_registry_config(
        &self,
        registry: &RegistryName,
        body: Bytes,
    ) -> Result<(), StoreError> {
        let registry = registry.clone();
        self.write(move |batch| {
            batch
                .prepare_cached("REPLACE INTO registry_config (registry, body) VALUES (?1, ?2)")?
                .execute(params![registry.as_str(), &body[..]])
                .map(drop)
        })
        .await
    }

    async fn index_entry(
        &self,
        registry: &RegistryName,
        name: &CrateName,
    ) -> Result<Option<IndexEntry>, StoreError> {
        let key = IndexKey::new(registry, name);
        // Looked at before the entry: a note is about the entry that was there then or an earlier
        // one, and makes a newer one seem older, never the other way round.
        let noted = self.notes.confirmed(&key);
        let entry = self
            .readers
            .read("read an index entry", move |connection| index::entry(connection, &key))
            .await?;
        Ok(entry.map(|entry| match noted {
            Some(confirmed) => IndexEntry { confirmed, ..entry },
            None => entry,
        }))
    }

    async fn put_index_entry(
        &self,
        registry: &RegistryName,
        name: &CrateName,
        entry: &IndexEntry,
        pins: &[Pin],
    ) -> Result<(), StoreError> {
        let key = IndexKey::new(registry, name);
        // An earlier note is about the entry that is replaced now.
        self.notes.forget_confirmed(&key);
        let (entry, pins) = (entry.clone(), pins.to_vec());
        self.write(move |batch| {
            index::put_entry(batch, &key, &entry)?;
            index::put_pins(batch, &key, &pins)
        })
        .await
    }

    async fn confirm_index_entry(
        &self,
        registry: &RegistryName,
        name: &CrateName,
        when: Timestamp,
    ) -> Result<(), StoreError> {
        self.writer()?;
        self.notes.confirm(IndexKey::new(registry, name), when);
        Ok(())
    }

    async fn pins(
        &self,
        registry: &RegistryName,
        name: &CrateName,
    ) -> Result<Vec<Pin>, StoreError> {
        let key = IndexKey::new(registry, name);
        self.readers.read("read pins", move |connection| index::pins(connection, &key)).await
    }

    async fn all_pins(
        &self,
        after: Option<&PinnedRelease>,
        most: usize,
    ) -> Result<Vec<PinnedRelease>, StoreError> {
        let after = after.cloned();
        let read = move |connection: &Connection| index::all_pins(connection, after.as_ref(), most);
        self.readers.read("read every pin", read).await
    }

    async fn forget_index(
        &self,
        registry: &RegistryName,
        name: Option<&CrateName>,
    ) -> Result<u64, StoreError> {
        let key = name.map(|name| IndexKey::new(registry, name));
        let registry = registry.clone();
        self.writer()?.write(1, move |batch| index::forget(batch, &registry, key.as_ref())).await
    }

    async fn record_blob(&self, blob: &BlobUse) -> Result<(), StoreError> {
        let blob = blob.clone();
        self.write(move |batch| blobs::record(batch, &blob)).await
    }

    async fn touch_blobs(&self, digests: &[Checksum], when: Timestamp) -> Result<(), StoreError> {
        self.writer()?;
        self.notes.touch(digests, when);
        Ok(())
    }

    async fn least_recently_used(&self, most: usize) -> Result<Vec<BlobUse>, StoreError> {
        if self.notes.any() {
            // Has them written first. A disk that is full must not hold up what makes room: then
            // the order is a little older, and the failure shows wherever a write matters.
            let _ = self.write(|_| Ok(())).await;
        }
        self.readers
            .read("list the blobs by their use", move |connection| {
                blobs::least_recently_used(connection, most)
            })
            .await
    }

    async fn blobs_of(
        &self,
        name: &CrateName,
        version: Option<&Version>,
    ) -> Result<Vec<BlobUse>, StoreError> {
        let (key, version) = (name.index_key(), version.map(ToString::to_string));
        self.readers
            .read("list the blobs of a crate", move |connection| {
                blobs::of_crate(connection, &key, version.as_deref())
            })
            .await
    }

    async fn forget_blob(&self, digest: &Checksum) -> Result<(), StoreError> {
        let digest = *digest;
        self.write(move |batch| blobs::forget(batch, &digest)).await
    }

    async fn totals(&self) -> Result<CacheTotals, StoreError> {
        self.readers
            .read("add up what is stored", |connection| {
                let (blobs, blob_bytes) = blobs::totals(connection)?;
                let (index_entries, index_bytes, pins) = index::totals(connection)?;
                Ok(CacheTotals { blobs, blob_bytes, index_entries, index_bytes, pins })
            })
            .await
    }

    async fn add_token(&self, token: &Token, digest: &Checksum) -> Result<(), StoreError> {
        let (token, digest) = (token.clone(), *digest);
        self.write(move |batch| tokens::add(batch, &token, &digest)).await
    }

    async fn rotate_token(
        &self,
        token: &Token,
        digest: &Checksum,
        ends: Timestamp,
    ) -> Result<bool, StoreError> {
        let (token, digest) = (token.clone(), *digest);
        let work = move |batch: &Connection| tokens::rotate(batch, &token, &digest, ends);
        self.writer()?.write(2, work).await.map(|changed| changed > 0)
    }

    async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        self.readers.read("list the tokens", tokens::all).await
    }

    async fn token_digests(&self) -> Result<Vec<(TokenId, Checksum)>, StoreError> {
        self.readers.read("read what tokens are found by", tokens::digests).await
    }

    async fn token_version(&self) -> Result<u64, StoreError> {
        self.changes.version()
    }

    async fn token_by_digest(&self, digest: &Checksum) -> Result<Option<Token>, StoreError> {
        let digest = *digest;
        self.readers.read("look up a token", move |it| tokens::by_digest(it, &digest)).await
    }

    async fn token(&self, id: &TokenId) -> Result<Option<Token>, StoreError> {
        let id = id.clone();
        self.readers.read("look up a token", move |it| tokens::by_id(it, &id)).await
    }

    async fn revoke_token(&self, id: &TokenId, when: Timestamp) -> Result<bool, StoreError> {
        let id = id.clone();
        let work = move |batch: &Connection| tokens::revoke(batch, &id, when);
        self.writer()?.write(1, work).await.map(|changed| changed > 0)
    }

    async fn token_used(&self, id: &TokenId, when: Timestamp) -> Result<(), StoreError> {
        let id = id.clone();
        self.write(move |batch| tokens::used(batch, &id, when)).await
    }

    async fn add_waiver(&self, waiver: &Waiver) -> Result<(), StoreError> {
        let waiver = waiver.clone();
        self.write(move |batch| waivers::add(batch, &waiver)).await
    }

    async fn grant_waiver(&self, id: &WaiverId, act: &Act) -> Result<bool, StoreError> {
        let (id, act) = (id.clone(), act.clone());
        let work = move |batch: &Connection| waivers::grant(batch, &id, &act);
        self.writer()?.write(1, work).await.map(|changed| changed > 0)
    }

    async fn end_waiver(
        &self,
        id: &WaiverId,
        act: &Act,
        why: Option<&str>,
    ) -> Result<bool, StoreError> {
        let (id, act, why) = (id.clone(), act.clone(), why.map(str::to_owned));
        let work = move |batch: &Connection| waivers::end(batch, &id, &act, why.as_deref());
        self.writer()?.write(1, work).await.map(|changed| changed > 0)
    }

    async fn waivers(&self) -> Result<Vec<Waiver>, StoreError> {
        self.readers.read("list the waivers", waivers::all).await
    }

    async fn mark_policy(&self, mark: &PolicyMark) -> Result<(), StoreError> {
        let mark = mark.clone();
        self.write(move |batch| marks::set(batch, &mark)).await
    }

    async fn policy_mark(&self) -> Result<Option<PolicyMark>, StoreError> {
        self.readers.read("look up a mark", marks::get).await
    }

    async fn ask_for(&self, asked: &Asked) -> Result<(), StoreError> {
        let asked = asked.clone();
        self.write(move |batch| waivers::ask(batch, &asked)).await
    }

    async fn asked_for(&self) -> Result<Vec<Asked>, StoreError> {
        self.readers.read("list what was asked for", waivers::asked).await
    }

    async fn dismiss(
        &self,
        registry: &RegistryName,
        release: &Release,
        team: Option<&TeamId>,
    ) -> Result<bool, StoreError> {
        let (registry, release, team) = (registry.clone(), release.clone(), team.cloned());
        let work =
            move |batch: &Connection| waivers::dismiss(batch, &registry, &release, team.as_ref());
        self.writer()?.write(1, work).await.map(|changed| changed > 0)
    }

    async fn spend_identity(
        &self,
        identity: &Checksum,
        token: &TokenId,
        ends: Timestamp,
    ) -> Result<bool, StoreError> {
        let (identity, token) = (*identity, token.clone());
        let work = move |batch: &Connection| exchanges::spend(batch, &identity, &token, ends);
        self.writer()?.write(1, work).await.map(|added| added > 0)
    }

    async fn forget_exchanges(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.writer()?.write(1, move |batch| exchanges::forget(batch, now)).await
    }

    async fn add_session(&self, session: &Session, digest: &Checksum) -> Result<(), StoreError> {
        let (session, digest) = (session.clone(), *digest);
        self.write(move |batch| sessions::add(batch, &session, &digest)).await
    }

    async fn session(&self, digest: &Checksum) -> Result<Option<Session>, StoreError> {
        let digest = *digest;
        self.readers.read("look up a session", move |it| sessions::find(it, &digest)).await
    }

    async fn sessions(&self) -> Result<Vec<(Session, Checksum)>, StoreError> {
        self.readers.read("read every session", sessions::all).await
    }

    async fn session_used(&self, digest: &Checksum, when: Timestamp) -> Result<(), StoreError> {
        let digest = *digest;
        self.write(move |batch| sessions::used(batch, &digest, when)).await
    }

    async fn end_session(&self, digest: &Checksum) -> Result<bool, StoreError> {
        let digest = *digest;
        let work = move |batch: &Connection| sessions::end(batch, &digest);
        self.writer()?.write(1, work).await.map(|gone| gone > 0)
    }

    async fn forget_sessions(
        &self,
        now: Timestamp,
        idle_since: Timestamp,
    ) -> Result<u64, StoreError> {
        self.writer()?.write(1, move |batch| sessions::forget(batch, now, idle_since)).await
    }

    async fn put_report(&self, report: &KeptReport) -> Result<bool, StoreError> {
        let report = report.clone();
        let work = move |batch: &Connection| reports::put(batch, &report);
        self.writer()?.write(1, work).await.map(|added| added > 0)
    }

    async fn has_report(&self, digest: &Checksum) -> Result<bool, StoreError> {
        let digest = *digest;
        self.readers.read("look a report up", move |it| reports::has(it, &digest)).await
    }

    async fn reports(&self) -> Result<Vec<KeptReport>, StoreError> {
        self.readers.read("read the reports", reports::all).await
    }

    async fn report_digests(&self) -> Result<Vec<Checksum>, StoreError> {
        self.readers.read("list the reports", reports::digests).await
    }

    async fn report(&self, digest: &Checksum) -> Result<Option<KeptReport>, StoreError> {
        let digest = *digest;
        self.readers.read("read a report", move |it| reports::one(it, &digest)).await
    }

    async fn forget_reports(&self, keep: ReportRetention) -> Result<u64, StoreError> {
        self.writer()?.write(1, move |batch| reports::forget(batch, keep)).await
    }

    async fn contradiction(&self) -> Result<Option<Contradiction>, StoreError> {
        let look = |connection: &Connection| match structure::rebuilt(connection, &META)? {
            Some(rebuilt) => Ok(Some(rebuilt)),
            None => structure::hidden(connection, &TABLES),
        };
        self.readers.read("look for what was rebuilt", look).await
    }

    async fn probe(&self) -> Result<(), StoreError> {
        self.write(|batch| {
            // No registry has an empty name.
            batch.execute("REPLACE INTO registry_config (registry, body) VALUES ('', x'')", [])?;
            batch.execute("DELETE FROM registry_config WHERE registry = ''", []).map(drop)
        })
        .await
    }
}

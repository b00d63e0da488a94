//! [`Trace`] on SQLite.

mod dry_run;
mod query;
mod received;
mod teams;

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use depaudit_model::cargo::{CrateName, Release};
use depaudit_model::{Checksum, RegistryName, RequestId, TeamId, Timestamp};
use rusqlite::Connection;

use super::SqliteAuditLog;
use super::query::Row;
use super::stretch;
use crate::blocking::blocking;
use crate::{
    Arrival, DigestPrefix, Download, DryRun, KnownBytes, StoreError, StoredEvent, Tally,
    TeamOnRecord, TeamReceived, Trace, Traced,
};

const OPERATION: &str = "trace in the record";

impl SqliteAuditLog {
    async fn trace<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.readers.read(OPERATION, work).await
    }
}

async fn decode(rows: Vec<Row>) -> Result<Vec<StoredEvent>, StoreError> {
    blocking(OPERATION, move || rows.into_iter().map(Row::decode).collect()).await
}

#[async_trait]
impl Trace for SqliteAuditLog {
    async fn tallies(&self, of: &Traced, most: usize) -> Result<Vec<Tally>, StoreError> {
        let of = of.clone();
        self.trace(move |connection| query::tallies(connection, &of, most)).await
    }

    async fn arrivals(
        &self,
        name: &CrateName,
        team: Option<&TeamId>,
        most: usize,
    ) -> Result<Vec<Arrival>, StoreError> {
        let (name, team) = (name.clone(), team.cloned());
        self.trace(move |connection| query::arrivals(connection, &name, team.as_ref(), most)).await
    }

    async fn incidents(
        &self,
        name: &CrateName,
        most: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let name = name.clone();
        decode(self.trace(move |connection| query::incidents(connection, &name, most)).await?).await
    }

    async fn of_request(
        &self,
        request: &RequestId,
        most: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let request = request.clone();
        let read = move |connection: &Connection| stretch::of_request(connection, &request, most);
        decode(self.trace(read).await?).await
    }

    async fn releases_with(
        &self,
        sha256: DigestPrefix,
        most: usize,
    ) -> Result<Vec<Release>, StoreError> {
        self.trace(move |connection| query::releases_with(connection, &sha256, most)).await
    }

    async fn dry_runs(
        &self,
        team: Option<&TeamId>,
        most: usize,
    ) -> Result<Vec<DryRun>, StoreError> {
        let team = team.cloned();
        self.trace(move |connection| dry_run::dry_runs(connection, team.as_ref(), most)).await
    }

    async fn known_bytes(
        &self,
        registry: &RegistryName,
        team: Option<&TeamId>,
        releases: &[Release],
    ) -> Result<Vec<Vec<KnownBytes>>, StoreError> {
        let (registry, team, releases) = (registry.clone(), team.cloned(), releases.to_vec());
        let read = move |connection: &Connection| {
            query::known_bytes(connection, &registry, team.as_ref(), &releases)
        };
        self.trace(read).await
    }

    async fn teams(&self, most: usize) -> Result<Vec<TeamOnRecord>, StoreError> {
        self.trace(move |connection| teams::teams(connection, most)).await
    }

    async fn received(&self, of: Arc<HashSet<Checksum>>) -> Result<Vec<TeamReceived>, StoreError> {
        self.trace(move |connection| received::of(connection, &of)).await
    }

    async fn downloads(
        &self,
        teams: &BTreeSet<TeamId>,
        since: Timestamp,
        most: usize,
    ) -> Result<Vec<Download>, StoreError> {
        let teams = teams.clone();
        self.trace(move |connection| received::downloads(connection, &teams, since, most)).await
    }
}

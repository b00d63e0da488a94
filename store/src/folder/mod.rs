//! Blobs as files in a folder.
//!
//! ```text
//! sha256/ab/abcd...   a blob, under its digest; never changed once it has this name
//! partial/<random>    a blob being written, locked by the process that writes it
//! ```

mod partial;
mod places;
mod position;
mod source;
mod writer;

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use depaudit_model::Checksum;

use crate::blocking::blocking;
use crate::{BlobStore, BlobWriter, StoreError, StoredBlob};
use partial::Partial;
use places::Places;
use source::FileSource;
use writer::FolderBlobWriter;

/// A [`BlobStore`] in a folder. Several processes may have the same folder open.
#[derive(Debug)]
pub struct FolderBlobStore {
    places: Arc<Places>,
}

impl FolderBlobStore {
    /// Opens the store in `folder`, which is made when absent, and sweeps away what an earlier
    /// run left unfinished. What another living process is writing stays.
    ///
    /// # Errors
    /// [`StoreError::CannotOpen`] when the folder cannot be made or read.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let cannot_open = |error| StoreError::cannot_open(folder, error);
        let places = Places::create(folder).map_err(cannot_open)?;
        partial::sweep(places.partial()).map_err(cannot_open)?;
        Ok(Self { places: Arc::new(places) })
    }

    /// Runs `work` on the folders, away from the async tasks.
    async fn with_places<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&Places) -> io::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let places = Arc::clone(&self.places);
        blocking(operation, move || {
            work(&places).map_err(|error| StoreError::unavailable(operation, error))
        })
        .await
    }
}

#[async_trait]
impl BlobStore for FolderBlobStore {
    async fn create(&self) -> Result<Box<dyn BlobWriter>, StoreError> {
        let partial =
            self.with_places("begin a blob", |places| Partial::create(places.partial())).await?;
        Ok(Box::new(FolderBlobWriter::new(Arc::clone(&self.places), partial)))
    }

    async fn open(&self, digest: &Checksum) -> Result<Option<StoredBlob>, StoreError> {
        let digest = *digest;
        self.with_places("open a blob", move |places| {
            let Some(file) = found(File::open(places.blob(&digest)))? else { return Ok(None) };
            let size = file.metadata()?.len();
            Ok(Some(StoredBlob { size, source: Arc::new(FileSource::new(Arc::new(file))) }))
        })
        .await
    }

    async fn remove(&self, digest: &Checksum) -> Result<bool, StoreError> {
        let digest = *digest;
        self.with_places("remove a blob", move |places| {
            Ok(found(fs::remove_file(places.blob(&digest)))?.is_some())
        })
        .await
    }

    async fn list(&self) -> Result<Vec<(Checksum, u64)>, StoreError> {
        self.with_places("list the blobs", Places::list).await
    }

    async fn probe(&self) -> Result<(), StoreError> {
        self.with_places("write a probe", |places| {
            let mut file = tempfile::tempfile_in(places.partial())?;
            file.write_all(b"probe")?;
            file.sync_all()
        })
        .await
    }
}

/// Absence is an answer here, not a failure.
fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use depaudit_model::Checksum;

use super::partial::Partial;
use super::places::Places;
use super::source::FileSource;
use crate::blocking::blocking;
use crate::{BlobWriter, ByteSource, StoreError};

/// Writes one blob.
#[derive(Debug)]
pub(super) struct FolderBlobWriter {
    places: Arc<Places>,
    source: Arc<FileSource>,
    /// Away while a write is under way, and for good when that write failed or its caller left:
    /// what is in the file then is anybody's guess, so the blob is given up and its file removed.
    partial: Option<Partial>,
}

impl FolderBlobWriter {
    pub(super) fn new(places: Arc<Places>, partial: Partial) -> Self {
        let source = Arc::new(FileSource::new(Arc::clone(partial.file())));
        Self { places, source, partial: Some(partial) }
    }

    fn take_partial(&mut self, operation: &'static str) -> Result<Partial, StoreError> {
        self.partial.take().ok_or_else(|| StoreError::unavailable(operation, GivenUp))
    }
}

/// The blob cannot be continued.
#[derive(Debug, thiserror::Error)]
#[error("an earlier write of this blob failed or was cut off")]
struct GivenUp;

#[async_trait]
impl BlobWriter for FolderBlobWriter {
    async fn write(&mut self, chunk: Bytes) -> Result<(), StoreError> {
        const OPERATION: &str = "write a blob";
        let mut partial = self.take_partial(OPERATION)?;
        let partial = blocking(OPERATION, move || match partial.append(&chunk) {
            Ok(()) => Ok(partial),
            Err(error) => Err(StoreError::unavailable(OPERATION, error)),
        })
        .await?;
        self.partial = Some(partial);
        Ok(())
    }

    fn source(&self) -> Arc<dyn ByteSource> {
        Arc::clone(&self.source) as _
    }

    async fn publish(mut self: Box<Self>, digest: &Checksum) -> Result<(), StoreError> {
        const OPERATION: &str = "publish a blob";
        let partial = self.take_partial(OPERATION)?;
        let (places, digest) = (Arc::clone(&self.places), *digest);
        blocking(OPERATION, move || partial.publish(&places, &digest)).await
    }
}

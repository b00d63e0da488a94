//! Bodies that are read piece by piece, and end whole only when they are right.

use std::sync::Arc;

use bytes::Bytes;
use depaudit_model::Checksum;
use depaudit_store::{StoreError, StoredBlob};
use futures_util::stream::{self, BoxStream, StreamExt};
use http_body::Frame;
use http_body_util::StreamBody;
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use super::stage::{Head, Stage};

/// How much is read at once.
const PIECE: usize = 256 * 1024;

/// A body made of pieces.
pub(super) type Pieces = StreamBody<BoxStream<'static, Result<Frame<Bytes>, BrokenOff>>>;

/// The body ends here, before its end: the connection is cut, so that no client takes it for whole.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum BrokenOff {
    #[error("the fetch failed")]
    Fetch,
    #[error("the stored bytes are damaged")]
    Damaged,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reads a part of a stored crate. A whole crate is hashed on the way, and its last byte is held back
/// until the hash is right; `damaged` is called when it is not.
pub(super) fn stored(
    blob: StoredBlob,
    begin: u64,
    end: u64,
    digest: Checksum,
    damaged: impl FnOnce() + Send + 'static,
) -> Pieces {
    let whole = begin == 0 && end == blob.size;
    let state = Reading {
        blob,
        offset: begin,
        end,
        check: whole.then(|| (Sha256::new(), digest)),
        damaged: Some(damaged),
    };
    pieces(stream::unfold(Some(state), |state| async move {
        let mut state = state?;
        let item = state.next().await?;
        let broken = item.is_err();
        Some((item, (!broken).then_some(state)))
    }))
}

struct Reading<F> {
    blob: StoredBlob,
    offset: u64,
    end: u64,
    check: Option<(Sha256, Checksum)>,
    damaged: Option<F>,
}

impl<F: FnOnce()> Reading<F> {
    async fn next(&mut self) -> Option<Result<Bytes, BrokenOff>> {
        let left = self.end - self.offset;
        if left == 0 {
            return None;
        }
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(PIECE);
        let piece = match self.blob.source.read_at(self.offset, most).await {
            Ok(piece) if piece.is_empty() => return Some(Err(self.report())),
            Ok(piece) => piece,
            Err(error) => return Some(Err(error.into())),
        };
        self.offset += piece.len() as u64;
        if let Some((hasher, _)) = &mut self.check {
            hasher.update(&piece);
        }
        if self.offset == self.end
            && let Some((hasher, digest)) = self.check.take()
            && *digest.as_bytes() != <[u8; 32]>::from(hasher.finalize())
        {
            return Some(Err(self.report()));
        }
        Some(Ok(piece))
    }

    fn report(&mut self) -> BrokenOff {
        if let Some(damaged) = self.damaged.take() {
            damaged();
        }
        BrokenOff::Damaged
    }
}

/// Whether a stored crate still has its digest; reads all of it.
pub(super) async fn is_whole(blob: &StoredBlob, digest: &Checksum) -> Result<bool, StoreError> {
    let (mut hasher, mut offset) = (Sha256::new(), 0);
    while offset < blob.size {
        let piece = blob.source.read_at(offset, PIECE).await?;
        if piece.is_empty() {
            return Ok(false);
        }
        offset += piece.len() as u64;
        hasher.update(&piece);
    }
    Ok(*digest.as_bytes() == <[u8; 32]>::from(hasher.finalize()))
}

/// Follows a fetch under way. What it has written is passed on at once, but for the last byte, which
/// leaves only when the whole crate is verified and stored.
pub(super) fn arriving(head: Arc<Head>, stage: watch::Receiver<Stage>) -> Pieces {
    let state = Following { head, stage, offset: 0 };
    pieces(stream::unfold(Some(state), |state| async move {
        let mut state = state?;
        let item = state.next().await?;
        let broken = item.is_err();
        Some((item, (!broken).then_some(state)))
    }))
}

struct Following {
    head: Arc<Head>,
    stage: watch::Receiver<Stage>,
    offset: u64,
}

impl Following {
    async fn next(&mut self) -> Option<Result<Bytes, BrokenOff>> {
        loop {
            let limit = match &*self.stage.borrow_and_update() {
                Stage::Asking => 0,
                Stage::Receiving { written, .. } => written.saturating_sub(1),
                Stage::Stored { size } if self.offset >= *size => return None,
                Stage::Stored { size } => *size,
                Stage::Failed(_) => return Some(Err(BrokenOff::Fetch)),
            };
            if self.offset < limit {
                let most = usize::try_from(limit - self.offset).unwrap_or(usize::MAX).min(PIECE);
                let piece = match self.head.source.read_at(self.offset, most).await {
                    Ok(piece) if piece.is_empty() => return Some(Err(BrokenOff::Damaged)),
                    Ok(piece) => piece,
                    Err(error) => return Some(Err(error.into())),
                };
                self.offset += piece.len() as u64;
                return Some(Ok(piece));
            }
            if self.stage.changed().await.is_err() {
                // The fetch is gone without a word: it panicked.
                return Some(Err(BrokenOff::Fetch));
            }
        }
    }
}

fn pieces(
    stream: impl futures_util::Stream<Item = Result<Bytes, BrokenOff>> + Send + 'static,
) -> Pieces {
    StreamBody::new(stream.map(|piece| piece.map(Frame::data)).boxed())
}

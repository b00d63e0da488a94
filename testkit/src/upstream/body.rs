use std::convert::Infallible;
use std::io::Write;
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::channel::{Channel, SendError, Sender};
use http_body_util::{Either, Full};

use super::rules::Hold;

/// A body: whole, or written while it is sent.
pub(super) type Body = Either<Full<Bytes>, Channel<Bytes, Infallible>>;

const PIECE: usize = 64 << 10;

pub(super) fn whole(bytes: Bytes) -> Body {
    Either::Left(Full::new(bytes))
}

/// The first bytes, a wait at the gate, the rest.
pub(super) fn held(mut bytes: Bytes, after: usize, hold: Hold) -> Body {
    written(|mut sender| async move {
        let first = bytes.split_to(after.min(bytes.len()));
        if !first.is_empty() {
            sender.send_data(first).await?;
        }
        hold.barrier.pass().await;
        if !bytes.is_empty() {
            sender.send_data(bytes).await?;
        }
        Ok(())
    })
}

/// A few bytes at a time.
pub(super) fn dripping(mut bytes: Bytes, count: usize, every: Duration) -> Body {
    written(|mut sender| async move {
        while !bytes.is_empty() {
            tokio::time::sleep(every).await;
            sender.send_data(bytes.split_to(count.clamp(1, bytes.len()))).await?;
        }
        Ok(())
    })
}

/// Spaces without end, in lines: what an index, JSON or text may begin with.
pub(super) fn endless() -> Body {
    let mut piece = vec![b' '; PIECE];
    piece[PIECE - 1] = b'\n';
    let piece = Bytes::from(piece);
    written(|mut sender| async move {
        loop {
            sender.send_data(piece.clone()).await?;
        }
    })
}

/// One gzip member that holds `decoded` zeros.
pub(super) fn gzip_bomb(decoded: u64) -> Body {
    written(|mut sender| async move {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        let zeros = [0; PIECE];
        let mut left = decoded;
        while left > 0 {
            let count = left.min(PIECE as u64);
            gzip.write_all(&zeros[..count as usize]).expect("writing to memory does not fail");
            left -= count;
            if gzip.get_ref().len() >= 1024 {
                sender.send_data(std::mem::take(gzip.get_mut()).into()).await?;
            }
            // The compressor's work must not starve the other connections.
            tokio::task::yield_now().await;
        }
        let end = gzip.finish().expect("writing to memory does not fail");
        sender.send_data(end.into()).await
    })
}

/// A body that `write` produces as fast as the client takes it; it ends when the client leaves.
fn written<F>(write: impl FnOnce(Sender<Bytes>) -> F) -> Body
where
    F: Future<Output = Result<(), SendError>> + Send + 'static,
{
    let (sender, body) = Channel::new(1);
    // An error says that the client left.
    tokio::spawn(write(sender));
    Either::Right(body)
}

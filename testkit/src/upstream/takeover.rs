use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::rules::Hold;

/// An answer that no HTTP library would send: the connection is taken from it, and these bytes are
/// written as they are.
#[derive(Debug)]
pub(super) struct Takeover {
    pub(super) head: Vec<u8>,
    pub(super) body: Bytes,
    /// Where in the body to wait.
    pub(super) hold: Option<Hold>,
    pub(super) end: End,
}

/// How the connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// In good order.
    Close,
    /// With a reset, as when a machine goes down.
    Reset,
}

impl Takeover {
    /// Writes and ends. Errors say that the client left first, which it may.
    pub(super) async fn run(self, mut stream: TcpStream) {
        if self.end == End::Reset {
            let _ = stream.set_zero_linger();
            return;
        }
        if self.write(&mut stream).await.is_ok() && stream.shutdown().await.is_ok() {
            // Closing with unread bytes would be a reset, and a reset can overtake the answer.
            let _ = stream.read(&mut [0]).await;
        }
    }

    async fn write(mut self, stream: &mut TcpStream) -> std::io::Result<()> {
        stream.write_all(&self.head).await?;
        if let Some(Hold { after: Some(after), barrier, .. }) = self.hold {
            let first = self.body.split_to(after.min(self.body.len()));
            stream.write_all(&first).await?;
            barrier.pass().await;
        }
        stream.write_all(&self.body).await
    }
}

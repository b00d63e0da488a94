//! Bytes over TCP, exactly as given: for requests that no HTTP client would send, and for seeing
//! how a connection ended.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// How long [`get`] waits for an answer's end.
const PATIENCE: Duration = Duration::from_secs(30);
/// No answer of a test is larger; one that does not end is left here.
const MAX_ANSWER_BYTES: usize = 64 << 20;

/// Why reading stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The peer closed in good order.
    Closed,
    /// The peer reset the connection.
    Reset,
    /// The time was up, and the connection still open.
    Deadline,
    /// As many bytes as were asked for have come.
    Limit,
}

/// What came back, byte for byte.
#[derive(Debug, Clone)]
pub struct RawAnswer {
    /// Everything that was read, perhaps several answers, perhaps none.
    pub bytes: Vec<u8>,
    /// Why there is no more.
    pub ending: Ending,
}

impl RawAnswer {
    /// The first answer's status, or `None` when the bytes begin with no status line.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        let code = self.bytes.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
        std::str::from_utf8(code).ok()?.parse().ok()
    }

    /// The first header of this name, compared without regard to case, trimmed.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.head().split(|byte| *byte == b'\n').skip(1).find_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            let (key, value) = line.split_at(colon);
            key.eq_ignore_ascii_case(name.as_bytes()).then(|| value[1..].trim_ascii())
        })
    }

    /// What follows the first empty line, still chunked if it came so; empty without such a line.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.bytes.get(self.head().len() + END_OF_HEAD.len()..).unwrap_or_default()
    }

    fn head(&self) -> &[u8] {
        let end = self.bytes.windows(END_OF_HEAD.len()).position(|at| at == END_OF_HEAD);
        &self.bytes[..end.unwrap_or(self.bytes.len())]
    }
}

const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// An open connection, for conversations of more than one step.
#[derive(Debug)]
pub struct RawConnection {
    stream: TcpStream,
}

impl RawConnection {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens at `address`.
    pub fn open(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream })
    }

    /// Sends `bytes`.
    ///
    /// # Errors
    /// When the peer has closed the connection.
    pub fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Reads until the peer closes, `limit` bytes have come, or `patience` has run out.
    pub fn read(&mut self, limit: usize, patience: Duration) -> RawAnswer {
        let deadline = Instant::now() + patience;
        let mut bytes = Vec::new();
        let mut chunk = [0; 16 << 10];
        let ending = loop {
            if bytes.len() >= limit {
                break Ending::Limit;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break Ending::Deadline;
            }
            self.stream.set_read_timeout(Some(left)).expect("a limit above zero is accepted");
            let wanted = chunk.len().min(limit - bytes.len());
            match self.stream.read(&mut chunk[..wanted]) {
                Ok(0) => break Ending::Closed,
                Ok(count) => bytes.extend_from_slice(&chunk[..count]),
                Err(error) => match error.kind() {
                    ErrorKind::Interrupted => {}
                    ErrorKind::WouldBlock | ErrorKind::TimedOut => break Ending::Deadline,
                    _ => break Ending::Reset,
                },
            }
        };
        RawAnswer { bytes, ending }
    }
}

/// Sends `request` and reads until the peer closes or `patience` has run out.
///
/// A server may refuse and close while the request is still being sent: what it said before is the
/// answer, and no failure.
///
/// # Panics
/// When nobody listens at `address`.
#[must_use]
pub fn blocking_exchange(address: SocketAddr, request: &[u8], patience: Duration) -> RawAnswer {
    let mut connection = RawConnection::open(address)
        .unwrap_or_else(|error| panic!("cannot connect to {address}: {error}"));
    // A refusal in mid-request shows in what is read.
    let _ = connection.send(request);
    connection.read(MAX_ANSWER_BYTES, patience)
}

/// [`blocking_exchange`], for a test whose server runs on the same runtime.
///
/// # Panics
/// When nobody listens at `address`.
pub async fn exchange(address: SocketAddr, request: Vec<u8>, patience: Duration) -> RawAnswer {
    off_the_runtime(move || blocking_exchange(address, &request, patience)).await
}

/// A plain GET of `path` on a connection of its own.
///
/// # Panics
/// When nobody listens at `address`.
#[must_use]
pub fn blocking_get(address: SocketAddr, path: &str) -> RawAnswer {
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    blocking_exchange(address, request.as_bytes(), PATIENCE)
}

/// [`blocking_get`], for a test whose server runs on the same runtime.
///
/// # Panics
/// When nobody listens at `address`.
pub async fn get(address: SocketAddr, path: &str) -> RawAnswer {
    let path = path.to_owned();
    off_the_runtime(move || blocking_get(address, &path)).await
}

/// Runs `work` on a thread where it may block, and carries its panic to the caller.
pub(crate) async fn off_the_runtime<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(error) => panic!("the runtime went away: {error}"),
        },
    }
}

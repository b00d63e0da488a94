use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

/// An answer with a whole body: what [`Fault::status`](super::Fault::status) begins.
#[derive(Debug, Clone)]
pub struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    /// An answer without headers and body of its own.
    ///
    /// # Panics
    /// When HTTP has no such status (100 to 999).
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self {
            status: StatusCode::from_u16(status).expect("a status from 100 to 999"),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    /// Sets a header; `value` may hold any bytes but control characters.
    ///
    /// # Panics
    /// When no header can be written so; such answers are [`Fault::Raw`](super::Fault::Raw).
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header's name");
        let value = HeaderValue::from_bytes(value.as_ref()).expect("no control characters");
        self.headers.insert(name, value);
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// The head as it goes over the wire, with `length` as the body's.
    pub(super) fn head(&self, length: usize) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {}\r\n", self.status).into_bytes();
        for (name, value) in &self.headers {
            head.extend_from_slice(name.as_str().as_bytes());
            head.extend_from_slice(b": ");
            head.extend_from_slice(value.as_bytes());
            head.extend_from_slice(b"\r\n");
        }
        head.extend_from_slice(format!("content-length: {length}\r\n\r\n").as_bytes());
        head
    }
}

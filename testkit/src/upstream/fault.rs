use std::time::Duration;

use bytes::Bytes;

use super::Answer;

/// What goes wrong with an answer. All but [`Fault::Answer`], the redirects, [`Fault::EndlessBody`],
/// [`Fault::GzipBomb`], [`Fault::Reset`] and [`Fault::Raw`] spoil the answer that would have been
/// given; conditional headers of the request are not heeded then, so that there is a body to spoil.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Another answer altogether.
    Answer(Answer),
    /// The right answer, its headers set as given: an odd `ETag`, a lying `Content-Type`.
    Headers(Answer),
    /// The right Content-Length, only so many bytes of the body, then the connection is closed.
    Truncate(usize),
    /// The right body and so many bytes more, with a Content-Length that fits.
    OverLong(usize),
    /// The middle byte of the body flipped: the length is right.
    WrongBytes,
    /// The right body, `bytes` at a time, with a pause of `every` before each.
    Drip {
        /// How many bytes at a time.
        bytes: usize,
        /// How long each pause is.
        every: Duration,
    },
    /// 302 to this address.
    Redirect(String),
    /// 302 to the path that was asked for.
    RedirectLoop,
    /// 200 and a body that ends only when the client leaves. It is made as it is sent, so that it
    /// costs no memory.
    EndlessBody,
    /// 200 and `Content-Encoding: gzip`, with zeros that are so many bytes when decoded. They are
    /// compressed as they are sent.
    GzipBomb(u64),
    /// The right body with an `ETag` that no other answer ever had.
    ChangingEtag,
    /// No answer: the connection is reset.
    Reset,
    /// These bytes instead of an answer, then the connection is closed.
    Raw(Bytes),
}

impl Fault {
    /// An answer with this status, to be completed with [`Answer::header`] and [`Answer::body`].
    ///
    /// # Panics
    /// When HTTP has no such status (100 to 999).
    #[must_use]
    pub fn status(status: u16) -> Answer {
        Answer::new(status)
    }

    /// 200 with a page where something else was asked for, as captive portals do.
    #[must_use]
    pub fn html() -> Answer {
        Answer::new(200)
            .header("content-type", "text/html")
            .body("<!DOCTYPE html><title>Sign in</title><p>Please sign in to the network.")
    }

    /// The right answer with one header set; see [`Answer::header`].
    ///
    /// # Panics
    /// When no header can be written so.
    #[must_use]
    pub fn header(name: &str, value: impl AsRef<[u8]>) -> Self {
        Self::Headers(Answer::new(200).header(name, value))
    }

    /// The right answer with an `ETag` that HTTP permits and few programs expect.
    #[must_use]
    pub fn non_ascii_etag() -> Self {
        Self::header("etag", b"\"caf\xc3\xa9\"")
    }
}

impl From<Answer> for Fault {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}

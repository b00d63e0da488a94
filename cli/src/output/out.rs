use std::io::{self, BufWriter, ErrorKind, IsTerminal, Stdout, Write};

use anstream::AutoStream;

/// Standard output, buffered: whoever writes to it calls [`Write::flush`] when the reader should
/// see something.
///
/// Colours are taken out where they are not wanted (`--color`, `NO_COLOR`, no terminal). When the
/// reader has left (`depaudit log | head`), writing fails with an error that
/// [`reader_left`] recognises.
#[derive(Debug)]
pub struct Out(BufWriter<AutoStream<Stdout>>);

/// Marks the error of a write to a reader that has left, and no other broken pipe: one towards an
/// upstream, say, is a failure.
#[derive(Debug, thiserror::Error)]
#[error("the reader of the output has left")]
struct ReaderLeft;

impl Out {
    /// Standard output.
    #[must_use]
    pub fn new() -> Self {
        Self(BufWriter::new(anstream::stdout()))
    }

    /// The columns of the terminal that reads it; `None` when it is none, and nothing has to fit.
    #[must_use]
    pub fn columns() -> Option<usize> {
        if !io::stdout().is_terminal() {
            return None;
        }
        terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(mark)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(mark)
    }
}

fn mark(error: io::Error) -> io::Error {
    if error.kind() == ErrorKind::BrokenPipe {
        io::Error::new(ErrorKind::BrokenPipe, ReaderLeft)
    } else {
        error
    }
}

/// Whether a command failed only because nobody reads its output any more.
#[must_use]
pub fn reader_left(error: &anyhow::Error) -> bool {
    let io_errors = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    io_errors.filter_map(io::Error::get_ref).any(|inner| inner.is::<ReaderLeft>())
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn only_the_output_s_own_broken_pipe_is_quiet() {
        let broken = || io::Error::from(ErrorKind::BrokenPipe);
        let ours = Err::<(), _>(mark(broken())).context("cannot print").unwrap_err();
        assert!(reader_left(&ours));
        let another = Err::<(), _>(broken()).context("cannot ask the upstream").unwrap_err();
        assert!(!reader_left(&another));
        let full = Err::<(), _>(mark(ErrorKind::StorageFull.into())).context("x").unwrap_err();
        assert!(!reader_left(&full));
    }
}

use std::io::{self, Write};

/// Writes JSON without `<`: it stands there as `\u003c`, which every reader of JSON reads as the
/// same text. A web page that carries the report inside a `<script>` element cannot be left through
/// it. In JSON, the character occurs in strings alone.
pub(super) struct TagFree<W>(pub(super) W);

impl<W: Write> Write for TagFree<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        for (place, plain) in bytes.split(|byte| *byte == b'<').enumerate() {
            if place > 0 {
                self.0.write_all(br"\u003c")?;
            }
            self.0.write_all(plain)?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

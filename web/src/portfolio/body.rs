use std::io::{self, Read, Write};

use bytes::Bytes;
use depaudit_portfolio::report::{EncodedReport, LARGEST};
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use super::refused::Refused;

/// The largest body on its way, in bytes: gzip makes a report some ten times smaller.
pub(super) const LARGEST_BODY: usize = 8 << 20;

/// Reads a body: JSON, or gzip of it. What unpacks to more than a report can have is not unpacked to
/// its end.
pub(super) fn read(body: &[u8], gzip: bool) -> Result<EncodedReport, Refused> {
    if !gzip {
        return Ok(EncodedReport::read(body)?);
    }
    Ok(EncodedReport::read(&unpack(body).map_err(|_| Refused::Encoding)?)?)
}

/// Unpacks a report (gzip), and no more than one byte beyond what it can have: that one tells that
/// there are too many.
///
/// # Errors
/// When the bytes are no gzip.
pub fn unpack(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(bytes).take(LARGEST as u64 + 1).read_to_end(&mut unpacked)?;
    Ok(unpacked)
}

pub(super) fn pack(bytes: &[u8]) -> io::Result<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish().map(Bytes::from)
}

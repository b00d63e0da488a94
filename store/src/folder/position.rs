//! Reading and writing at a place of one's own: many readers and a writer share a file's handle,
//! and with it a cursor that none of them may rely on.

use std::fs::File;
use std::io;

#[cfg(unix)]
use std::os::unix::fs::FileExt;
#[cfg(windows)]
use std::os::windows::fs::FileExt;

/// Fills `bytes` from `offset` on; gives how many there were before the file's end.
pub(super) fn read(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        let place = offset + filled as u64;
        #[cfg(unix)]
        let result = file.read_at(rest, place);
        #[cfg(windows)]
        let result = file.seek_read(rest, place);
        match result {
            Ok(0) => break,
            Ok(more) => filled += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Writes all of `bytes` at `offset`.
pub(super) fn write(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    let mut written = 0;
    while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
        let place = offset + written as u64;
        #[cfg(unix)]
        let result = file.write_at(rest, place);
        #[cfg(windows)]
        let result = file.seek_write(rest, place);
        match result {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(more) => written += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

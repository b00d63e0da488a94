use std::io::{self, Read, Write};

use tar::{EntryType, Header};

const BLOCK: u64 = 512;

/// A tar entry written as told, with none of the checks of a tar library.
///
/// Paths are whole (nothing is put before them), any bytes, at most 100 of them.
#[derive(Debug, Clone)]
pub struct RawEntry {
    path: Vec<u8>,
    kind: EntryType,
    link: Vec<u8>,
    mode: u32,
    device: Option<(u32, u32)>,
    contents: Contents,
    header_size: Option<u64>,
    pax_size: Option<u64>,
}

#[derive(Debug, Clone)]
enum Contents {
    Bytes(Vec<u8>),
    Zeros(u64),
}

impl RawEntry {
    fn new(kind: EntryType, path: impl AsRef<[u8]>) -> Self {
        Self {
            path: path.as_ref().to_vec(),
            kind,
            link: Vec::new(),
            mode: 0o644,
            device: None,
            contents: Contents::Bytes(Vec::new()),
            header_size: None,
            pax_size: None,
        }
    }

    /// A regular file.
    #[must_use]
    pub fn file(path: impl AsRef<[u8]>, contents: impl Into<Vec<u8>>) -> Self {
        Self { contents: Contents::Bytes(contents.into()), ..Self::new(EntryType::Regular, path) }
    }

    /// A regular file of `length` zeros, written without holding them: the archive's bomb.
    #[must_use]
    pub fn zeros(path: impl AsRef<[u8]>, length: u64) -> Self {
        Self { contents: Contents::Zeros(length), ..Self::new(EntryType::Regular, path) }
    }

    /// A folder.
    #[must_use]
    pub fn directory(path: impl AsRef<[u8]>) -> Self {
        Self::new(EntryType::Directory, path).mode(0o755)
    }

    /// A symbolic link.
    #[must_use]
    pub fn symlink(path: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Self {
        Self { link: target.as_ref().to_vec(), ..Self::new(EntryType::Symlink, path) }
    }

    /// A hard link.
    #[must_use]
    pub fn hard_link(path: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Self {
        Self { link: target.as_ref().to_vec(), ..Self::new(EntryType::Link, path) }
    }

    /// A named pipe.
    #[must_use]
    pub fn fifo(path: impl AsRef<[u8]>) -> Self {
        Self::new(EntryType::Fifo, path)
    }

    /// A character device.
    #[must_use]
    pub fn char_device(path: impl AsRef<[u8]>, major: u32, minor: u32) -> Self {
        Self { device: Some((major, minor)), ..Self::new(EntryType::Char, path) }
    }

    /// A block device.
    #[must_use]
    pub fn block_device(path: impl AsRef<[u8]>, major: u32, minor: u32) -> Self {
        Self { device: Some((major, minor)), ..Self::new(EntryType::Block, path) }
    }

    /// The permission bits, `0o4755` for a setuid program; 0644 unless given.
    #[must_use]
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = mode;
        self
    }

    /// The size that the header claims, instead of the true one.
    #[must_use]
    pub fn header_size(mut self, size: u64) -> Self {
        self.header_size = Some(size);
        self
    }

    /// Puts a PAX record with this size before the entry: readers that heed PAX and readers that do
    /// not will find the next entry in different places.
    #[must_use]
    pub fn pax_size(mut self, size: u64) -> Self {
        self.pax_size = Some(size);
        self
    }

    pub(super) fn write_to(&self, out: &mut impl Write) -> io::Result<()> {
        if let Some(size) = self.pax_size {
            let record = pax_record("size", &size.to_string());
            let mut header = Header::new_ustar();
            header.as_old_mut().name[..8].copy_from_slice(b"pax-size");
            header.set_entry_type(EntryType::XHeader);
            header.set_size(record.len() as u64);
            header.set_cksum();
            out.write_all(header.as_bytes())?;
            write_blocks(out, record.as_bytes(), record.len() as u64)?;
        }
        out.write_all(self.header().as_bytes())?;
        match &self.contents {
            Contents::Bytes(bytes) => write_blocks(out, &bytes[..], bytes.len() as u64),
            Contents::Zeros(length) => write_blocks(out, io::repeat(0).take(*length), *length),
        }
    }

    fn header(&self) -> Header {
        let mut header = Header::new_ustar();
        let name = &mut header.as_old_mut().name;
        assert!(self.path.len() <= name.len(), "a raw entry's path has at most 100 bytes");
        name[..self.path.len()].copy_from_slice(&self.path);
        header.set_link_name_literal(&self.link).expect("a link's target has at most 100 bytes");
        header.set_entry_type(self.kind);
        header.set_mode(self.mode);
        if let Some((major, minor)) = self.device {
            header.set_device_major(major).expect("a ustar header has device numbers");
            header.set_device_minor(minor).expect("a ustar header has device numbers");
        }
        header.set_size(self.header_size.unwrap_or(match &self.contents {
            Contents::Bytes(bytes) => bytes.len() as u64,
            Contents::Zeros(length) => *length,
        }));
        header.set_cksum();
        header
    }
}

/// Writes `contents`, filled up to whole blocks.
fn write_blocks(out: &mut impl Write, mut contents: impl Read, length: u64) -> io::Result<()> {
    io::copy(&mut contents, out)?;
    io::copy(&mut io::repeat(0).take(length.next_multiple_of(BLOCK) - length), out)?;
    Ok(())
}

/// `LENGTH KEY=VALUE\n`, where LENGTH counts its own digits (POSIX, pax extended header).
fn pax_record(key: &str, value: &str) -> String {
    let rest = format!(" {key}={value}\n");
    let mut length = rest.len();
    while length.to_string().len() + rest.len() != length {
        length = length.to_string().len() + rest.len();
    }
    format!("{length}{rest}")
}

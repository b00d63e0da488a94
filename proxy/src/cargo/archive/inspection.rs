use std::collections::HashMap;
use std::io::Read;

use depaudit_model::Checksum;
use depaudit_model::cargo::{Intake, PackageFiles, PackagePath, PackagedFile, Release};
use tar::{Archive, Entry, EntryType, Header};

use super::name::EntryName;
use super::pax::Extended;
use super::{ArchiveFault, ArchiveLimits, ArchiveSummary, NameProblem, Quoted};

/// The longest extended header or long name: far above any path, far below what would hurt.
const LONGEST_HEADER: u64 = 64 << 10;

/// Goes through the headers one by one, in the tar crate's raw mode: its ordinary mode applies what
/// extended headers say, and the contradiction between the two is just what must be seen.
pub(super) struct Inspection<'k> {
    folder: String,
    most_entries: u64,
    entries: u64,
    pending: Pending,
    /// Digest of each file's name to digest of its content: a name and a content of any size cost the
    /// same.
    contents: HashMap<Checksum, Option<Checksum>>,
    content_bytes: u64,
    manifest: Option<EntryName>,
    /// Where the files go, when somebody wants them.
    kept: Option<&'k mut PackageFiles>,
}

/// What extended headers have announced about the next entry.
#[derive(Default)]
struct Pending {
    long_name: Option<Vec<u8>>,
    extended: Option<Extended>,
}

impl<'k> Inspection<'k> {
    pub(super) fn new(release: &Release, limits: &ArchiveLimits) -> Self {
        Self {
            folder: format!("{}-{}", release.name, release.version),
            most_entries: limits.entries,
            entries: 0,
            pending: Pending::default(),
            contents: HashMap::new(),
            content_bytes: 0,
            manifest: None,
            kept: None,
        }
    }

    /// The same, and the files are put into `kept`.
    pub(super) fn keeping(
        release: &Release,
        limits: &ArchiveLimits,
        kept: &'k mut PackageFiles,
    ) -> Self {
        Self { kept: Some(kept), ..Self::new(release, limits) }
    }

    pub(super) fn run(mut self, tar: impl Read) -> Result<ArchiveSummary, ArchiveFault> {
        let mut archive = Archive::new(tar);
        for entry in archive.entries().map_err(ArchiveFault::unreadable)?.raw(true) {
            self.entries += 1;
            if self.entries > self.most_entries {
                return Err(ArchiveFault::TooManyEntries(self.most_entries));
            }
            self.entry(entry.map_err(ArchiveFault::unreadable)?)?;
        }
        if self.pending.long_name.is_some() || self.pending.extended.is_some() {
            return Err(ArchiveFault::unreadable("an extended header is the last entry"));
        }
        // The two spellings that Cargo has ever looked for.
        match self.manifest.as_ref().map(EntryName::as_str) {
            Some("Cargo.toml" | "cargo.toml") => Ok(ArchiveSummary {
                files: self.contents.len() as u64,
                content_bytes: self.content_bytes,
            }),
            _ => Err(ArchiveFault::NoManifest),
        }
    }

    fn entry(&mut self, mut entry: Entry<'_, impl Read>) -> Result<(), ArchiveFault> {
        let kind = entry.header().entry_type();
        match kind {
            EntryType::GNULongName => {
                let mut name = extension(&mut entry)?;
                // GNU tar ends the name with a NUL.
                if name.last() == Some(&0) {
                    name.pop();
                }
                give(&mut self.pending.long_name, name)
            }
            EntryType::XHeader => {
                let extended = Extended::parse(&extension(&mut entry)?)?;
                give(&mut self.pending.extended, extended)
            }
            EntryType::XGlobalHeader => {
                if Extended::parse(&extension(&mut entry)?)?.decides() {
                    let why = "a global header gives names or sizes";
                    return Err(ArchiveFault::unreadable(why));
                }
                Ok(())
            }
            // It belongs to a link, which is refused when it comes.
            EntryType::GNULongLink => extension(&mut entry).map(drop),
            _ => self.member(kind, entry),
        }
    }

    fn member(
        &mut self,
        kind: EntryType,
        mut entry: Entry<'_, impl Read>,
    ) -> Result<(), ArchiveFault> {
        let pending = std::mem::take(&mut self.pending);
        let size = entry.header().entry_size().map_err(ArchiveFault::unreadable)?;
        let raw = pending.name(entry.header())?;
        let name = EntryName::parse(&raw, &self.folder)?;
        let quoted = || Quoted::bytes(&raw);
        match kind {
            EntryType::Symlink | EntryType::Link => return Err(ArchiveFault::Link(quoted())),
            EntryType::Regular | EntryType::Directory => {}
            _ => return Err(ArchiveFault::SpecialFile(quoted())),
        }
        let extended = pending.extended.unwrap_or_default();
        if extended.sparse {
            return Err(ArchiveFault::SpecialFile(quoted()));
        }
        // Some readers skip what a folder announces, some do not.
        let folder_with_content = kind == EntryType::Directory && size != 0;
        if folder_with_content || extended.size.is_some_and(|other| other != size) {
            return Err(ArchiveFault::SizeMismatch(quoted()));
        }
        // Before there was a type for folders, a folder was a file whose name ends in a slash.
        if kind == EntryType::Directory || (raw.ends_with(b"/") && size == 0) {
            return Ok(());
        }
        self.file(name, size, &mut entry)
    }

    fn file(
        &mut self,
        name: EntryName,
        size: u64,
        content: &mut impl Read,
    ) -> Result<(), ArchiveFault> {
        let intake = if self.kept.is_some() { Intake::new() } else { Intake::digest_only() };
        let file = take_in(content, size, intake)?;
        let content = file.digest;
        match self.contents.insert(Checksum::of(name.as_str().as_bytes()), content) {
            None => self.content_bytes = self.content_bytes.saturating_add(size),
            Some(first) if first == content => {}
            Some(_) => return Err(ArchiveFault::TwoContents(Quoted::new(name.as_str()))),
        }
        if let Some(kept) = &mut self.kept {
            let unusable = |_| {
                let name = Quoted::new(name.as_str());
                ArchiveFault::Name { name, problem: NameProblem::Outside }
            };
            kept.insert(name.as_str().parse::<PackagePath>().map_err(unusable)?, file);
        }
        if name.is_manifest() {
            match &self.manifest {
                Some(first) if *first != name => {
                    let (first, second) = (Quoted::new(first.as_str()), Quoted::new(name.as_str()));
                    return Err(ArchiveFault::TwoManifests(first, second));
                }
                _ => self.manifest = Some(name),
            }
        }
        Ok(())
    }
}

impl Pending {
    /// The name that counts: that of an extended header before the short one.
    fn name(&self, header: &Header) -> Result<Vec<u8>, ArchiveFault> {
        let extended = self.extended.as_ref().and_then(|extended| extended.name.as_ref());
        match (&self.long_name, extended) {
            (Some(gnu), Some(pax)) if gnu != pax => {
                let problem = NameProblem::Ambiguous;
                Err(ArchiveFault::Name { name: Quoted::bytes(gnu), problem })
            }
            (Some(name), _) | (None, Some(name)) => Ok(name.clone()),
            (None, None) => Ok(header.path_bytes().into_owned()),
        }
    }
}

fn give<T>(place: &mut Option<T>, value: T) -> Result<(), ArchiveFault> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(ArchiveFault::unreadable("an entry has two extended headers of one kind")),
    }
}

/// The content of an extended header.
fn extension(entry: &mut Entry<'_, impl Read>) -> Result<Vec<u8>, ArchiveFault> {
    let header = entry.header();
    // To Cargo's reader, only the newer two formats have extended headers.
    if header.as_gnu().is_none() && header.as_ustar().is_none() {
        return Err(ArchiveFault::SpecialFile(Quoted::bytes(&header.path_bytes())));
    }
    let size = header.entry_size().map_err(ArchiveFault::unreadable)?;
    if size > LONGEST_HEADER {
        return Err(ArchiveFault::LongHeader(size));
    }
    let mut content = Vec::new();
    entry.read_to_end(&mut content).map_err(ArchiveFault::unreadable)?;
    if content.len() as u64 != size {
        return Err(cut_off());
    }
    Ok(content)
}

/// Takes in a content that must have `size` bytes.
fn take_in(
    content: &mut impl Read,
    size: u64,
    mut intake: Intake,
) -> Result<PackagedFile, ArchiveFault> {
    let mut buffer = [0; 16 << 10];
    loop {
        match content.read(&mut buffer).map_err(ArchiveFault::unreadable)? {
            0 if intake.size() == size => return Ok(intake.finish()),
            0 => return Err(cut_off()),
            count => intake.push(buffer.get(..count).unwrap_or(&buffer)),
        }
    }
}

fn cut_off() -> ArchiveFault {
    ArchiveFault::unreadable("it ends in the middle of an entry")
}

//! Small files that are read whole, and written whole or not at all.

use std::fs::{self, File, Metadata, Permissions};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use anyhow::{Context, bail};

/// A file, as it is on disk and as the user knows it.
#[derive(Debug, Clone, Copy)]
pub struct WholeFile<'p> {
    /// Where it really is.
    pub path: &'p Path,
    /// The path to show.
    pub shown: &'p Path,
    /// The most that is taken in, in bytes.
    pub largest: u64,
}

impl WholeFile<'_> {
    /// Its text; `None` when there is no file.
    ///
    /// # Errors
    /// When it is no regular file, too large, not UTF-8, or cannot be read.
    pub fn read(self) -> anyhow::Result<Option<String>> {
        let shown = self.shown.display();
        let Some(metadata) = look(self.path)? else { return Ok(None) };
        // A pipe would keep us waiting for ever.
        if !metadata.is_file() {
            bail!("{shown} is no regular file");
        }
        let cannot = || format!("cannot read {shown}");
        let mut bytes = Vec::new();
        let file = File::open(self.path).with_context(cannot)?;
        file.take(self.largest + 1).read_to_end(&mut bytes).with_context(cannot)?;
        if bytes.len() as u64 > self.largest {
            bail!("{shown} has more than {} bytes, which no file of its kind has", self.largest);
        }
        let text =
            String::from_utf8(bytes).ok().with_context(|| format!("{shown} is not UTF-8"))?;
        Ok(Some(text))
    }

    /// Puts `text` in its place: all of it or nothing, with the mode that the file had. `before` is
    /// what was read.
    ///
    /// # Errors
    /// When the file was changed since it was read, or cannot be written.
    pub fn replace(self, before: Option<&str>, text: &str) -> anyhow::Result<()> {
        let shown = self.shown.display();
        let cannot = || format!("cannot write {shown}");
        let folder = self.path.parent().with_context(cannot)?;
        // In the same folder: a rename is atomic within one file system only.
        let mut file = tempfile::Builder::new()
            .prefix(".depaudit-")
            .permissions(new_file_mode())
            .tempfile_in(folder)
            .with_context(cannot)?;
        file.write_all(text.as_bytes()).with_context(cannot)?;
        if before.is_some() {
            let mode = fs::metadata(self.path).with_context(cannot)?.permissions();
            file.as_file().set_permissions(mode).with_context(cannot)?;
        }
        file.as_file().sync_all().with_context(cannot)?;
        if self.read()?.as_deref() != before {
            bail!("{shown} was changed meanwhile: it is as it was, try again");
        }
        file.persist(self.path).map_err(|error| error.error).with_context(cannot)?;
        Ok(())
    }
}

/// Writes `text` to a file that nobody edits: all of it or nothing, in the place of what is there.
///
/// # Errors
/// When it cannot be written.
pub fn write_whole(path: &Path, text: &str) -> anyhow::Result<()> {
    let cannot = || format!("cannot write {}", path.display());
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new()
        .prefix(".depaudit-")
        .permissions(new_file_mode())
        .tempfile_in(folder)
        .with_context(cannot)?;
    file.write_all(text.as_bytes()).with_context(cannot)?;
    file.as_file().sync_all().with_context(cannot)?;
    file.persist(path).map_err(|error| error.error).with_context(cannot)?;
    Ok(())
}

/// What is at `path`, without following a link there; `None` when nothing is.
///
/// # Errors
/// When the file system does not tell.
pub fn look(path: &Path) -> anyhow::Result<Option<Metadata>> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot look at {}", path.display())),
    }
}

/// As an editor makes a file; the umask takes away what it does.
fn new_file_mode() -> Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o666)
}

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use depaudit_ledger::{LogName, SigningKey, VerifierKey};
use depaudit_model::Randomness;

use crate::system::SystemRandomness;

/// The variable that holds a key instead of a file.
const VARIABLE: &str = "DEPAUDIT_LEDGER_KEY";
/// A key takes about 150 bytes; a file keeps those that were rotated away as well.
const LARGEST: u64 = 64 << 10;

/// Where the ledger's key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPlace {
    /// In a file, which nobody but its owner can read.
    File(PathBuf),
    /// In the variable `DEPAUDIT_LEDGER_KEY`.
    Variable,
}

/// The key that signs now, and those that did before.
#[derive(Debug)]
pub struct KeyFile {
    /// Signs checkpoints.
    pub current: SigningKey,
    /// What verifies checkpoints from before a rotation, the newest first.
    pub earlier: Vec<VerifierKey>,
    /// Whether the record is known to be sealed: one without a seal is then none that an older depaudit
    /// has left. It stands here since whoever tampers with a database can take away whatever it says.
    pub sealed: bool,
}

impl KeyPlace {
    /// The file that was named, or the variable, or `ledger.key` in the data folder.
    #[must_use]
    pub fn choose(named: Option<PathBuf>, data: &Path) -> Self {
        match named {
            Some(file) => Self::File(file),
            None if std::env::var_os(VARIABLE).is_some_and(|key| !key.is_empty()) => Self::Variable,
            None => Self::File(data.join("ledger.key")),
        }
    }

    /// Reads the key; `None` where the file is not there.
    ///
    /// # Errors
    /// When it cannot be read, others can read it, or it holds no key.
    pub fn read(&self) -> anyhow::Result<Option<KeyFile>> {
        match self {
            Self::Variable => {
                let text = std::env::var(VARIABLE).ok();
                let text = text.with_context(|| format!("{VARIABLE} holds no key"))?;
                let read = KeyFile::parse(&text);
                let read = read.with_context(|| format!("{VARIABLE} holds no key"))?;
                // Nothing can be noted there, so what an older depaudit left is for people to accept.
                Ok(Some(KeyFile { sealed: true, ..read }))
            }
            Self::File(path) => read_file(path),
        }
    }

    /// Reads the key, and makes one for a log of a new name where there is none.
    ///
    /// # Errors
    /// As [`KeyPlace::read`], and when the file cannot be made.
    pub fn read_or_make(&self) -> anyhow::Result<KeyFile> {
        if let Some(key) = self.read()? {
            return Ok(key);
        }
        let Self::File(path) = self else { bail!("{VARIABLE} holds no key") };
        let key = KeyFile::new(None)?;
        key.create(path)?;
        Ok(key)
    }
}

fn read_file(path: &Path) -> anyhow::Result<Option<KeyFile>> {
    let shown = path.display();
    let cannot = || format!("cannot read the ledger's key {shown}");
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(cannot),
    };
    let mode = file.metadata().with_context(cannot)?.permissions().mode();
    if mode & 0o077 != 0 {
        bail!("others than its owner can read the ledger's key {shown}: `chmod 600` mends that");
    }
    let mut text = String::new();
    file.take(LARGEST + 1).read_to_string(&mut text).with_context(cannot)?;
    KeyFile::parse(&text).map(Some).with_context(|| format!("{shown} holds no key"))
}

impl KeyFile {
    /// The line that says so.
    pub(super) const SEALED: &str = "sealed";

    /// A new key for a log of this name, or of one that nobody else has.
    ///
    /// # Errors
    /// When the name is none.
    pub fn new(name: Option<LogName>) -> anyhow::Result<Self> {
        let mut random = [0; 6];
        SystemRandomness.fill(&mut random);
        let digits: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let name = match name {
            Some(name) => name,
            None => format!("depaudit/{digits}").parse()?,
        };
        Ok(Self { current: made(name), earlier: Vec::new(), sealed: true })
    }

    /// The same with a new key in the place of the one that signs now.
    #[must_use]
    pub fn rotated(self) -> Self {
        let Self { current, mut earlier, .. } = self;
        earlier.insert(0, current.verifier());
        Self { current: made(current.name().clone()), earlier, sealed: true }
    }

    /// What verifies: the key that signs now first.
    #[must_use]
    pub fn verifiers(&self) -> Vec<VerifierKey> {
        std::iter::once(self.current.verifier()).chain(self.earlier.iter().cloned()).collect()
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let current = lines.next().context("it is empty")?.parse::<SigningKey>()?;
        if current.verifier().is_witness() {
            bail!("it is a witness's key, and not a log's");
        }
        let (sealed, earlier): (Vec<_>, Vec<_>) = lines.partition(|line| *line == Self::SEALED);
        let earlier = earlier.into_iter().map(str::parse).collect::<Result<_, _>>()?;
        Ok(Self { current, earlier, sealed: !sealed.is_empty() })
    }

    fn text(&self) -> String {
        let earlier = self.earlier.iter().map(ToString::to_string);
        let sealed = self.sealed.then(|| Self::SEALED.to_owned());
        let lines: Vec<_> =
            std::iter::once(self.current.reveal()).chain(sealed).chain(earlier).collect();
        lines.join("\n") + "\n"
    }

    /// Writes a new file.
    ///
    /// # Errors
    /// When there is one already, or it cannot be written.
    pub fn create(&self, path: &Path) -> anyhow::Result<()> {
        let cannot = || format!("cannot make the key file {}", path.display());
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let mut file = options.open(path).with_context(cannot)?;
        file.write_all(self.text().as_bytes()).with_context(cannot)?;
        file.sync_all().with_context(cannot)
    }

    /// Puts this in the place of the file, whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn replace(&self, path: &Path) -> anyhow::Result<()> {
        let cannot = || format!("cannot write the key file {}", path.display());
        // A link stays one, and the file its owner's: a command of root's locks no server out.
        let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let owner = path.metadata().ok().map(|it| (it.uid(), it.gid()));
        let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
        let mut file = tempfile::Builder::new()
            .prefix(".depaudit-")
            .permissions(fs::Permissions::from_mode(0o600))
            .tempfile_in(folder.unwrap_or(Path::new(".")))
            .with_context(cannot)?;
        file.write_all(self.text().as_bytes()).with_context(cannot)?;
        if let Some((user, group)) = owner {
            fchown(file.as_file(), Some(user), Some(group)).with_context(cannot)?;
        }
        file.as_file().sync_all().with_context(cannot)?;
        file.persist(path).map_err(|error| error.error).with_context(cannot)?;
        Ok(())
    }
}

fn made(name: LogName) -> SigningKey {
    let mut seed = [0; 32];
    SystemRandomness.fill(&mut seed);
    SigningKey::from_seed(name, seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_its_owner_s_alone_and_comes_back_after_a_rotation() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.key");
        let place = KeyPlace::File(path.clone());
        assert!(place.read().unwrap().is_none());
        let first = place.read_or_make().unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(place.read_or_make().unwrap().verifiers(), first.verifiers());
        assert!(first.create(&path).is_err(), "a key is never overwritten");

        let rotated = place.read().unwrap().unwrap().rotated();
        rotated.replace(&path).unwrap();
        let read = place.read().unwrap().unwrap();
        assert_eq!(read.verifiers(), rotated.verifiers());
        assert_eq!(read.earlier, first.verifiers());
        assert!(read.sealed);
        let (private, rest) =
            read.text().split_once('\n').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        let older =
            KeyFile::parse(&format!("{private}\n{}", rest.replace("sealed\n", ""))).unwrap();
        assert!(!older.sealed && older.verifiers() == read.verifiers());
        assert_eq!(read.current.name(), first.current.name());

        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = format!("{:#}", place.read().unwrap_err());
        assert!(refused.contains("chmod 600"), "{refused}");
    }

    #[test]
    fn an_error_about_a_key_does_not_show_it() {
        let key = made("example.com/log".parse().unwrap()).reveal();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.key");
        let cut = &key[..key.len() - 4];
        for wrong in ["", "nothing", cut, &format!("{key}\nnothing")] {
            fs::write(&path, wrong).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            let error = format!("{:#}", KeyPlace::File(path.clone()).read().unwrap_err());
            assert!(!error.contains(&key[40..60]), "{error}");
        }
    }
}

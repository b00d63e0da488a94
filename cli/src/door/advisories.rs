use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::{Context, ensure};
use depaudit_policy::{Advisories, Advisory};
use depaudit_proxy::door::AdvisorySource;

/// How many advisories a database may have: RustSec's has some 1,200 after ten years.
const MOST: usize = 100_000;

/// The advisories of a database: `crates/<crate>/RUSTSEC-....md`. What lies beside them is not
/// read, and no link is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdvisoryFolder {
    files: Vec<(PathBuf, u64, Option<SystemTime>)>,
}

impl AdvisoryFolder {
    /// Looks which files there are, without reading them.
    ///
    /// # Errors
    /// When the folder cannot be read, or holds no advisory: an empty database would say that
    /// everything is fine.
    pub fn look(database: &Path) -> anyhow::Result<Self> {
        let crates = database.join("crates");
        let what = || {
            format!(
                "cannot read the advisory database {}: it has to hold `crates/`",
                database.display()
            )
        };
        let mut files = Vec::new();
        for krate in fs::read_dir(&crates).with_context(what)? {
            let krate = krate.with_context(what)?;
            if !krate.file_type().with_context(what)?.is_dir() {
                continue;
            }
            for file in fs::read_dir(krate.path()).with_context(what)? {
                let file = file.with_context(what)?;
                let path = file.path();
                let metadata = file.metadata().with_context(what)?;
                if metadata.is_file() && path.extension().is_some_and(|it| it == "md") {
                    ensure!(
                        files.len() < MOST,
                        "{}: more than {MOST} advisories",
                        database.display()
                    );
                    files.push((path, metadata.len(), metadata.modified().ok()));
                }
            }
        }
        ensure!(!files.is_empty(), "{} holds no advisory", crates.display());
        files.sort();
        Ok(Self { files })
    }

    /// Reads them all.
    ///
    /// # Errors
    /// The first file that is no advisory: a database with a hole must not look like one without.
    pub fn read(&self) -> anyhow::Result<AdvisorySource> {
        let advisories = self.files.iter().map(|(path, ..)| advisory(path));
        let advisories: Vec<Advisory> = advisories.collect::<anyhow::Result<_>>()?;
        Ok(AdvisorySource::Read(Arc::new(Advisories::new(advisories))))
    }
}

fn advisory(path: &Path) -> anyhow::Result<Advisory> {
    let what = || format!("cannot read the advisory {}", path.display());
    let mut text = String::new();
    let most = Advisory::LARGEST as u64 + 1;
    File::open(path).with_context(what)?.take(most).read_to_string(&mut text).with_context(what)?;
    Advisory::parse(&text).with_context(what)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADVISORY: &str = "```toml\n[advisory]\nid = \"RUSTSEC-2026-0001\"\npackage = \"foo\"\n\
                            date = \"2026-02-01\"\n[versions]\npatched = []\n```\n# It leaks\n";

    #[test]
    fn a_database_is_read_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        assert!(AdvisoryFolder::look(folder.path()).is_err(), "no `crates/`");
        let krate = folder.path().join("crates/foo");
        fs::create_dir_all(&krate).unwrap();
        assert!(AdvisoryFolder::look(folder.path()).is_err(), "no advisory");
        fs::write(krate.join("RUSTSEC-2026-0001.md"), ADVISORY).unwrap();
        let before = AdvisoryFolder::look(folder.path()).unwrap();
        let AdvisorySource::Read(read) = before.read().unwrap() else { panic!("it was read") };
        assert_eq!(read.len(), 1);
        fs::write(krate.join("RUSTSEC-2026-0002.md"), "").unwrap();
        let after = AdvisoryFolder::look(folder.path()).unwrap();
        assert_ne!(before, after);
        let error = format!("{:#}", after.read().unwrap_err());
        assert!(error.contains("RUSTSEC-2026-0002.md"), "{error}");
    }
}

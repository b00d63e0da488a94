//! Small repositories for tests.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use depaudit_model::cargo::{CrateName, PackageFiles, PackagedFile, Release};
use depaudit_model::{Checksum, LockedCrate, OnRecord, Standing};
use depaudit_policy::{Policy, PolicyFile};
use tempfile::TempDir;

use crate::report::{Finding, ScanReport, TeamName};
use crate::{Environment, Facts, PublishedRelease, ScanRequest, TeamRoot, rules, scan};

/// A repository that is written, scanned and forgotten.
pub(crate) struct Repository {
    folder: TempDir,
    policy: Arc<Policy>,
    environment: Option<Environment>,
    published: Published,
}

impl Repository {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder, policy: Arc::default(), environment: None, published: Published::default() }
    }

    /// Gives it a policy, as a file at its top.
    pub(crate) fn policy(self, text: &str) -> Self {
        let path = self.path().join("depaudit.toml");
        let own = PolicyFile::parse(text, path.to_str().unwrap(), rules::known()).unwrap();
        self.file("depaudit.toml", text).with(vec![own])
    }

    /// Gives it a policy that builds on a central one, `central.toml`.
    pub(crate) fn policies(self, central: &str, own: &str) -> Self {
        let central = PolicyFile::parse(central, "central.toml", rules::known()).unwrap();
        let path = self.path().join("depaudit.toml");
        let parsed = PolicyFile::parse(own, path.to_str().unwrap(), rules::known()).unwrap();
        self.file("depaudit.toml", own).with(vec![central, parsed])
    }

    fn with(mut self, files: Vec<PolicyFile>) -> Self {
        self.policy = Policy::combine(files, rules::known()).into();
        self
    }

    /// Lets the scan know all releases of a crate: `1.2.0 2026-01-01`, `1.2.1 - yanked` where the
    /// day is not known, `1.2.2 -` where it is not known either whether it was withdrawn. Of crates
    /// that are not named here nothing is known.
    pub(crate) fn published(mut self, name: &str, releases: &[&str]) -> Self {
        let releases = releases.iter().map(|text| release(text)).collect();
        self.published.releases.insert(name.parse().unwrap(), releases);
        self
    }

    /// Lets the scan know nothing of what was published.
    pub(crate) fn unpublished(mut self) -> Self {
        self.published = Published::default();
        self
    }

    /// Gives the scan the crate of a release, with these files.
    pub(crate) fn crate_file(mut self, name: &str, version: &str, files: &[(&str, &str)]) -> Self {
        let release = Release { name: name.parse().unwrap(), version: version.parse().unwrap() };
        let mut all = PackageFiles::default();
        for (path, text) in files {
            all.insert(path.parse().unwrap(), PackagedFile::of(text.as_bytes()));
        }
        self.published.crates.insert(release, Arc::new(all));
        self
    }

    /// Lets the scan know how a release stands on a proxy's record, whatever checksum is locked.
    pub(crate) fn recorded(mut self, name: &str, version: &str, standing: Standing) -> Self {
        let release = Release { name: name.parse().unwrap(), version: version.parse().unwrap() };
        self.published.recorded.insert(release, standing);
        self
    }

    /// Sets a variable of whoever scans it.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment = Some(Environment::new([(name.to_owned(), value.to_owned())]));
        self
    }

    /// A package whose policy has one waiver with these lines.
    pub(crate) fn waiver(lines: &str) -> Self {
        Self::new().manifest("").policy(&format!("[[waiver]]\nreason = \"x\"\n{lines}"))
    }

    /// A package that locks `shared` 1.0.0 from the default registry, and configures Cargo.
    pub(crate) fn configured(config: &str) -> Self {
        Self::new()
            .manifest("[dependencies]\nshared = \"1\"\n")
            .file("Cargo.lock", &lock(&crates_io_package("shared", "1.0.0")))
            .file(".cargo/config.toml", config)
    }

    /// Writes the root's Cargo.toml: a package named `app`, and `rest` behind it.
    pub(crate) fn manifest(self, rest: &str) -> Self {
        let package = "[package]\nname = \"app\"\nversion = \"0.1.0\"\n";
        self.file("Cargo.toml", &format!("{package}{rest}"))
    }

    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn policies_of(&self) -> Arc<Policy> {
        Arc::clone(&self.policy)
    }

    pub(crate) fn scan(&self) -> ScanReport {
        let mut root = TeamRoot::new(TeamName::new("team"), self.folder.path());
        root.policy = Arc::clone(&self.policy);
        let mut request = ScanRequest::new(vec![root], "2026-06-01".parse().unwrap());
        request.environment.clone_from(&self.environment);
        scan(&request, &self.published).unwrap()
    }

    /// What one rule finds.
    pub(crate) fn findings(self, code: &str) -> Vec<Finding> {
        let findings = self.scan().findings;
        findings.into_iter().filter(|finding| finding.code == code).collect()
    }
}

/// Scans several teams' repositories together.
pub(crate) fn scan_across(teams: &[(&str, Repository)]) -> ScanReport {
    let roots = teams.iter().map(|(name, repository)| {
        let mut root = TeamRoot::new(TeamName::new(name), repository.path());
        root.policy = Arc::clone(&repository.policy);
        root
    });
    let request = ScanRequest::new(roots.collect(), "2026-06-01".parse().unwrap());
    scan(&request, &Published::default()).unwrap()
}

/// What one rule finds in several teams' repositories.
pub(crate) fn findings_across(teams: &[(&str, Repository)], code: &str) -> Vec<Finding> {
    let findings = scan_across(teams).findings;
    findings.into_iter().filter(|finding| finding.code == code).collect()
}

/// What a test says was published.
#[derive(Debug, Default)]
struct Published {
    releases: BTreeMap<CrateName, Arc<[PublishedRelease]>>,
    recorded: BTreeMap<Release, Standing>,
    crates: BTreeMap<Release, Arc<PackageFiles>>,
}

impl Facts for Published {
    fn releases(&self, name: &CrateName) -> Option<Arc<[PublishedRelease]>> {
        self.releases.get(name).cloned()
    }

    fn release_files(&self, release: &Release) -> Option<Arc<PackageFiles>> {
        self.crates.get(release).cloned()
    }

    fn has_record(&self) -> bool {
        !self.recorded.is_empty()
    }

    fn on_record(&self, locked: &LockedCrate) -> Option<OnRecord> {
        let standing = *self.recorded.get(&locked.release())?;
        let conflicting = standing == Standing::Conflicting;
        let others = conflicting.then(|| Checksum::of(b"on record")).into_iter().collect();
        Some(OnRecord { standing, others })
    }
}

fn release(text: &str) -> PublishedRelease {
    let words: Vec<_> = text.split(' ').collect();
    let published = (words[1] != "-").then(|| format!("{}T00:00:00Z", words[1]).parse().unwrap());
    let yanked = words.get(2) == Some(&"yanked");
    PublishedRelease {
        version: words[0].parse().unwrap(),
        yanked: (published.is_some() || yanked).then_some(yanked),
        published,
    }
}

/// A lock of version 4 with these packages.
pub(crate) fn lock(packages: &str) -> String {
    format!("version = 4\n\n{packages}")
}

/// An entry of a lock for a release of the default registry. Its checksum is that of its name and
/// version.
pub(crate) fn crates_io_package(name: &str, version: &str) -> String {
    let index = tame_index::CRATES_IO_INDEX;
    let checksum = depaudit_model::Checksum::of(format!("{name} {version}").as_bytes());
    format!(
        "[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n\
         source = \"registry+{index}\"\nchecksum = \"{checksum}\"\n"
    )
}

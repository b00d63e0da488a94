use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use depaudit_auditor::RepoPath;
use depaudit_auditor::fix::{ChangedFile, Order, Refusal, Why};
use depaudit_auditor::report::{ScanReport, TeamName};

use crate::commands::whole_file::{WholeFile, look};

/// The largest file that is edited, in bytes: the largest lock that a scan takes in.
const LARGEST: u64 = 16 << 20;

/// The teams' folders.
#[derive(Debug)]
pub(super) struct Roots<'r>(BTreeMap<&'r TeamName, Root>);

/// One team's folder.
#[derive(Debug)]
pub(super) struct Root {
    /// Where it really is.
    pub(super) real: PathBuf,
    /// As it was asked for.
    shown: PathBuf,
}

/// A file below a team's folder.
#[derive(Debug)]
pub(super) struct Place {
    root: PathBuf,
    path: PathBuf,
    shown: PathBuf,
}

impl<'r> Roots<'r> {
    pub(super) fn of(report: &'r ScanReport) -> anyhow::Result<Self> {
        let root = |folder: &Path| {
            let cannot = || format!("cannot use the folder {}", folder.display());
            let real = folder.canonicalize().with_context(cannot)?;
            anyhow::Ok(Root { real, shown: folder.to_owned() })
        };
        let teams = report.teams.iter().map(|team| Ok((&team.team, root(&team.folder)?)));
        Ok(Self(teams.collect::<anyhow::Result<_>>()?))
    }

    pub(super) fn get(&self, team: &TeamName) -> Option<&Root> {
        self.0.get(team)
    }

    /// A file as the user knows it. `real`: a team's real folder.
    pub(super) fn shown(&self, real: &Path, path: &RepoPath) -> PathBuf {
        let root = self.0.values().find(|root| root.real == real);
        let shown = root.map_or(real, |root| &root.shown).join(path.as_str());
        shown.strip_prefix(".").map(Path::to_owned).unwrap_or(shown)
    }

    pub(super) fn file(&self, real: &Path, path: &RepoPath) -> Place {
        Place {
            root: real.to_owned(),
            path: real.join(path.as_str()),
            shown: self.shown(real, path),
        }
    }
}

impl Place {
    fn whole(&self) -> WholeFile<'_> {
        WholeFile { path: &self.path, shown: &self.shown, largest: LARGEST }
    }

    /// A link is not followed, wherever it leads: what is written stays where the scan saw it.
    fn check(&self) -> anyhow::Result<()> {
        let shown = self.shown.display();
        let there =
            if look(&self.path)?.is_some() { Some(&*self.path) } else { self.path.parent() };
        let named = there.with_context(|| format!("{shown} lies in no folder"))?;
        let real = named.canonicalize().with_context(|| format!("cannot follow {shown}"))?;
        ensure!(
            real == named && real.starts_with(&self.root),
            "{shown} is reached through a link: links are not followed"
        );
        Ok(())
    }
}

/// A file's text, for a plan.
pub(super) fn read(place: &Place) -> Result<Option<String>, String> {
    let text = place.check().and_then(|()| place.whole().read());
    text.map_err(|error| format!("{error:#}"))
}

/// How far writing came.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// What stopped it, at which file.
    failure: Option<String>,
    /// The files that are as they were.
    missing: Vec<(PathBuf, RepoPath)>,
}

/// Writes files in their order, and stops at the first that cannot be written: what comes behind
/// may count on it.
pub(super) fn write(roots: &Roots<'_>, files: &[ChangedFile]) -> Written {
    let mut written = Written::default();
    for file in files {
        if written.failure.is_none() {
            let place = roots.file(&file.root, &file.path);
            let done = place
                .check()
                .and_then(|()| place.whole().replace(file.before.as_deref(), &file.after));
            written.failure = done.err().map(|error| format!("{error:#}"));
        }
        if written.failure.is_some() {
            written.missing.push((file.root.clone(), file.path.clone()));
        }
    }
    written
}

impl Written {
    pub(super) fn is_missing(&self, file: &ChangedFile) -> bool {
        self.missing.iter().any(|(root, path)| (root, path) == (&file.root, &file.path))
    }

    /// Why a fix did not get onto the disk.
    pub(super) fn failure(&self, order: &Order<'_>) -> Option<Refusal> {
        let why = Why::File(self.failure.clone()?);
        let missing = |path: &RepoPath| {
            let path = order.root.join(path.as_str());
            self.missing.iter().any(|(root, missing)| root.join(missing.as_str()) == path)
        };
        let edit = order.fix.edits.iter().find(|edit| missing(&edit.path))?;
        Some(Refusal { path: edit.path.clone(), line: edit.entry.line, why })
    }
}

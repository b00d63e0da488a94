use std::collections::BTreeSet;
use std::sync::Arc;

use depaudit_policy::Policy;

use super::counts::count;
use super::outline::Outline;
use super::read::read;
use super::view::{TeamView, World};
use crate::cargo::config::Configs;
use crate::cargo::lock::Lock;
use crate::cargo::workspace::{Manifests, Workspaces};
use crate::ci::CiFile;
use crate::files::Tree;
use crate::overrides;
use crate::report::{BlindSpotKind, TeamReport};
use crate::request::{Environment, TeamRoot};
use crate::rules::{self, Findings, Selection};

/// What is left of a team when its files are gone from memory.
#[derive(Debug)]
pub(crate) struct AuditedTeam {
    pub(crate) report: TeamReport,
    pub(crate) policy: Arc<Policy>,
    /// For comparing the teams; by path.
    pub(crate) locks: Vec<Lock>,
    /// The names of the packages that its manifests ask for, but not by path.
    asked: BTreeSet<Box<str>>,
    pub(crate) findings: Findings,
    /// What a report needs and locks do not say; absent where none was asked for.
    pub(crate) outline: Option<Outline>,
    /// Workspaces, and packages that stand alone.
    pub(crate) workspaces: usize,
    pub(crate) gaps: usize,
}

impl AuditedTeam {
    /// Whether one of its manifests names this package as a dependency.
    pub(crate) fn asks_for(&self, package: &str) -> bool {
        self.asked.contains(package)
    }
}

/// Reads one team's files and runs the rules over them.
pub(crate) fn audit(
    root: &TeamRoot,
    mut tree: Tree,
    environment: Option<&Environment>,
    world: World<'_>,
    selection: Selection<'_>,
    keep_locked: bool,
) -> AuditedTeam {
    let files = read(&tree);
    let mut gaps = std::mem::take(&mut tree.gaps);
    let mut blind_spots = std::mem::take(&mut tree.blind_spots);
    let manifests = Manifests::new(&tree, files.manifests);
    let mut workspaces = Workspaces::find(&manifests);
    gaps.extend(files.gaps);
    let configs = Configs::load(&tree, files.configs, &mut gaps, &mut blind_spots);
    gaps.append(&mut workspaces.gaps);
    gaps.sort_unstable();
    gaps.dedup();
    blind_spots.append(&mut workspaces.blind_spots);
    blind_spots.extend(files.ci.iter().flat_map(CiFile::blind_spots));
    blind_spots.extend(configs.all().flat_map(|(_, file)| file.blind_spots()));
    blind_spots.extend(files.blind_spots);
    blind_spots.extend(overrides::environment::blind_spots(environment));
    let whole = [BlindSpotKind::ParentConfig, BlindSpotKind::CargoHome];
    blind_spots.extend(whole.map(BlindSpotKind::everywhere));
    blind_spots.sort_unstable();
    blind_spots.dedup();

    let mut view = TeamView {
        team: &root.team,
        policy: &root.policy,
        world,
        environment,
        manifests,
        workspaces,
        locks: files.locks,
        configs,
        ci: files.ci,
        overrides: Vec::new(),
        gaps,
    };
    view.overrides = overrides::collect(&view);
    let counts = count(&view);
    let outline = keep_locked.then(|| Outline::of(&view));
    let findings = rules::check_team(&view, selection);
    AuditedTeam {
        policy: Arc::clone(&root.policy),
        findings,
        workspaces: view.workspaces.effective_roots().count(),
        gaps: view.gaps.len(),
        report: TeamReport {
            team: root.team.clone(),
            root: root.path.display().to_string(),
            folder: root.path.clone(),
            counts,
            overrides: view.overrides,
            blind_spots,
            locked: None,
        },
        outline,
        asked: asked(&view.manifests),
        locks: view.locks.into_values().collect(),
    }
}

/// An inherited entry names its package in `[workspace.dependencies]`.
fn asked(manifests: &Manifests<'_>) -> BTreeSet<Box<str>> {
    let entries = manifests.all().flat_map(|manifest| &manifest.dependencies);
    let by_name = entries.filter(|entry| entry.spec.path.is_none() && !entry.spec.inherited);
    by_name.map(|entry| entry.package().into()).collect()
}

use std::collections::{BTreeMap, BTreeSet};

use depaudit_policy::Declared;
use depaudit_portfolio::report::{Declaring, Owned};

use super::TeamView;
use crate::cargo::manifest::Manifest;
use crate::files::{RepoPath, Tree};
use crate::report::Override;
use crate::rules;

/// What a report says beside locks and overrides, and only manifests and the policy tell.
#[derive(Debug)]
pub(crate) struct Outline {
    /// By lock: the packages that are built from it.
    pub(crate) built: BTreeMap<RepoPath, Vec<Built>>,
    /// For each override how it was declared.
    pub(crate) declared: Vec<(Declaring, Option<Owned>)>,
}

/// A package that is built from a lock: a member, or one that stands alone.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) name: Box<str>,
    pub(crate) binaries: BTreeSet<Box<str>>,
}

impl Outline {
    pub(super) fn of(view: &TeamView<'_>) -> Self {
        let mut built = BTreeMap::<_, Vec<Built>>::new();
        for root in view.workspaces.effective_roots() {
            let alone = BTreeSet::from([root.clone()]);
            let members = view.workspaces.members.get(root).unwrap_or(&alone);
            let packages = members.iter().filter_map(|path| package(view, path));
            built.insert(root.folder().child("Cargo.lock"), packages.collect());
        }
        let declared = view.overrides.iter().map(|record| declared(view, record)).collect();
        Self { built, declared }
    }
}

fn package(view: &TeamView<'_>, path: &RepoPath) -> Option<Built> {
    let manifest = view.manifests.get(path)?;
    let name = manifest.package.as_ref()?.name.clone()?;
    Some(Built { binaries: binaries(view.manifests.tree, manifest, &name), name })
}

/// Those that the manifest names, and those that Cargo finds by the places of their files.
fn binaries(tree: &Tree, manifest: &Manifest, package: &str) -> BTreeSet<Box<str>> {
    let listed = &manifest.binaries;
    let mut found: BTreeSet<Box<str>> = listed.named.iter().map(|it| it.name.clone()).collect();
    if !listed.found_by_place {
        return found;
    }
    let source = manifest.folder().child("src");
    let paths = listed.named.iter().filter_map(|it| it.path.as_deref());
    let named: BTreeSet<_> = paths.filter_map(|path| manifest.folder().join(path).ok()).collect();
    let main = source.child("main.rs");
    if !named.contains(&main) && tree.names_in(&source).contains(&main) {
        found.insert(package.into());
    }
    for entry in tree.names_in(&source.child("bin")) {
        let inner = entry.child("main.rs");
        let (name, file) = match entry.name().strip_suffix(".rs") {
            Some(name) => (name, &entry),
            None if tree.names_in(&entry).contains(&inner) => (entry.name(), &inner),
            None => continue,
        };
        if !named.contains(file) {
            found.insert(name.into());
        }
    }
    found
}

fn declared(view: &TeamView<'_>, record: &Override) -> (Declaring, Option<Owned>) {
    if rules::leads_to_approved_proxy(view, record) {
        return (Declaring::ApprovedProxy, None);
    }
    let Some((package, source)) = record.package.as_ref().zip(rules::source_of(record)) else {
        return (Declaring::NotNeeded, None);
    };
    let (declaring, declaration) = match view.policy.declared(package, &source, view.world.today) {
        Declared::Yes(declaration) => (Declaring::Yes, declaration),
        Declared::Incomplete(declaration) => (Declaring::Incomplete, declaration),
        Declared::Expired(declaration) => (Declaring::Expired, declaration),
        Declared::No
            if record.is_effective() && rules::needs_declaration(view, record, package) =>
        {
            return (Declaring::No, None);
        }
        Declared::No => return (Declaring::NotNeeded, None),
    };
    let label = |text: &str| crate::keep::label(text);
    let owned = Owned {
        owner: declaration.owner.as_ref().and_then(|owner| label(owner.as_str())),
        reason: declaration.reason.as_ref().and_then(|reason| label(reason.as_str())),
        expires: declaration.expires.as_ref().map(|day| day.value),
    };
    (declaring, Some(owned))
}

use std::collections::BTreeSet;

use depaudit_portfolio::report::{Binary, Package, Source, Workspace};

use super::{label, place};
use crate::audit::Built;
use crate::cargo::lock::Lock;

/// One lock as numbers: `packages` are its entries, `all` every package of the report.
pub(super) fn workspace(
    lock: &Lock,
    packages: &[Option<Package>],
    all: &[Package],
    built: &[Built],
) -> Option<Workspace> {
    // Two entries can be one package: of one commit, reached by two branches.
    let numbers: Vec<Option<u32>> = packages.iter().map(|it| number(it.as_ref()?, all)).collect();
    let nodes: BTreeSet<u32> = numbers.iter().flatten().copied().collect();
    let nodes: Vec<u32> = nodes.into_iter().collect();
    let node = |entry: usize| {
        let number = numbers.get(entry).copied().flatten()?;
        u32::try_from(nodes.binary_search(&number).ok()?).ok()
    };
    let mut edges = vec![Vec::new(); nodes.len()];
    for (entry, targets) in lock.edges().enumerate() {
        let Some(from) = node(entry).and_then(|from| edges.get_mut(from as usize)) else {
            continue;
        };
        from.extend(targets.into_iter().filter_map(node));
    }
    for targets in &mut edges {
        targets.sort_unstable();
        targets.dedup();
    }
    let (mut members, mut binaries) = (BTreeSet::new(), BTreeSet::new());
    for (entry, package) in packages.iter().enumerate() {
        let Some((package, node)) = package.as_ref().zip(node(entry)) else { continue };
        if package.source != Source::Folder {
            continue;
        }
        // A lock that is behind has the member's old version, and is still its lock.
        let of_name = built.iter().find(|built| *built.name == *package.name.as_str());
        if let Some(built) = of_name.filter(|_| package.stand_in.is_none()) {
            members.insert(node);
            let names = built.binaries.iter().filter_map(|name| label(name));
            binaries.extend(names.map(|name| Binary { name, node }));
        } else if built.is_empty() && package.stand_in.is_none() {
            // Nothing says who builds from this lock: any of its folders may.
            members.insert(node);
        }
    }
    let (members, binaries) = (members.into_iter().collect(), binaries.into_iter().collect());
    Some(Workspace { folder: place(&lock.path.folder())?, nodes, edges, members, binaries })
}

pub(super) fn number(package: &Package, all: &[Package]) -> Option<u32> {
    u32::try_from(all.binary_search(package).ok()?).ok()
}

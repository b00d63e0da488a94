use std::collections::{BTreeMap, BTreeSet};

use depaudit_model::cargo::parse_version;

use super::{Entry, Line};
use crate::cargo::lock::PackageSource;
use crate::report::{CrossTeam, CrossTeamCrates};

/// Compares what the teams' locks hold.
pub(super) fn compare(entries: &[Entry<'_>]) -> CrossTeam {
    let mut crates = CrossTeamCrates::default();
    let mut same_version_shared = 0;
    for same_name in entries.chunk_by(|a, b| a.package.name == b.package.name) {
        compare_name(same_name, &mut crates);
        for same in same_name.chunk_by(|a, b| a.package.version == b.package.version) {
            same_version_shared += usize::from(compare_version(same, &mut crates));
        }
    }
    count(crates, same_version_shared)
}

fn count(crates: CrossTeamCrates, same_version_shared: usize) -> CrossTeam {
    let mut found = CrossTeam {
        shared: crates.shared.len(),
        drift: crates.drift.len(),
        incompatible: crates.incompatible.len(),
        no_common: crates.no_common.len(),
        split_source: crates.split_source.len(),
        ..CrossTeam::default()
    };
    let (numbers, names) = (&mut found.same_version, &crates.same_version);
    numbers.shared = same_version_shared;
    numbers.checksum = names.checksum.len();
    numbers.kind = names.kind.len();
    numbers.git_url = names.git_url.len();
    numbers.git_rev = names.git_rev.len();
    numbers.path_path = names.path_path.len();
    found.crates = crates;
    found
}

fn compare_name(same_name: &[Entry<'_>], crates: &mut CrossTeamCrates) {
    let Some(first) = same_name.first() else { return };
    let name = || first.package.name.clone().into();
    // Every version from somewhere else than a folder, with the teams that lock it.
    let mut versions = BTreeMap::<&str, BTreeSet<usize>>::new();
    let mut teams = BTreeSet::new();
    let (mut registry, mut git, mut path) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for Entry { team, package, .. } in same_name {
        match &*package.source {
            PackageSource::Path => {
                path.insert(*team);
                continue;
            }
            PackageSource::CratesIo => {
                registry.insert(*team);
            }
            PackageSource::Git { .. } => {
                git.insert(*team);
            }
            PackageSource::Other(_) => {}
        }
        teams.insert(*team);
        versions.entry(&package.version).or_default().insert(*team);
    }
    let splits = |other: &BTreeSet<usize>| {
        !other.is_empty() && !registry.is_empty() && other.union(&registry).count() > 1
    };
    if splits(&git) || splits(&path) {
        crates.split_source.insert(name());
    }
    if teams.len() < 2 {
        return;
    }
    crates.shared.insert(name());
    if versions.len() > 1 {
        crates.drift.insert(name());
        if versions.keys().map(|version| line_of(version)).collect::<BTreeSet<_>>().len() > 1 {
            crates.incompatible.insert(name());
        }
    }
    if !versions.values().any(|having| having.len() == teams.len()) {
        crates.no_common.insert(name());
    }
}

/// Returns whether two teams or more lock the pair.
fn compare_version(same: &[Entry<'_>], crates: &mut CrossTeamCrates) -> bool {
    let Some(first) = same.first() else { return false };
    if same.iter().all(|entry| entry.team == first.team) {
        return false;
    }
    let pair = || format!("{}@{}", first.package.name, first.package.version);
    let mut checksums = BTreeSet::new();
    let mut kinds = BTreeSet::new();
    let (mut git_teams, mut path_teams) = (BTreeSet::new(), BTreeSet::new());
    let mut commits = BTreeMap::<_, BTreeSet<_>>::new();
    for Entry { team, package, .. } in same {
        kinds.insert(package.source.kind());
        match &*package.source {
            PackageSource::Path => {
                path_teams.insert(team);
            }
            PackageSource::CratesIo => checksums.extend(package.checksum),
            PackageSource::Git { url, commit, .. } => {
                git_teams.insert(team);
                commits.entry(url).or_default().insert(commit);
            }
            PackageSource::Other(_) => {}
        }
    }
    let same_version = &mut crates.same_version;
    if checksums.len() > 1 {
        same_version.checksum.insert(pair());
    }
    if kinds.len() > 1 {
        same_version.kind.insert(pair());
    }
    if git_teams.len() > 1 {
        if commits.len() > 1 {
            same_version.git_url.insert(pair());
        }
        if commits.values().any(|commits| commits.len() > 1) {
            same_version.git_rev.insert(pair());
        }
    }
    if path_teams.len() > 1 {
        same_version.path_path.insert(pair());
    }
    true
}

/// The line of a version; what is none stands for itself.
fn line_of(version: &str) -> Result<Line, &str> {
    parse_version(version).map(|version| Line::of(&version)).map_err(|_| version)
}

#[cfg(test)]
mod tests {
    use super::super::Entries;
    use super::*;
    use crate::cargo::lock::Lock;
    use crate::files::RepoPath;

    fn compared(teams: &[Vec<Lock>]) -> CrossTeam {
        Entries::of(teams.iter().map(Vec::as_slice)).compare()
    }

    fn lock(packages: &[(&str, &str)]) -> Vec<Lock> {
        let mut text = String::from("version = 4\n");
        for (version, rest) in packages {
            text += &format!("[[package]]\nname = \"foo\"\nversion = \"{version}\"\n{rest}\n");
        }
        vec![Lock::parse(&RepoPath::root().child("Cargo.lock"), &text).unwrap()]
    }

    fn crates_io(checksum_of: &str) -> String {
        let sum = depaudit_model::Checksum::of(checksum_of.as_bytes());
        let index = tame_index::CRATES_IO_INDEX;
        format!("source = \"registry+{index}\"\nchecksum = \"{sum}\"")
    }

    #[test]
    fn two_checksums_for_one_name_and_version_are_seen() {
        let (ours, theirs) = (crates_io("ours"), crates_io("theirs"));
        let teams = [lock(&[("1.0.0", &ours)]), lock(&[("1.0.0", &theirs)])];
        let found = compared(&teams);
        assert_eq!(found.same_version.checksum, 1);
        assert!(found.crates.same_version.checksum.contains("foo@1.0.0"));
        assert_eq!((found.shared, found.drift, found.split_source), (1, 0, 0));
    }

    #[test]
    fn one_team_alone_shares_nothing() {
        let (a, b) = (crates_io("a"), crates_io("b"));
        let found = compared(&[lock(&[("1.0.0", &a), ("2.0.0", &b)])]);
        assert_eq!(found, CrossTeam::default());
    }

    #[test]
    fn a_fork_here_and_the_release_there_split_the_source() {
        let git = "source = \"git+https://e.org/foo?branch=x#0123\"";
        let teams = [lock(&[("1.0.0", &crates_io("a"))]), lock(&[("1.1.0", git)])];
        let found = compared(&teams);
        assert_eq!((found.shared, found.drift, found.no_common), (1, 1, 1));
        assert_eq!((found.incompatible, found.split_source), (0, 1));
    }
}

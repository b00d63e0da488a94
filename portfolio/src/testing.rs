//! Small reports, drawn by hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use depaudit_model::Checksum;
use depaudit_model::cargo::PublishedRelease;
use depaudit_model::cargo::{CrateName, Facts, OverrideKind, OverrideLayer, OverrideState};

use crate::Portfolio;
use crate::report::{
    Binary, Counts, Declaring, Origin, OverrideRecord, Package, Report, Schema, Source, Workspace,
};

/// One workspace of one repository. Packages are named by their first word.
#[derive(Debug, Clone)]
pub(crate) struct Drawn {
    repository: &'static str,
    pub(crate) packages: Vec<Package>,
    edges: Vec<(&'static str, &'static str)>,
    binaries: Vec<(&'static str, &'static str)>,
    pub(crate) overrides: Vec<OverrideRecord>,
}

impl Drawn {
    pub(crate) fn new(repository: &'static str) -> Self {
        let (packages, edges, binaries, overrides) = (vec![], vec![], vec![], vec![]);
        Self { repository, packages, edges, binaries, overrides }
    }

    fn add(mut self, name: &str, version: &str, source: Source) -> Self {
        let (name, version) = (name.parse().unwrap(), version.parse().unwrap());
        let (checksum, stand_in, replaced) = (None, None, false);
        self.packages.push(Package { name, version, source, checksum, stand_in, replaced });
        self
    }

    /// A member, if it is called `app`; the registry's otherwise.
    pub(crate) fn package(self, name: &str, version: &str) -> Self {
        let source = if name == "app" { Source::Folder } else { Source::CratesIo };
        self.add(name, version, source)
    }

    pub(crate) fn checked(self, name: &str, version: &str, bytes: &str) -> Self {
        let mut drawn = self.add(name, version, Source::CratesIo);
        drawn.packages.last_mut().unwrap().checksum = Some(Checksum::of(bytes.as_bytes()));
        drawn
    }

    pub(crate) fn git(self, name: &str, version: &str, url: &str) -> Self {
        let commit = Some("0123456789abcdef".parse().unwrap());
        self.add(name, version, Source::Git { url: url.parse().unwrap(), commit })
    }

    pub(crate) fn registry(self, name: &str, version: &str, url: &str) -> Self {
        let mut drawn = self.add(name, version, Source::Registry(url.parse().unwrap()));
        drawn.packages.last_mut().unwrap().checksum = Some(Checksum::of(version.as_bytes()));
        drawn
    }

    pub(crate) fn stand_in(self, name: &str, version: &str, folder: &str) -> Self {
        let mut drawn = self.add(name, version, Source::Folder);
        drawn.packages.last_mut().unwrap().stand_in = Some(folder.parse().unwrap());
        drawn
    }

    pub(crate) fn edge(mut self, from: &'static str, to: &'static str) -> Self {
        self.edges.push((from, to));
        self
    }

    pub(crate) fn binary(mut self, name: &'static str, package: &'static str) -> Self {
        self.binaries.push((name, package));
        self
    }

    /// A patch of the last package by `target`, undeclared.
    pub(crate) fn patched(mut self, target: &str) -> Self {
        let package = self.packages.last().unwrap();
        self.overrides.push(OverrideRecord {
            kind: OverrideKind::Patch,
            layer: OverrideLayer::Manifest,
            package: Some(package.name.clone()),
            version: Some(package.version.clone()),
            target: target.parse().unwrap(),
            state: OverrideState::Used,
            workspace: Some(".".parse().unwrap()),
            path: "Cargo.toml".parse().unwrap(),
            line: 7,
            text: None,
            folder: None,
            locked: Vec::new(),
            compared: Vec::new(),
            declared: Declaring::No,
            owned: None,
        });
        self
    }
}

/// A team's report of one workspace, from the first moment of 2026.
pub(crate) fn report(team: &str, drawn: Drawn) -> Report {
    let mut packages = drawn.packages;
    packages.sort();
    let at = |name: &str| {
        u32::try_from(packages.iter().position(|it| it.name.as_str() == name).unwrap()).unwrap()
    };
    let mut edges = vec![Vec::new(); packages.len()];
    for (from, to) in drawn.edges {
        edges[at(from) as usize].push(at(to));
    }
    edges.iter_mut().for_each(|edges| edges.sort_unstable());
    let members = packages.iter().filter(|it| it.is_own_folder()).map(|it| at(it.name.as_str()));
    let members: Vec<_> = members.collect();
    let mut overrides = drawn.overrides;
    for record in &mut overrides {
        record.locked = vec![at(record.package.as_ref().unwrap().as_str())];
    }
    let binaries = drawn.binaries.into_iter();
    let binary =
        |(name, package): (&str, &str)| Binary { name: name.parse().unwrap(), node: at(package) };
    Report {
        schema: Schema::V1,
        origin: Origin {
            team: team.parse().unwrap(),
            repository: drawn.repository.parse().unwrap(),
            branch: "main".parse().unwrap(),
            commit: None,
        },
        time: "2026-01-01T00:00:00Z".parse().unwrap(),
        tool: semver::Version::new(0, 1, 0),
        workspaces: vec![Workspace {
            folder: ".".parse().unwrap(),
            nodes: (0..u32::try_from(packages.len()).unwrap()).collect(),
            binaries: binaries.map(binary).collect(),
            edges,
            members,
        }],
        packages,
        overrides,
        findings: Vec::new(),
        counts: Counts::default(),
    }
}

/// The portfolio of some teams' reports.
pub(crate) fn portfolio<const N: usize>(teams: [(&str, Drawn); N]) -> Portfolio {
    Portfolio::new(teams.map(|(team, drawn)| Arc::new(report(team, drawn))))
}

/// What has been published, and when: `shared 1.2.0 2026-01-01` (`-`: not known), or `yanked` behind it.
#[derive(Debug)]
pub(crate) struct Published(BTreeMap<CrateName, Arc<[PublishedRelease]>>);

impl Published {
    pub(crate) fn new(lines: &[&str]) -> Self {
        let mut found = BTreeMap::<CrateName, Vec<_>>::new();
        for line in lines {
            let mut words = line.split(' ');
            let name = words.next().unwrap().parse().unwrap();
            let version = words.next().unwrap().parse().unwrap();
            let day = words.next().unwrap();
            let known = (day != "-").then(|| format!("{day}T00:00:00Z"));
            let published = known.map(|moment| moment.parse().unwrap());
            let yanked = Some(words.next().is_some());
            found.entry(name).or_default().push(PublishedRelease { version, yanked, published });
        }
        Self(found.into_iter().map(|(name, releases)| (name, releases.into())).collect())
    }
}

impl Facts for Published {
    fn releases(&self, name: &CrateName) -> Option<Arc<[PublishedRelease]>> {
        self.0.get(name).cloned()
    }
}

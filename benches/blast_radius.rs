//! Whom a package hits, through the graphs of 1,000 workspaces: 32 teams, 500 packages and 2,500
//! edges each. The target is 200 ms for an answer; the index is made once.

#![expect(clippy::unwrap_used, reason = "in a benchmark a panic is the report")]
#![allow(missing_docs, reason = "criterion's macros make a public function")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use depaudit_portfolio::Portfolio;
use depaudit_portfolio::question::{Sought, blast_radius};
use depaudit_portfolio::report::{
    Binary, Counts, Origin, Package, Report, Schema, Source, Workspace,
};

const WORKSPACES: u32 = 1_000;
const PACKAGES: u32 = 500;

/// Package 0 is the application, and each asks for five further down; the last is at the bottom of
/// all, so that seeking it visits every node and edge.
fn report(number: u32) -> Report {
    let package = |at: u32| Package {
        name: format!("p{at:04}").parse().unwrap(),
        version: semver::Version::new(1, u64::from(number % 3), 0),
        source: if at == 0 { Source::Folder } else { Source::CratesIo },
        checksum: None,
        stand_in: None,
        replaced: false,
    };
    let edges = |at: u32| {
        let mut below: Vec<_> = [1, 2, 7, 31, 101].map(|step| (at + step).min(PACKAGES - 1)).into();
        below.retain(|below| *below > at);
        below.dedup();
        below
    };
    Report {
        schema: Schema::V1,
        origin: Origin {
            team: format!("team-{}", number % 32).parse().unwrap(),
            repository: format!("repository-{number}").parse().unwrap(),
            branch: "main".parse().unwrap(),
            commit: None,
        },
        time: depaudit_model::Timestamp::EPOCH,
        tool: semver::Version::new(0, 1, 0),
        packages: (0..PACKAGES).map(package).collect(),
        workspaces: vec![Workspace {
            folder: ".".parse().unwrap(),
            nodes: (0..PACKAGES).collect(),
            edges: (0..PACKAGES).map(edges).collect(),
            members: vec![0],
            binaries: vec![Binary { name: "app".parse().unwrap(), node: 0 }],
        }],
        overrides: Vec::new(),
        findings: Vec::new(),
        counts: Counts::default(),
    }
}

fn blast(criterion: &mut Criterion) {
    let reports: Vec<_> = (0..WORKSPACES).map(|number| Arc::new(report(number))).collect();
    let mut group = criterion.benchmark_group("blast radius of 1,000 workspaces");
    group.sample_size(10);
    group.bench_function("index", |bencher| {
        bencher.iter(|| Portfolio::new(black_box(&reports).iter().cloned()));
    });
    let portfolio = Portfolio::new(reports.iter().cloned());
    let bottom: Sought = format!("p{:04}", PACKAGES - 1).parse().unwrap();
    let hit = blast_radius(&portfolio, &bottom).totals;
    assert_eq!((hit.workspaces, hit.binaries), (WORKSPACES as usize, WORKSPACES as usize));
    group.bench_function("answer", |bencher| {
        bencher.iter(|| blast_radius(black_box(&portfolio), black_box(&bottom)));
    });
    group.finish();
}

criterion_group!(benches, blast);
criterion_main!(benches);

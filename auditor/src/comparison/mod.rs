//! What overrides put in place, held against the releases that they stand in for.

mod content;
mod outcome;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use depaudit_model::cargo::{CrateName, PackageFiles, PublishedRelease, Release};
use depaudit_portfolio::report::{Comparison, NotCompared, Outcome};
use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use semver::Version;

use crate::audit::AuditedTeam;
use crate::facts::Facts;
use crate::request::ScanRequest;

use content::{Content, Subject, Whole, subjects};
use outcome::Text;

/// What the scan knows of each crate.
type Known = BTreeMap<CrateName, Option<Arc<[PublishedRelease]>>>;

/// Each content that is held against a release, with the version that it carries.
type Jobs = BTreeMap<Release, BTreeSet<(Version, Whole)>>;

/// What came of each.
type Done = BTreeMap<(Release, Version, Whole), Outcome>;

/// Compares the content of every override that acts with the release of crates.io that it stands in
/// for, and writes what came of it into its record. Each pair is compared once, however many overrides
/// it stands behind.
pub(crate) fn compare(teams: &mut [AuditedTeam], request: &ScanRequest, facts: &dyn Facts) {
    let found = subjects_of(teams);
    let names: BTreeSet<_> = found.iter().map(|(_, subject)| subject.name.clone()).collect();
    if names.is_empty() {
        return;
    }
    let names: Vec<_> = names.into_iter().collect();
    facts.expect(&names);
    let known: Known = names
        .into_par_iter()
        .map(|name| {
            let releases = facts.releases(&name);
            (name, releases)
        })
        .collect();
    let planned: Vec<_> = found
        .into_iter()
        .map(|(place, subject)| {
            let step = plan(&subject, &known);
            (place, subject.version, step)
        })
        .collect();
    let mut jobs = Jobs::new();
    for (_, _, step) in &planned {
        if let Step::Compare(release, version, whole) = step {
            jobs.entry(release.clone()).or_default().insert((version.clone(), whole.clone()));
        }
    }
    let mut done = run(&jobs, teams, request, facts);
    outcome::bound(done.values_mut());
    for ((team, record), version, step) in planned {
        let outcome = match step {
            Step::Compare(release, carried, whole) => done.get(&(release, carried, whole)).cloned(),
            Step::Pass(why) => Some(Outcome::NotCompared(why)),
        };
        let record = teams.get_mut(team).and_then(|it| it.report.overrides.get_mut(record));
        if let (Some(record), Some(outcome)) = (record, outcome) {
            record.compared.push(Comparison { version, outcome });
        }
    }
}

/// Where a record stands: its team, and its place among the team's.
type Place = (usize, usize);

fn subjects_of(teams: &[AuditedTeam]) -> Vec<(Place, Subject)> {
    let mut found = Vec::new();
    for (number, team) in teams.iter().enumerate() {
        for (place, record) in team.report.overrides.iter().enumerate() {
            let subjects = subjects(number, record).into_iter();
            found.extend(subjects.map(|subject| ((number, place), subject)));
        }
    }
    found
}

/// What is to be done about one content.
enum Step {
    Compare(Release, Version, Whole),
    Pass(NotCompared),
}

fn plan(subject: &Subject, known: &Known) -> Step {
    let Some(version) = &subject.version else {
        return Step::Pass(match subject.content {
            Content::Absent(why) => why,
            Content::Whole(_) => NotCompared::NoVersion,
        });
    };
    let Some(releases) = known.get(&subject.name).and_then(Option::as_deref) else {
        return Step::Pass(NotCompared::NothingKnown);
    };
    let Some(release) = release_of(version, releases) else {
        return Step::Pass(NotCompared::NotPublished);
    };
    match &subject.content {
        Content::Absent(why) => Step::Pass(*why),
        Content::Whole(whole) => {
            let release = Release { name: subject.name.clone(), version: release };
            Step::Compare(release, version.clone(), whole.clone())
        }
    }
}

/// The release of this version; of a fork that calls itself `1.2.0-ours`, 1.2.0.
fn release_of(version: &Version, releases: &[PublishedRelease]) -> Option<Version> {
    let base = Version::new(version.major, version.minor, version.patch);
    let published = |wanted: &Version| releases.iter().any(|it| it.version == *wanted);
    [version.clone(), base].into_iter().find(published)
}

fn run(jobs: &Jobs, teams: &[AuditedTeam], request: &ScanRequest, facts: &dyn Facts) -> Done {
    let all = jobs.values().map(BTreeSet::len).sum();
    let finished = AtomicUsize::new(0);
    let tell = |count: usize| {
        let before = finished.fetch_add(count, Ordering::Relaxed);
        if let Some(progress) = &request.progress {
            progress.tell(before + count, all);
        }
    };
    tell(0);
    let text = if request.include_diff { Text::Kept } else { Text::LeftOut };
    let of_release = |(release, contents): (&Release, &BTreeSet<(Version, Whole)>)| {
        // The largest thing that is held: for as long as something is compared with it.
        let files = facts.release_files(release);
        let outcome = |version: &Version, whole: &Whole| {
            let Some(files) = &files else { return Outcome::NotCompared(NotCompared::NoCrate) };
            match content::files(whole, teams, facts, &carried(release, version), files) {
                Ok(content) => outcome::of(release, files, &content, text),
                Err(why) => Outcome::NotCompared(why),
            }
        };
        let contents = contents.iter().map(|(version, whole)| {
            let outcome = outcome(version, whole);
            tell(1);
            ((release.clone(), version.clone(), whole.clone()), outcome)
        });
        contents.collect::<Vec<_>>()
    };
    jobs.par_iter().flat_map_iter(of_release).collect()
}

fn carried(release: &Release, version: &Version) -> Release {
    Release { name: release.name.clone(), version: version.clone() }
}

/// The files of an override's content.
type ContentFiles = Result<Arc<PackageFiles>, NotCompared>;

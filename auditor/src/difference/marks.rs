use std::collections::BTreeMap;

use depaudit_model::cargo::{Content, PackageFiles, PackagedFile, Unread};

use super::compare::{MANIFEST, Pair};
use super::manifest::Built;
use super::report::{Mark, MarkKind};
use super::rust_words::RustWords;

/// What deserves a second look in these files, which differ.
pub(super) fn marks(
    release: &PackageFiles,
    other: &PackageFiles,
    differing: &[Pair<'_>],
) -> Vec<Mark> {
    let mut found = Marks::default();
    found.manifest(release, other, differing);
    for pair in differing {
        found.source(pair);
        found.file(pair);
    }
    found.case_twins(release, other);
    let marks = found.0.into_iter().map(|(kind, found)| {
        let more = found.about.len().saturating_sub(Mark::MOST);
        let about = found.about.into_iter().take(Mark::MOST).collect();
        let (before, after) = found.counted.unzip();
        Mark { kind, about, more, before, after }
    });
    marks.collect()
}

#[derive(Debug, Default)]
struct Marks(BTreeMap<MarkKind, Found>);

#[derive(Debug, Default)]
struct Found {
    about: Vec<String>,
    counted: Option<(usize, usize)>,
}

impl Marks {
    fn add(&mut self, kind: MarkKind, about: impl Into<String>) {
        self.0.entry(kind).or_default().about.push(about.into());
    }

    fn count(&mut self, kind: MarkKind, about: &str, before: usize, after: usize) {
        if after <= before {
            return;
        }
        let found = self.0.entry(kind).or_default();
        found.about.push(about.to_owned());
        let (sum_before, sum_after) = found.counted.get_or_insert_default();
        *sum_before += before;
        *sum_after += after;
    }

    fn manifest(&mut self, release: &PackageFiles, other: &PackageFiles, differing: &[Pair<'_>]) {
        // An older release may have no manifest that today's Cargo would read: then all is new.
        let before = Built::read(release).unwrap_or_default();
        let Some(after) = Built::read(other) else {
            return self.add(MarkKind::NotUnderstood, MANIFEST);
        };
        let differs = |path: &str| differing.iter().any(|pair| pair.path.as_str() == path);
        for script in &after.scripts {
            if !before.scripts.contains(script) {
                self.add(MarkKind::BuildScriptAdded, script);
            } else if differs(script) {
                self.add(MarkKind::BuildScriptChanged, script);
            }
        }
        if after.proc_macro && !before.proc_macro {
            self.add(MarkKind::ProcMacroAdded, MANIFEST);
        } else if after.proc_macro {
            let sources = differing.iter().filter(|pair| is_rust(pair) && pair.other.is_some());
            for pair in sources {
                self.add(MarkKind::ProcMacroChanged, pair.path.as_str());
            }
        }
        for package in after.new_dependencies(&before) {
            self.add(MarkKind::NewDependency, package);
        }
    }

    fn source(&mut self, pair: &Pair<'_>) {
        let Some(other) = pair.other.filter(|_| is_rust(pair)) else { return };
        let path = pair.path.as_str();
        let Some(after) = other.text().and_then(RustWords::count) else {
            return self.add(MarkKind::NotUnderstood, path);
        };
        let before = pair.release.and_then(PackagedFile::text).and_then(RustWords::count);
        let before = before.unwrap_or_default();
        self.count(MarkKind::UnsafeCode, path, before.unsafe_code, after.unsafe_code);
        self.count(MarkKind::ProcessUse, path, before.process, after.process);
        self.count(MarkKind::NetworkUse, path, before.network, after.network);
    }

    fn file(&mut self, pair: &Pair<'_>) {
        match pair.other.map(|file| &file.content) {
            Some(Content::Binary) => self.add(MarkKind::BinaryFile, pair.path.as_str()),
            Some(Content::Unread(Unread::Link)) => self.add(MarkKind::Link, pair.path.as_str()),
            _ => {}
        }
    }

    fn case_twins(&mut self, release: &PackageFiles, other: &PackageFiles) {
        let mut folded = BTreeMap::<_, Vec<&str>>::new();
        for (path, _) in other.iter() {
            folded.entry(path.as_str().to_lowercase()).or_default().push(path.as_str());
        }
        let is_old = |paths: &[&str]| paths.iter().all(|path| release.get(path).is_some());
        for twins in folded.into_values().filter(|paths| paths.len() > 1 && !is_old(paths)) {
            self.add(MarkKind::CaseTwins, twins.join(", "));
        }
    }
}

fn is_rust(pair: &Pair<'_>) -> bool {
    pair.path.as_str().ends_with(".rs")
}

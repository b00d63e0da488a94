use depaudit_policy::{Level, Severity};
use depaudit_portfolio::report::{Compared, Comparison, NotCompared, Outcome, RiskMark};

use super::{Check, Draft, Group, Rule, Sink};
use crate::audit::{AuditedTeam, World};
use crate::report::{FoundPackage, Lacking, Override, OverrideKind};

pub(super) const RULE: Rule = Rule {
    code: "OVR04",
    name: "override-shadows-published",
    group: Group::Override,
    severity: Severity::Critical,
    level: Level::Deny,
    documentation: DOCUMENTATION,
    check: Check::Teams(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires when an override carries the name and version of a release of crates.io, with other files
than the release has. The message tells how large the difference is, and what in it deserves a
second look: a build script, a procedural macro, unsafe code, a new dependency, use of processes or
the network, a binary file. Where nothing but prose differs, or files are left out, it is a warning.

The release's crate comes from the server that is asked, a data folder, or Cargo's own cache, and
its checksum is compared with the registry's. A folder is read as Cargo would package it, a commit
from what Cargo has fetched. Where either side is not at hand, the scan says that the rule was not
evaluated. Path dependencies within the repository are compared and not judged, since repositories
depend on their own published packages in this way; vendored packages are LCK06's.

## Why it is bad
Two teams with `shared` 1.2.0 in their locks take it for granted that they run the same code. One of
them runs a fork, and no report, advisory or version check can tell, because the fork has the number
of the release. What was changed in it, nobody outside of that team has ever seen.

## Example
```toml
[patch.crates-io]
shared = { path = \"forks/shared\" } # its manifest says 1.2.0, as the release does
```

## How to fix it
See what differs: `depaudit diff shared@1.2.0 --against forks/shared`. Take the release where it
will do. Otherwise give the fork a version of its own, such as `1.2.0-ours`, so that it shows. Neither
is safe to do automatically.

## When it is a false positive
When the author's machine packaged files that the repository leaves out, or left out some that it
has. `depaudit diff` shows which.
";

fn check(teams: &[AuditedTeam], _: World<'_>, sink: &mut Sink<'_>) {
    for team in teams {
        for record in team.report.overrides.iter().filter(|record| is_judged(record)) {
            for comparison in &record.compared {
                match &comparison.outcome {
                    Outcome::Compared(compared) if shadows(comparison, compared) => {
                        sink.of_team(&team.report.team).report(draft(record, compared));
                    }
                    // There is nothing that it could pass for.
                    Outcome::Compared(_) | Outcome::NotCompared(NotCompared::NotPublished) => {}
                    Outcome::NotCompared(NotCompared::NothingKnown) => sink.lacks(Lacking::Facts),
                    Outcome::NotCompared(_) => sink.lacks(Lacking::Bytes),
                }
            }
        }
    }
}

const fn is_judged(record: &Override) -> bool {
    !matches!(record.kind, OverrideKind::PathDependency | OverrideKind::Vendored)
}

fn shadows(comparison: &Comparison, compared: &Compared) -> bool {
    compared.shadows(comparison.version.as_ref())
}

fn draft(record: &Override, compared: &Compared) -> Draft {
    let package = record.package.as_deref().unwrap_or_default();
    let (kind, version) = (record.kind.as_str(), &compared.release);
    let mut message = format!(
        "the {kind} of `{package}` carries {version}, and has other files than that release: {}",
        compared.totals.words()
    );
    for mark in &compared.marks {
        message += "; ";
        message += &words(mark);
    }
    let help = format!(
        "`depaudit diff {package}@{version} --against ...` shows the difference; take the release, or \
         give the fork a version of its own"
    );
    let mut draft = Draft::about(record, message, help);
    draft.package =
        Some(FoundPackage { name: package.to_owned(), version: Some(version.to_string()) });
    draft.level = compared.prose_only.then_some(Level::Warn);
    draft
}

/// `a new build script: build.rs`.
fn words(mark: &RiskMark) -> String {
    let counted = match (mark.before, mark.after) {
        (Some(before), Some(after)) => format!(" ({before} before, {after} now)"),
        _ => String::new(),
    };
    let about: Vec<_> = mark.about.iter().map(|about| about.as_str()).collect();
    let more = if mark.more > 0 { format!(", and {} more", mark.more) } else { String::new() };
    format!("{}{counted}: {}{more}", mark.kind.words(), about.join(", "))
}

#[cfg(test)]
mod tests {
    use depaudit_policy::Level;

    use crate::testing::{Repository, lock};

    const MANIFEST: &str = "[package]\nname = \"shared\"\nversion = \"1.2.0\"\n";
    const LIBRARY: &str = "pub fn f() {}\n";

    /// A patch by a folder that is no member, with this manifest.
    fn patched(version: &str) -> Repository {
        let locked = format!("[[package]]\nname = \"shared\"\nversion = \"{version}\"\n");
        Repository::new()
            .manifest(
                "[workspace]\nexclude = [\"fork\"]\n[dependencies]\nshared = \"1\"\n\
                 [patch.crates-io]\nshared = { path = \"fork\" }\n",
            )
            .file("Cargo.lock", &lock(&locked))
            .file("fork/Cargo.toml", &MANIFEST.replace("1.2.0", version))
            .file("fork/src/lib.rs", LIBRARY)
            .published("shared", &["1.2.0 2026-01-01"])
    }

    /// The same, and the release's crate is at hand.
    fn at_hand(version: &str) -> Repository {
        let files = [("Cargo.toml", MANIFEST), ("README.md", "old"), ("src/lib.rs", LIBRARY)];
        patched(version).crate_file("shared", "1.2.0", &files)
    }

    fn passed_over(repository: &Repository) -> Vec<String> {
        let lacking = repository.scan().summary.not_evaluated.into_iter();
        let lacking = lacking.filter(|it| it.code == "OVR04");
        lacking.map(|it| format!("{:?} {}", it.lacking, it.passed_over)).collect()
    }

    #[test]
    fn fires_on_other_bytes_under_the_number_of_a_release_and_tells_what_they_are() {
        let found = at_hand("1.2.0")
            .file("fork/README.md", "old")
            .file("fork/build.rs", "fn main() {}\n")
            .file("fork/src/lib.rs", "pub fn f() { unsafe { g() } }\n")
            .findings("OVR04");
        let [finding] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(
            finding.message,
            "the patch of `shared` carries 1.2.0, and has other files than that release: 1 file \
             added, 1 changed, 0 removed; +2 -1 lines; a new build script: build.rs; more unsafe code \
             (0 before, 1 now): src/lib.rs"
        );
        assert_eq!((finding.level, finding.locations[0].location.span.line), (Level::Deny, 9));
    }

    #[test]
    fn fires_on_a_copy_below_a_package_that_stands_alone_and_not_on_a_member() {
        let with = |workspace: &str| {
            let patch = "[dependencies]\nshared = \"1\"\n\
                         [patch.crates-io]\nshared = { path = \"fork\" }\n";
            let fork = at_hand("1.2.0").file("fork/build.rs", "fn main() {}\n");
            fork.manifest(&format!("{workspace}{patch}")).findings("OVR04").len()
        };
        assert_eq!(with(""), 1);
        assert_eq!(with("[workspace]\nmembers = [\"fork\"]\n"), 0);
    }

    #[test]
    fn fires_as_a_warning_where_prose_differs_and_files_are_left_out() {
        let found = at_hand("1.2.0").file("fork/NOTES.md", "ours").findings("OVR04");
        let [finding] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(finding.level, Level::Warn);
        assert!(finding.message.contains("1 file added, 0 changed, 1 removed"), "{finding:?}");
    }

    #[test]
    fn is_silent_about_an_identical_copy_and_has_looked_at_it() {
        let copy = at_hand("1.2.0").file("fork/README.md", "old");
        assert!(passed_over(&copy).is_empty());
        let found = copy.findings("OVR04");
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn is_silent_about_a_fork_with_a_number_of_its_own() {
        let fork = at_hand("1.2.0-ours").file("fork/build.rs", "fn main() {}\n");
        assert!(passed_over(&fork).is_empty());
        assert!(fork.findings("OVR04").is_empty());
    }

    #[test]
    fn a_release_whose_bytes_are_not_at_hand_is_not_passed() {
        assert_eq!(passed_over(&patched("1.2.0")), ["Bytes 1"]);
        let unknown = patched("1.2.0").unpublished();
        assert_eq!(passed_over(&unknown), ["Facts 1"]);
    }
}

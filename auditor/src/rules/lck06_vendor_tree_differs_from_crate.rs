use depaudit_policy::{Level, Severity};

use super::{Check, Draft, Group, MOST_PLACES, Rule, Sink};
use crate::audit::TeamView;
use crate::report::{
    DifferenceKind, FileDifference, Location, Override, OverrideKind, Place, Span,
};

pub(super) const RULE: Rule = Rule {
    code: "LCK06",
    name: "vendor-tree-differs-from-crate",
    group: Group::Lock,
    severity: Severity::Critical,
    level: Level::Deny,
    documentation: DOCUMENTATION,
    check: Check::Team(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires on a vendored package whose files are not what its `.cargo-checksum.json` lists, or whose
list is for another package than the lock's: a file was changed, added or is missing. Every file is
hashed. Files that are only missing are a warning.

## Why it is bad
Cargo hashes what is listed, and nothing else: a `build.rs` beside the list runs unverified, and an
empty list verifies nothing, `--locked` or not. Whoever edits a vendored file and its list ships a
fork under the version number of the release. A fix that somebody made in `vendor/` is lost without
a word when the next person vendors again.

## Example
```text
vendor/shared/src/lib.rs                # edited
vendor/shared/.cargo-checksum.json      # {\"files\":{}, ...}
```

## How to fix it
Run `cargo vendor` again; what is needed of the change belongs into a fork, by `[patch]`, where it
shows in the lock. It is not safe to do automatically: other bytes are built afterwards.

## When it is a false positive
When an older Cargo, or a tool that makes the tree smaller, has left out files that are still
listed; that is a warning. A file that some program puts there while it builds is not: it is built.
";

fn check(view: &TeamView<'_>, sink: &mut Sink<'_>) {
    for record in view.overrides.iter().filter(|it| it.kind == OverrideKind::Vendored) {
        if let Some(worst) = record.differs.first() {
            sink.report(draft(record, worst));
        }
    }
}

fn draft(record: &Override, worst: &FileDifference) -> Draft {
    let package = record.package.as_deref().unwrap_or_default();
    let version = record.version.as_deref().unwrap_or_default();
    let more = match record.differs.len() - 1 {
        0 => String::new(),
        1 => ", and one more file differs".to_owned(),
        more => format!(", and {more} more files differ"),
    };
    let verdict = match worst.kind {
        DifferenceKind::Unverifiable => "cannot be compared with the release",
        _ => "is not the release",
    };
    let message = format!("the vendored `{package}` {version} {verdict}: {}{more}", what(worst));
    let help = "vendor it again; a change that is needed belongs into a fork, by `[patch]`";
    let mut draft = Draft::about(record, message, help);
    let shown = record.differs.iter().take(MOST_PLACES);
    draft.locations = shown.map(|it| Place::from(Location::new(&it.path, Span::START))).collect();
    if record.differs.iter().all(|it| it.kind == DifferenceKind::Missing) {
        draft.level = Some(Level::Warn);
    }
    draft
}

fn what(difference: &FileDifference) -> String {
    let path = &difference.path;
    match difference.kind {
        DifferenceKind::OtherPackage => {
            format!("`{path}` is the list of another package than the one in the lock")
        }
        DifferenceKind::Changed => format!("`{path}` has other bytes than listed"),
        DifferenceKind::Unlisted => format!("`{path}` is not listed, and Cargo builds it unseen"),
        DifferenceKind::Missing => format!("`{path}` is listed, and not there"),
        DifferenceKind::Unverifiable => format!("`{path}` cannot be read"),
    }
}

#[cfg(test)]
mod tests {
    use depaudit_model::Checksum;
    use depaudit_policy::Level;

    use crate::testing::{Repository, crates_io_package, lock};

    const CONFIG: &str =
        "[source.crates-io]\nreplace-with = \"v\"\n[source.v]\ndirectory = \"vendor\"\n";
    const MANIFEST: &str = "[package]\nname = \"shared\"\nversion = \"1.0.0\"\n";

    /// A repository with one vendored package, whose list is for a `lib.rs` that says `f`.
    fn vendored() -> Repository {
        let sum = |text: &str| Checksum::of(text.as_bytes());
        let list = format!(
            "{{\"files\":{{\"Cargo.toml\":\"{}\",\"src/lib.rs\":\"{}\"}},\"package\":\"{}\"}}",
            sum(MANIFEST),
            sum("f"),
            sum("shared 1.0.0")
        );
        Repository::new()
            .manifest("[dependencies]\nshared = \"1\"\n")
            .file("Cargo.lock", &lock(&crates_io_package("shared", "1.0.0")))
            .file(".cargo/config.toml", CONFIG)
            .file("vendor/shared/Cargo.toml", MANIFEST)
            .file("vendor/shared/.cargo-checksum.json", &list)
    }

    #[test]
    fn fires_on_a_changed_and_on_an_added_file() {
        let found = vendored()
            .file("vendor/shared/src/lib.rs", "g")
            .file("vendor/shared/build.rs", "fn main() {}")
            .findings("LCK06");
        assert_eq!(found.len(), 1, "{found:?}");
        let places = found[0].locations.iter().map(|it| it.location.path.as_str());
        assert_eq!(
            places.collect::<Vec<_>>(),
            ["vendor/shared/src/lib.rs", "vendor/shared/build.rs"]
        );
        assert_eq!(found[0].level, Level::Deny);
    }

    #[test]
    fn fires_as_a_warning_on_a_missing_file() {
        let found = vendored().findings("LCK06");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].level, Level::Warn);
    }

    #[test]
    fn is_silent_about_the_files_that_are_listed() {
        let found = vendored().file("vendor/shared/src/lib.rs", "f").findings("LCK06");
        assert!(found.is_empty(), "{found:?}");
    }
}

use depaudit_model::cargo::{ChangeKind, PackageFiles, Release};
use depaudit_model::terminal::is_hostile;
use depaudit_portfolio::report::{ChangedText, Compared, FileChange, Outcome, RiskMark};

use crate::difference::{self, ChangedFile, Detail, Mark};
use crate::keep::label;

/// The most text of all comparisons of one scan, in bytes: a report of a scan has 16 MiB at most, and
/// quoted in JSON a text may be twice as long. `depaudit diff` shows one whole.
const MOST_TEXT: usize = 4 << 20;

/// So many files or packages a mark names: enough to know where to look.
const MOST_ABOUT: usize = 5;

/// What becomes of the text of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Text {
    Kept,
    LeftOut,
}

/// Compares. Parses manifests: call it where the stack has room.
pub(super) fn of(
    release: &Release,
    files: &PackageFiles,
    content: &PackageFiles,
    text: Text,
) -> Outcome {
    let detail = if text == Text::Kept { Detail::Text } else { Detail::Counts };
    let difference = difference::compare(files, content, detail);
    let mut left = MOST_TEXT;
    let shown = match text {
        Text::Kept => difference.files.iter().take(Compared::MOST_FILES),
        Text::LeftOut => difference.files.iter().take(0),
    };
    Outcome::Compared(Box::new(Compared {
        release: release.version.clone(),
        release_sha256: difference.release.sha256,
        content_sha256: difference.other.sha256,
        totals: difference.totals,
        prose_only: difference.marks.is_empty() && difference.files.iter().all(is_prose),
        marks: difference.marks.iter().map(mark).collect(),
        files: shown.filter_map(|file| change(file, &mut left)).collect(),
    }))
}

fn mark(mark: &Mark) -> RiskMark {
    let shown: Vec<_> =
        mark.about.iter().take(MOST_ABOUT).filter_map(|about| label(about)).collect();
    RiskMark {
        kind: mark.kind,
        more: mark.about.len() - shown.len() + mark.more,
        about: shown,
        before: mark.before,
        after: mark.after,
    }
}

fn change(file: &ChangedFile, left: &mut usize) -> Option<FileChange> {
    let text = file.text.as_ref().and_then(|text| escaped(text));
    let text = text.filter(|text| text.as_str().len() <= *left);
    *left -= text.as_ref().map_or(0, |text| text.as_str().len());
    Some(FileChange {
        path: label(file.path.as_str())?,
        change: file.change,
        kind: file.kind,
        lines_added: file.lines_added,
        lines_removed: file.lines_removed,
        text,
    })
}

/// Drops the text of whatever comes after [`MOST_TEXT`] bytes.
pub(super) fn bound<'o>(outcomes: impl Iterator<Item = &'o mut Outcome>) {
    let mut left = MOST_TEXT;
    for outcome in outcomes {
        let Outcome::Compared(compared) = outcome else { continue };
        for file in &mut compared.files {
            let length = file.text.as_ref().map_or(0, |text| text.as_str().len());
            if length > left {
                file.text = None;
            } else {
                left -= length;
            }
        }
    }
}

/// A text as a report can hold it: what a terminal would obey is spelled out.
fn escaped(text: &str) -> Option<ChangedText> {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_hostile(character) && !matches!(character, '\n' | '\t') {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown.parse().ok()
}

/// Whether nothing is built from it: a file that is gone, prose, or what a hidden name keeps for tools.
fn is_prose(file: &ChangedFile) -> bool {
    let name = file.path.name().to_ascii_uppercase();
    let is_text = ["README", "CHANGELOG", "LICENSE", "LICENCE", "COPYING"]
        .iter()
        .any(|word| name.starts_with(word) && !name.ends_with(".RS"));
    file.change == ChangeKind::Removed
        || is_text
        || name.ends_with(".MD")
        || file.path.as_str().split('/').any(|part| part.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use depaudit_model::cargo::PackagedFile;

    use super::*;

    fn files(files: impl IntoIterator<Item = (String, String)>) -> PackageFiles {
        let mut all = PackageFiles::default();
        for (path, text) in files {
            all.insert(path.parse().unwrap(), PackagedFile::of(text.as_bytes()));
        }
        all
    }

    fn compared(content: &PackageFiles, text: Text) -> Outcome {
        let release = Release { name: "a".parse().unwrap(), version: "1.0.0".parse().unwrap() };
        of(&release, &PackageFiles::default(), content, text)
    }

    fn texts(outcome: &Outcome) -> Vec<usize> {
        let Outcome::Compared(compared) = outcome else { panic!("{outcome:?}") };
        let texts = compared.files.iter().filter_map(|file| file.text.as_ref());
        texts.map(|text| text.as_str().len()).collect()
    }

    #[test]
    fn bad_input_49_the_text_of_all_comparisons_together_stays_within_a_report() {
        let large = files((0..40).map(|it| (format!("{it}.c"), "0123456789\n".repeat(20_000))));
        let one = compared(&large, Text::Kept);
        let (shown, all) = (texts(&one), MOST_TEXT / 240_000);
        assert_eq!(shown.len(), all, "{shown:?}");
        let mut several = [one.clone(), one, compared(&large, Text::LeftOut)];
        bound(several.iter_mut());
        assert_eq!(several.each_ref().map(|it| texts(it).len()), [all, 0, 0]);
        let Outcome::Compared(last) = &several[2] else { panic!("{several:?}") };
        assert_eq!((last.totals.added, last.files.len()), (40, 0));
    }

    #[test]
    fn bad_input_45_what_a_terminal_would_obey_is_spelled_out() {
        let hostile =
            files([("a\u{1b}[2J.c".to_owned(), "\u{1b}[31m\tred\u{202e}\r\n".to_owned())]);
        let Outcome::Compared(found) = compared(&hostile, Text::Kept) else {
            panic!("not compared")
        };
        assert_eq!(found.files[0].path.as_str(), "a\\u{1b}[2J.c");
        let text = found.files[0].text.as_ref().unwrap().as_str();
        assert!(text.contains("+\\u{1b}[31m\tred\\u{202e}\\u{d}\n"), "{text}");
    }

    #[test]
    fn prose_is_what_nothing_is_built_from() {
        let manifest = "[package]\nname = \"a\"\nversion = \"1.0.0\"\n";
        let package = |path: &str, text: &str| {
            files([
                ("Cargo.toml".to_owned(), manifest.to_owned()),
                (path.to_owned(), text.to_owned()),
            ])
        };
        let is_prose = |path: &str| {
            let release = Release { name: "a".parse().unwrap(), version: "1.0.0".parse().unwrap() };
            let outcome = of(&release, &package(path, "x"), &package(path, "y"), Text::LeftOut);
            let Outcome::Compared(found) = outcome else { panic!("{outcome:?}") };
            found.prose_only
        };
        for prose in ["README.md", "LICENSE-MIT", "docs/a.MD", ".github/ci.yml"] {
            assert!(is_prose(prose), "{prose}");
        }
        for built in ["src/a.rs", "src/license.rs", "c/a.c", "data.json", "grammar.pest"] {
            assert!(!is_prose(built), "{built}");
        }
    }
}

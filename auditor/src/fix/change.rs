use serde::Serialize;

use crate::cargo::source::{CanonicalUrl, GitReference};
use crate::files::RepoPath;
use crate::report::{Location, Override, SourceKey, Span};

/// The file in which a repository declares its overrides.
const POLICY: &str = "depaudit.toml";

/// How a finding can be mended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// What would change, as a sentence without its full stop.
    pub description: String,
    /// Whether no build takes other bytes afterwards. What is not safe is done only when somebody
    /// asks for it.
    pub safe: bool,
    /// The edits, all of which belong together.
    #[serde(skip)]
    pub edits: Vec<Edit>,
}

/// One change of one TOML file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The file, relative to the team's root.
    pub path: RepoPath,
    /// The entry that is meant: its key and its value, as a record's location has it.
    pub entry: Span,
    /// The package that the entry names: what stands at that place later has to name it, too.
    pub package: String,
    /// What happens to it.
    pub change: Change,
}

/// What can happen to an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It goes, and a table that it leaves empty goes with it.
    Remove,
    /// It follows this commit, and no branch or tag any more.
    PinCommit(String),
    /// It asks for these versions.
    Requirement(String),
    /// The table `[replace]` that holds it becomes `[patch]`, with all that is in it.
    Modernise(SourceKey),
    /// The policy gets an `[[override]]` about a package taken from here, to be filled in. There is
    /// no entry yet: the edit's place says nothing.
    Declare(String),
    /// The lock names a commit as a pinned manifest does. Done where Cargo would write the same;
    /// otherwise left to Cargo, and told.
    Relock(Followed),
}

/// A branch, tag or default branch of a git repository, and the commit at which a lock holds it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Followed {
    /// The repository.
    pub url: CanonicalUrl,
    /// What is followed.
    pub reference: GitReference,
    /// The commit, in full.
    pub commit: String,
}

impl Fix {
    /// Removes an override.
    pub(crate) fn remove(record: &Override) -> Option<Self> {
        let description =
            format!("remove the {} of `{}`", record.kind.as_str(), record.package.as_ref()?);
        Some(Self { description, safe: true, edits: vec![Edit::of(record, Change::Remove)?] })
    }

    /// Pins an override to the commit at which a lock holds it. `lock`: the lock, where nobody but
    /// the manifests that are pinned can follow the same.
    pub(crate) fn pin(
        record: &Override,
        followed: Followed,
        lock: Option<&RepoPath>,
        safe: bool,
    ) -> Option<Self> {
        let package = record.package.as_ref()?;
        let description = format!("pin `{package}` to the commit {}", followed.commit);
        let pinned = Edit::of(record, Change::PinCommit(followed.commit.clone()))?;
        let relocked = lock.map(|lock| Edit {
            path: lock.clone(),
            entry: Span::START,
            package: package.clone(),
            change: Change::Relock(followed),
        });
        let edits = std::iter::once(pinned).chain(relocked).collect();
        Some(Self { description, safe, edits })
    }

    /// Writes a `[replace]` as `[patch]`. Not safe: a replacement is for one version, and a patch
    /// for all that it matches.
    pub(crate) fn modernise(record: &Override) -> Option<Self> {
        let source = record.source.clone()?;
        let description = format!("write `[replace]` as `[patch.{source}]`");
        let edits = vec![Edit::of(record, Change::Modernise(source))?];
        Some(Self { description, safe: false, edits })
    }

    /// Adds a declaration of an override to the repository's policy, for somebody to fill in.
    /// `source`: where the package is taken from, as the manifest writes it, without credentials.
    pub(crate) fn declare(package: &str, source: &str) -> Self {
        let edit = Edit {
            path: RepoPath::root().child(POLICY),
            entry: Span::START,
            package: package.to_owned(),
            change: Change::Declare(source.to_owned()),
        };
        let description =
            format!("add an `[[override]]` for `{package}` to {POLICY}, to be filled in");
        Self { description, safe: true, edits: vec![edit] }
    }

    /// Raises entries of one package, all of one workspace and one line of compatible versions, to
    /// the highest requirement among them: what is locked meets it already.
    pub(crate) fn align(
        package: &str,
        requirement: &str,
        entries: impl IntoIterator<Item = Location>,
    ) -> Self {
        let edit = |at: Location| Edit {
            path: at.path,
            entry: at.span,
            package: package.to_owned(),
            change: Change::Requirement(requirement.to_owned()),
        };
        let description = format!("require `{package}` as `{requirement}` everywhere");
        Self { description, safe: true, edits: entries.into_iter().map(edit).collect() }
    }
}

impl Edit {
    /// `None` for a record about a whole source.
    fn of(record: &Override, change: Change) -> Option<Self> {
        let Location { path, span } = record.location.clone();
        Some(Self { path, entry: span, package: record.package.clone()?, change })
    }
}

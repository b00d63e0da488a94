use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::thread;

use super::change::{Change, Edit, Fix, Followed};
use super::refusal::{Refusal, Why};
use super::{declare, entry, meaning, modernise, pin, relock, remove, require};
use crate::files::RepoPath;
use crate::limits::STACK;

/// One fix, and whose files it changes.
#[derive(Debug, Clone, Copy)]
pub struct Order<'f> {
    /// The team's folder. Two orders with the same folder and path mean the same file.
    pub root: &'f Path,
    /// The fix.
    pub fix: &'f Fix,
}

/// What all fixes come to.
#[derive(Debug)]
pub struct Plan {
    /// The files that change, the locks last: whoever writes them in this order and is stopped
    /// leaves what Cargo itself completes with the same commits. The other way round a manifest
    /// would follow a branch that no lock holds any more.
    pub files: Vec<ChangedFile>,
    /// What became of each order.
    pub outcomes: Vec<Outcome>,
}

/// A file and what it is to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedFile {
    /// The team's folder.
    pub root: PathBuf,
    /// The file below it.
    pub path: RepoPath,
    /// What was read; `None` for a file that is not there yet.
    pub before: Option<String>,
    /// The new text, whole.
    pub after: String,
}

/// What became of a fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// All its edits are in the plan. What Cargo has to do afterwards, where there is something.
    Done(Option<String>),
    /// None of its edits is.
    Refused(Refusal),
}

/// The machine gives no thread.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// It cannot be started.
    #[error("cannot start a thread")]
    Thread(#[from] std::io::Error),
    /// It came to no end.
    #[error("planning the fixes ended early: this is a fault of depaudit")]
    Ended,
}

/// Plans fixes: reads each file once through `read`, edits in memory, and writes nothing.
///
/// `read` says why a file cannot be taken in or should not be written, and `None` for one that is
/// not there.
///
/// # Errors
/// When no thread can be started. What goes wrong with single files stands in the outcomes.
pub fn plan(
    orders: &[Order<'_>],
    mut read: impl FnMut(&Path, &RepoPath) -> Result<Option<String>, String> + Send,
) -> Result<Plan, PlanError> {
    // As deep as a scan, which has found what is mended here.
    let builder = thread::Builder::new().stack_size(STACK);
    thread::scope(|scope| {
        let work = builder.spawn_scoped(scope, || Desk::new(&mut read).work(orders))?;
        work.join().map_err(|_| PlanError::Ended)
    })
}

/// How the desk gets its files.
type Read<'r> = &'r mut (dyn FnMut(&Path, &RepoPath) -> Result<Option<String>, String> + Send);

/// The files that are being edited.
struct Desk<'r> {
    read: Read<'r>,
    /// By where they are on disk: the folders of two teams may lie in each other.
    files: BTreeMap<PathBuf, Result<Draft, String>>,
    /// What was pinned of locks. They come last, once it is clear what was.
    locks: Vec<(PathBuf, Followed, usize)>,
}

/// A file, and what it has become.
#[derive(Clone)]
struct Draft {
    root: PathBuf,
    path: RepoPath,
    before: Option<String>,
    /// A byte-order mark, which belongs to no line.
    mark: &'static str,
    text: String,
}

impl<'r> Desk<'r> {
    fn new(read: Read<'r>) -> Self {
        Self { read, files: BTreeMap::new(), locks: Vec::new() }
    }

    fn work(mut self, orders: &[Order<'_>]) -> Plan {
        let mut outcomes: Vec<_> = (0..)
            .zip(orders)
            .map(|(number, order)| match self.carry_out(number, order) {
                Ok(()) => Outcome::Done(None),
                Err(refusal) => Outcome::Refused(refusal),
            })
            .collect();
        let mut told = BTreeMap::new();
        for (lock, followed, number) in std::mem::take(&mut self.locks) {
            // Several entries may follow the same.
            let known = told.entry((lock, followed));
            let note = known.or_insert_with_key(|(lock, followed)| self.relock(lock, followed));
            if let Some(outcome) = outcomes.get_mut(number) {
                *outcome = Outcome::Done(note.clone());
            }
        }
        let drafts = self.files.into_values().filter_map(Result::ok);
        let changed = drafts.filter(Draft::is_changed).map(|draft| ChangedFile {
            after: format!("{}{}", draft.mark, draft.text),
            root: draft.root,
            path: draft.path,
            before: draft.before,
        });
        let mut files: Vec<_> = changed.collect();
        files.sort_by_key(|file| file.path.name() == "Cargo.lock");
        Plan { files, outcomes }
    }

    /// All edits of a fix, or none.
    fn carry_out(&mut self, number: usize, order: &Order<'_>) -> Result<(), Refusal> {
        let mut edited: BTreeMap<PathBuf, String> = BTreeMap::new();
        let mut locks = Vec::new();
        for edit in &order.fix.edits {
            let place = order.root.join(edit.path.as_str());
            let refusal = |why| Refusal { path: edit.path.clone(), line: edit.entry.line, why };
            let file = self.file(order.root, &edit.path);
            if let Change::Relock(followed) = &edit.change {
                // What is wrong with a lock does not stop the fix: Cargo writes it, too.
                locks.push((place, followed.clone(), number));
                continue;
            }
            let file = file.map_err(|why| refusal(Why::File(why.to_owned())))?;
            let current = edited.get(&place).unwrap_or(&file.text);
            let new = apply(file, current, edit).map_err(refusal)?;
            edited.insert(place, new);
        }
        for (place, new) in edited {
            if let Some(Ok(file)) = self.files.get_mut(&place) {
                file.text = new;
            }
        }
        self.locks.append(&mut locks);
        Ok(())
    }

    /// A file, which is read when it is first asked for.
    fn file(&mut self, root: &Path, path: &RepoPath) -> Result<&Draft, &str> {
        let file = self.files.entry(root.join(path.as_str())).or_insert_with(|| {
            (self.read)(root, path).map(|text| Draft::new(root.to_owned(), path.clone(), text))
        });
        file.as_ref().map_err(String::as_str)
    }

    /// Says what is left for Cargo to do, where the lock could not be brought along.
    fn relock(&mut self, lock: &Path, followed: &Followed) -> Option<String> {
        let why = match self.files.get_mut(lock)? {
            Ok(file) => match relock::relock(&file.text, followed) {
                Ok(new) => {
                    file.text = new;
                    return None;
                }
                Err(why) => why,
            },
            Err(why) => why.as_str(),
        };
        Some(format!("Cargo.lock is left to Cargo, as {why}: build once without --locked"))
    }
}

impl Draft {
    fn new(root: PathBuf, path: RepoPath, before: Option<String>) -> Self {
        let all = before.as_deref().unwrap_or_default();
        let (mark, text) = match all.strip_prefix('\u{feff}') {
            Some(text) => ("\u{feff}", text),
            None => ("", all),
        };
        Self { root, path, mark, text: text.to_owned(), before }
    }

    fn is_changed(&self) -> bool {
        let before = self.before.as_deref().unwrap_or_default();
        before.strip_prefix(self.mark) != Some(&self.text)
    }
}

/// Makes one edit in `current`, which other edits have made of the file.
fn apply(file: &Draft, current: &str, edit: &Edit) -> Result<String, Why> {
    let Edit { entry, package, change, .. } = edit;
    let keys = match change {
        Change::Declare(_) => Vec::new(),
        _ => {
            let scanned = file.before.as_deref().ok_or(Why::Changed)?;
            let keys = entry::find(scanned, *entry, package).ok_or(Why::Changed)?;
            // Another fix of this plan has taken it away, and with it what there was to mend.
            if file.is_changed() && super::layout::Layout::parse(current)?.spot(&keys).is_none() {
                return Ok(current.to_owned());
            }
            keys
        }
    };
    let new = match change {
        Change::Remove => remove::remove(current, &keys)?,
        Change::PinCommit(commit) => match pin::pin(current, &keys, commit) {
            // Two teams whose folders lie in each other have the same finding.
            Err(Why::Changed) if pin::is_pinned(current, &keys, commit) => current.to_owned(),
            pinned => pinned?,
        },
        Change::Requirement(requirement) => require::require(current, &keys, requirement)?,
        Change::Modernise(source) => modernise::modernise(current, source)?,
        Change::Declare(source) => declare::declare(current, package, source),
        Change::Relock(_) => return Err(Why::Changed),
    };
    if meaning::is_as_meant(current, &new, &keys, package, change) {
        Ok(new)
    } else {
        Err(Why::Meaning)
    }
}

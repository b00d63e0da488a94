//! From a folder to the policy in force: the repository's own file, and what it extends.

mod cache;
mod file;
mod remote;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use depaudit_auditor::rules;
use depaudit_policy::{Extends, Link, Placed, Policy, PolicyFile, Reference};

use cache::Cache;
pub use file::read as read_policy_text;
use remote::Remote;

use crate::args::Next;

/// What a repository's own policy is called. It is looked for at the top of a team's folder alone:
/// one further down would be a policy that nobody sees.
pub const FILE_NAME: &str = "depaudit.toml";

/// How many files one policy may be made of: its own, and three that are extended in turn.
const LONGEST_CHAIN: usize = 4;

/// Reads policies, each text from a server once.
#[derive(Debug)]
pub struct Loader {
    remote: Remote,
    fetched: BTreeMap<Link, String>,
    /// What went on without being as it was asked for.
    pub warnings: Vec<String>,
}

/// Where a file of a policy is, to be asked for what it extends.
#[derive(Debug, PartialEq, Eq)]
enum Origin {
    /// A file, as it is named in messages.
    File(PathBuf),
    /// A server's text.
    Address(Link),
}

impl Loader {
    /// With the user's own cache folder, where there is one.
    #[must_use]
    pub fn new() -> Self {
        let remote = Remote::new(Cache::of_user());
        Self { remote, fetched: BTreeMap::new(), warnings: Vec::new() }
    }

    /// The policy of the repository in this folder; without a file, one that says nothing.
    ///
    /// # Errors
    /// When a file of it is there and cannot be used: a policy that cannot be read must not pass
    /// for none.
    pub fn of_folder(&mut self, folder: &Path) -> anyhow::Result<Arc<Policy>> {
        // The name is what findings find the file by: the folder as it was given, and the rest.
        let here = folder == Path::new(".");
        let path = if here { PathBuf::from(FILE_NAME) } else { folder.join(FILE_NAME) };
        match file::read_own(folder, &path)? {
            Some(text) => self.policy(&path, &text),
            None => Ok(Arc::default()),
        }
    }

    /// The policy in this file.
    ///
    /// # Errors
    /// When a file of it cannot be used.
    pub fn of_file(&mut self, path: &Path) -> anyhow::Result<Arc<Policy>> {
        let text = file::read(path)?;
        self.policy(path, &text)
    }

    fn policy(&mut self, path: &Path, text: &str) -> anyhow::Result<Arc<Policy>> {
        let mut files = vec![parse(text, &path.to_string_lossy())?];
        let mut origins = vec![Origin::File(path.to_owned())];
        while let (Some(last), Some(origin)) = (files.last(), origins.last())
            && let Some(extends) = last.extends()
        {
            let reference = &extends.reference;
            ensure!(
                files.len() < LONGEST_CHAIN,
                "{}: more than {LONGEST_CHAIN} policies extend one another",
                reference.place
            );
            let next = follow(origin, reference)?;
            let again = origins.iter().any(|known| is_same(known, &next));
            ensure!(!again, "{}: the policies extend each other in a circle", reference.place);
            let text = self.text(&next, extends).with_context(|| {
                format!("cannot use the policy that {} extends", reference.place)
            })?;
            files.push(parse(&text, &shown(&next))?);
            origins.push(next);
        }
        // The law wants the central one first.
        files.reverse();
        Ok(Policy::combine(files, rules::known()).into())
    }

    fn text(&mut self, origin: &Origin, extends: &Extends) -> anyhow::Result<String> {
        let text = match origin {
            Origin::File(path) => file::read(path)?,
            Origin::Address(link) => match self.fetched.get(link) {
                Some(text) => text.clone(),
                None => {
                    let pinned = extends.digest.as_ref().map(|digest| &digest.value);
                    let had = self.remote.get(link, pinned, &shown(origin))?;
                    self.warnings.extend(had.warning);
                    self.fetched.insert(link.clone(), had.text.clone());
                    had.text
                }
            },
        };
        let found = depaudit_model::Checksum::of(text.as_bytes());
        if let Some(Placed { value, place }) = &extends.digest
            && !extends.accepts(&found)
        {
            bail!(
                "{} has the digest {found}, and {place} accepts {value} alone; compare the two \
                 before you change `extends-sha256`",
                shown(origin)
            );
        }
        Ok(text)
    }
}

fn parse(text: &str, origin: &str) -> anyhow::Result<PolicyFile> {
    PolicyFile::parse(text, origin, rules::known()).with_context(|| {
        // What was fetched is checked where it stands.
        let file = Some(origin).filter(|it| Path::new(it).is_file());
        let check = Next::new(["policy", "check"].into_iter().chain(file));
        format!("the policy cannot be used; mend it, then try `{check}`")
    })
}

/// Where a reference leads from the policy that has it.
fn follow(from: &Origin, reference: &Placed<Reference>) -> anyhow::Result<Origin> {
    match (&reference.value, from) {
        (Reference::Address(link), _) => Ok(Origin::Address(link.clone())),
        (Reference::File(path), Origin::File(file)) => {
            let folder = file.parent().unwrap_or(Path::new(""));
            Ok(Origin::File(folder.join(&**path)))
        }
        // Whose file would that be?
        (Reference::File(_), Origin::Address(_)) => bail!(
            "{}: a policy on a server cannot extend a file; give it an address",
            reference.place
        ),
    }
}

fn is_same(a: &Origin, b: &Origin) -> bool {
    match (a, b) {
        (Origin::File(a), Origin::File(b)) => {
            a == b || matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
        }
        (a, b) => a == b,
    }
}

/// How it is named in messages: a query may hold a token.
fn shown(origin: &Origin) -> String {
    match origin {
        Origin::File(path) => path.to_string_lossy().into_owned(),
        Origin::Address(link) => {
            let address = link.as_str();
            let end = address.find(['?', '#']).unwrap_or(address.len());
            address.get(..end).unwrap_or_default().to_owned()
        }
    }
}

#[cfg(test)]
mod tests;

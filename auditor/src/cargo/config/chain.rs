use super::Stack;
use super::source_table::{Placed, SourcePlace};
use crate::cargo::source::SourceKey;
use crate::files::RepoPath;
use crate::report::Span;

/// How one source is replaced: followed from name to name to where packages really come from.
#[derive(Debug)]
pub(crate) struct Chain<'c> {
    /// The source that is replaced.
    pub(crate) source: SourceKey,
    /// The table that begins it.
    pub(crate) file: &'c RepoPath,
    pub(crate) span: Span,
    /// Where it ends.
    pub(crate) end: ChainEnd<'c>,
}

/// Where a chain ends.
#[derive(Debug)]
pub(crate) enum ChainEnd<'c> {
    /// At a place, which stands in this file.
    Place(&'c RepoPath, &'c SourcePlace),
    /// At a registry of `[registries]`, by its URL.
    Registry(&'c str),
    /// At a name that no configuration within the scan defines.
    Unknown(&'c str),
    /// Nowhere: the names replace each other in a circle. Cargo 1.95 never ends where the circle
    /// leaves out the first of them.
    Loop(Vec<&'c str>),
}

/// Follows the replacement of the source called `name`; `None` when nothing replaces it.
pub(super) fn follow<'c>(stack: &Stack<'c>, name: &'c str) -> Option<Chain<'c>> {
    let (placed, first) = replacement(stack, name).or_else(|| redirection(stack, name))?;
    let own_place = place(stack, name).map(|(_, place)| place);
    let source = match own_place {
        _ if name == "crates-io" => SourceKey::CratesIo,
        Some(SourcePlace::Registry(url)) => SourceKey::of_url(url),
        Some(SourcePlace::Git(git)) => SourceKey::of_url(&git.url),
        _ => SourceKey::Name(name.into()),
    };
    let end = match first {
        Some(next) => end_of(stack, name, next),
        None => {
            let (file, place) = place(stack, name)?;
            ChainEnd::Place(file, place)
        }
    };
    Some(Chain { source, file: placed.file, span: placed.table.span, end })
}

/// The table that says with what `name` is replaced.
fn replacement<'c>(stack: &Stack<'c>, name: &str) -> Option<(Placed<'c>, Option<&'c str>)> {
    let mut tables = stack.tables(name);
    tables.find_map(|placed| Some((placed, Some(placed.table.replace_with.as_deref()?))))
}

/// A place for `crates-io` redirects it, without any `replace-with`.
fn redirection<'c>(stack: &Stack<'c>, name: &str) -> Option<(Placed<'c>, Option<&'c str>)> {
    let mut tables = stack.tables(name).filter(|_| name == "crates-io");
    let placed = tables.find(|placed| placed.table.place.is_some())?;
    match &placed.table.place {
        Some(SourcePlace::Registry(url)) if SourceKey::of_url(url) == SourceKey::CratesIo => None,
        _ => Some((placed, None)),
    }
}

fn place<'c>(stack: &Stack<'c>, name: &str) -> Option<(&'c RepoPath, &'c SourcePlace)> {
    stack.tables(name).find_map(|placed| Some((placed.file, placed.table.place.as_ref()?)))
}

fn end_of<'c>(stack: &Stack<'c>, from: &'c str, next: &'c str) -> ChainEnd<'c> {
    let mut seen = vec![from];
    let mut name = next;
    loop {
        let met = seen.contains(&name);
        seen.push(name);
        if met {
            return ChainEnd::Loop(seen);
        }
        if let Some((_, Some(next))) = replacement(stack, name) {
            name = next;
            continue;
        }
        return match (place(stack, name), stack.registry(name)) {
            (Some((file, place)), _) => ChainEnd::Place(file, place),
            (None, Some(index)) => ChainEnd::Registry(index),
            (None, None) => ChainEnd::Unknown(name),
        };
    }
}

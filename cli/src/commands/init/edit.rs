use std::ops::Range;

use anyhow::bail;
use depaudit_model::terminal::printable;
use toml_edit::{Document, DocumentMut, Item, TableLike, TomlError};

use super::mask::masked;
use crate::cargo_snippet::Setting;

/// The keys by which `[source.NAME]` says what a source is (Cargo's book, "source"). Beside
/// `replace-with` they make the name mean something else than the registry.
const DEFINITIONS: [&str; 7] =
    ["registry", "local-registry", "directory", "git", "branch", "tag", "rev"];

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Plan {
    /// Everything is as it should be.
    Nothing,
    /// This is to be the text.
    Change(String),
}

/// Plans how the settings get into a Cargo configuration.
///
/// # Errors
/// When the text is no TOML, or leads Cargo elsewhere already and `force` is not there.
pub(super) fn plan(text: &str, settings: &[Setting], force: bool) -> anyhow::Result<Plan> {
    let (mark, body) = match text.strip_prefix('\u{feff}') {
        Some(body) => ("\u{feff}", body),
        None => ("", text),
    };
    let newlines = body.matches('\n').count();
    let windows = body.matches("\r\n").count();
    if windows > 0 && windows < newlines {
        bail!(
            "both kinds of line ends are in the file, and editing would change one: use one kind"
        );
    }
    // toml_edit writes `\n` alone.
    let body = body.replace("\r\n", "\n");
    let document = Document::parse(body.as_str()).map_err(|error| explain(&body, &error))?;
    let conflicts = conflicts(&document, settings);
    if !conflicts.is_empty() && !force {
        let told: Vec<_> = conflicts.iter().map(|conflict| conflict.explain(&body)).collect();
        bail!("leads Cargo elsewhere already: {}; --force replaces that", told.join(", "));
    }
    if conflicts.is_empty() && settings.iter().all(|setting| is_there(&document, setting)) {
        return Ok(Plan::Nothing);
    }
    let paths: Vec<_> = conflicts.into_iter().map(|conflict| conflict.path).collect();
    let edited = edit(document.into_mut(), &paths, settings)?;
    // The last word has a second look at what would be written, whatever the first text was like.
    let good = Document::parse(edited.as_str()).is_ok_and(|after| {
        self::conflicts(&after, settings).is_empty()
            && settings.iter().all(|setting| is_there(&after, setting))
    });
    if !good {
        bail!("the settings cannot be put in safely: add them by hand");
    }
    let edited = if windows > 0 { edited.replace('\n', "\r\n") } else { edited };
    Ok(Plan::Change(format!("{mark}{edited}")))
}

/// What stands in the way, by its keys.
struct Conflict {
    path: Vec<String>,
    span: Range<usize>,
}

impl Conflict {
    fn new(path: &[&str], item: &Item) -> Self {
        Self {
            path: path.iter().map(|&key| key.to_owned()).collect(),
            span: item.span().unwrap_or_default(),
        }
    }

    fn explain(&self, text: &str) -> String {
        let (line, _) = position(text, self.span.start);
        let name = self.path.join(".");
        let value = text.get(self.span.clone()).unwrap_or_default();
        // A table is named; only a value is quoted.
        if value.starts_with('[') || value.contains('\n') {
            return format!("`{}` in line {line}", printable(&name));
        }
        let both = format!("{name} = {value}");
        format!("`{}` in line {line}", printable(&masked(&both)))
    }
}

/// Everything that makes Cargo ask somebody else for what the settings are about.
fn conflicts(document: &Document<&str>, settings: &[Setting]) -> Vec<Conflict> {
    let mut conflicts = Vec::new();
    for setting in settings {
        let [outer, inner] = &setting.table;
        let table = table(document, setting);
        let mut report = |key: &str| {
            if let Some(item) = table.and_then(|table| table.get(key)) {
                conflicts.push(Conflict::new(&[outer, inner, key], item));
            }
        };
        if !is_there(document, setting) {
            report(setting.key);
        }
        if outer == "source" {
            // What is to be written defines the source; anything beside it would contradict it.
            let wanted = |key: &str| settings.iter().any(|other| other.is(&setting.table, key));
            DEFINITIONS.into_iter().filter(|key| !wanted(key)).for_each(&mut report);
            // Cargo looks for a source of the replacement's name before it looks for a registry.
            let replacement = Some(&setting.value).filter(|_| setting.key == "replace-with");
            let sources = document.get(outer);
            if let Some((name, item)) =
                replacement.and_then(|name| Some((name, sources?.get(name)?)))
            {
                conflicts.push(Conflict::new(&[outer, name], item));
            }
        }
    }
    conflicts
}

fn table<'a>(document: &'a Document<&str>, setting: &Setting) -> Option<&'a dyn TableLike> {
    let [outer, inner] = &setting.table;
    document.get(outer)?.get(inner)?.as_table_like()
}

fn is_there(document: &Document<&str>, setting: &Setting) -> bool {
    let value = table(document, setting).and_then(|table| table.get(setting.key));
    value.and_then(Item::as_str) == Some(&setting.value)
}

fn edit(
    mut document: DocumentMut,
    in_the_way: &[Vec<String>],
    settings: &[Setting],
) -> anyhow::Result<String> {
    for path in in_the_way {
        // What gets a new value keeps its place and its comments.
        if !settings.iter().any(|setting| path.join(".") == setting.name()) {
            remove(document.as_table_mut(), path);
        }
    }
    let at_the_end = settings.iter().find(|setting| !document.contains_key(&setting.table[0]));
    for setting in settings {
        setting.write_into(&mut document)?;
    }
    if let Some(Setting { table: [outer, inner], .. }) = at_the_end {
        // Comments at the end of the file belong to what stands before them.
        let trailing = document.trailing().as_str().unwrap_or_default().to_owned();
        let new = document.get_mut(outer).and_then(|table| table.get_mut(inner));
        if let Some(new) = new.and_then(Item::as_table_mut).filter(|_| !trailing.trim().is_empty())
        {
            new.decor_mut().set_prefix(format!("{}\n\n", trailing.trim_end()));
            document.set_trailing("");
        }
    }
    Ok(document.to_string())
}

fn remove(table: &mut dyn TableLike, path: &[String]) {
    match path {
        [] => {}
        [key] => drop(table.remove(key)),
        [key, rest @ ..] => {
            if let Some(inner) = table.get_mut(key).and_then(Item::as_table_like_mut) {
                remove(inner, rest);
            }
        }
    }
}

/// With line and column. The line itself is not quoted: it may hold a token.
fn explain(text: &str, error: &TomlError) -> anyhow::Error {
    let (line, column) = position(text, error.span().map_or(0, |span| span.start));
    anyhow::anyhow!("line {line}, column {column}: {}", error.message())
}

/// Line and column, counted from 1, of a place in a text.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests;

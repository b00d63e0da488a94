use toml_edit::{Item, Key, Table};

use super::entry::name_in;
use super::layout::Layout;
use super::refusal::Why;
use super::splice::Splices;
use crate::report::SourceKey;

/// Writes the table `[replace]` as `[patch.<source>]`, and each key without its version.
///
/// Refused where a key names another source, where two versions of one package are replaced (each
/// needs a name of its own) and where there is a `[patch]`: Cargo takes no manifest with both, so
/// that such a manifest has never been built.
pub(super) fn modernise(text: &str, source: &SourceKey) -> Result<String, Why> {
    let layout = Layout::parse(text)?;
    let document = layout.document();
    let (key, item) = document.get_key_value("replace").ok_or(Why::Changed)?;
    let table = item.as_table().filter(|table| !table.is_dotted()).ok_or(BY_HAND)?;
    let shown = source.to_string();
    if shown.contains("***") {
        return Err(Why::Shape("the source's address has credentials in it"));
    }
    if document.contains_key("patch") {
        return Err(Why::Shape("the manifest has a `[patch]`, too"));
    }
    let mut names: Vec<_> = table.iter().map(|(key, _)| name_in(key)).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err(Why::Shape("two versions of one package are replaced"));
    }
    if table.iter().any(|(key, _)| source_of(key) != *source) {
        return Err(Why::Shape("the replaced packages come from several sources"));
    }
    let target = format!("patch.{}", Key::new(shown));
    let mut splices = Splices::default();
    if !table.is_implicit() {
        splices.replace(key.span().ok_or(BY_HAND)?, target.clone());
    }
    for (key, _) in table.iter() {
        let (key, item) = table.get_key_value(key).ok_or(Why::Changed)?;
        let name = Key::new(name_in(key.get())).to_string();
        match item {
            Item::Table(entry) if !entry.is_dotted() => {
                let header = entry.span().ok_or(BY_HAND)?;
                splices.replace(header, format!("[{target}.{name}]"));
            }
            Item::Table(entry) => dotted(text, entry, &name, &mut splices)?,
            _ => splices.replace(key.span().ok_or(BY_HAND)?, name),
        }
    }
    Ok(splices.apply(text))
}

const BY_HAND: Why = Why::Shape("`replace` is written with dotted keys or inline");

/// Each line of `"a:1.0.0".git = ...` begins with the key.
fn dotted(text: &str, entry: &Table, name: &str, splices: &mut Splices) -> Result<(), Why> {
    for (key, item) in entry.iter() {
        let (key, _) = entry.get_key_value(key).ok_or(Why::Changed)?;
        let span = key.span().filter(|_| item.is_value()).ok_or(BY_HAND)?;
        let start = super::lines::start(text, span.start);
        let line = text.get(start..span.start).unwrap_or_default();
        let indent = line.len() - line.trim_start().len();
        splices.replace(start + indent..span.start, format!("{name}."));
    }
    Ok(())
}

fn source_of(key: &str) -> SourceKey {
    key.rsplit_once('#').map_or(SourceKey::CratesIo, |(url, _)| SourceKey::of_url(url))
}

/// What a table of replacements means as patches.
pub(super) fn meaning(document: &mut toml::Table, source: &SourceKey) {
    let Some(toml::Value::Table(replaced)) = document.remove("replace") else { return };
    let entries = replaced.into_iter().map(|(key, value)| (name_in(&key).to_owned(), value));
    let patched =
        toml::Table::from_iter([(source.to_string(), toml::Value::Table(entries.collect()))]);
    document.insert("patch".to_owned(), toml::Value::Table(patched));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_replacements_becomes_a_table_of_patches() {
        let text = "# old\n[replace] # all\n\"a:1.0.0\" = { path = \"a\" } # why\nb.path = \"b\"\n\n\
                    [replace.\"c@2.0.0\"]\npath = \"c\"\n";
        assert_eq!(
            modernise(text, &SourceKey::CratesIo).unwrap(),
            "# old\n[patch.crates-io] # all\na = { path = \"a\" } # why\nb.path = \"b\"\n\n\
             [patch.crates-io.c]\npath = \"c\"\n"
        );
    }

    #[test]
    fn another_source_is_named_by_its_address() {
        let source = SourceKey::of_url("https://git.example/x");
        let text = "[replace]\n\"https://git.example/x#a:1.0.0\" = { path = \"a\" }\n";
        let patched = "[patch.\"https://git.example/x\"]\na = { path = \"a\" }\n";
        assert_eq!(modernise(text, &source).unwrap(), patched);
    }

    #[test]
    fn what_no_one_table_of_patches_can_say_is_refused() {
        for text in [
            "[replace]\n\"a:1.0.0\" = { path = \"a\" }\n\"a:2.0.0\" = { path = \"b\" }\n",
            "[replace]\n\"a:1.0.0\" = { path = \"a\" }\n\"https://e.org/x#b:1.0.0\" = { path = \"b\" }\n",
            "[replace]\n\"a:1.0.0\" = { path = \"a\" }\n[patch.crates-io]\nb = { path = \"b\" }\n",
            "replace.\"a:1.0.0\" = { path = \"a\" }\n",
        ] {
            assert!(matches!(modernise(text, &SourceKey::CratesIo), Err(Why::Shape(_))), "{text}");
        }
    }
}

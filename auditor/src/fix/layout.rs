use std::ops::Range;

use toml_edit::{Document, Item, Key, Table, TableLike};

use super::refusal::Why;

/// Where everything stands in a text that is TOML. All ranges are bytes.
pub(super) struct Layout<'t> {
    pub(super) text: &'t str,
    document: Document<&'t str>,
}

/// One key, what stands behind it, and how it is written.
#[derive(Clone, Copy)]
pub(super) struct Spot<'d> {
    pub(super) key: &'d Key,
    pub(super) item: &'d Item,
    /// How many entries its table has.
    pub(super) among: usize,
    /// The table with a header, where it stands in one.
    pub(super) under: Option<&'d Table>,
    /// Whether it stands between the braces of an inline table.
    pub(super) in_braces: bool,
}

impl<'t> Layout<'t> {
    pub(super) fn parse(text: &'t str) -> Result<Self, Why> {
        let document = Document::parse(text).map_err(|_| Why::Changed)?;
        Ok(Self { text, document })
    }

    pub(super) fn document(&self) -> &Table {
        self.document.as_table()
    }

    /// What stands under these keys.
    pub(super) fn spot(&self, keys: &[String]) -> Option<Spot<'_>> {
        let mut table: &dyn TableLike = self.document.as_table();
        let mut under = None;
        let mut in_braces = false;
        let mut found = None;
        for key in keys {
            // The last one was a value: it has nothing below it.
            if let Some(Spot { item, .. }) = found {
                table = Item::as_table_like(item)?;
                under = item.as_table();
                in_braces |= item.is_inline_table() && !table.is_dotted();
            }
            let (key, item) = table.get_key_value(key)?;
            found = Some(Spot { key, item, among: table.len(), under, in_braces });
        }
        found
    }
}

impl Spot<'_> {
    /// The ranges that it takes up in a document: one for a line, several for dotted keys, one for
    /// each header with what stands below it.
    pub(super) fn pieces(&self) -> Option<Vec<Range<usize>>> {
        let mut pieces = Vec::new();
        collect(self.key, self.item, &mut pieces)?;
        pieces.sort_by_key(|piece| piece.start);
        Some(pieces)
    }
}

fn collect(key: &Key, item: &Item, pieces: &mut Vec<Range<usize>>) -> Option<()> {
    match item {
        Item::Value(toml_edit::Value::InlineTable(table)) if table.is_dotted() => {
            for (key, _) in table.iter() {
                let (key, item) = TableLike::get_key_value(table, key)?;
                collect(key, item, pieces)?;
            }
        }
        Item::Value(value) => pieces.push(key.span()?.start..value.span()?.end),
        Item::Table(table) => {
            let headed = !table.is_dotted() && !table.is_implicit();
            let mut below = Vec::new();
            for (key, _) in table.iter() {
                let (key, item) = table.get_key_value(key)?;
                let own = item.is_value() || item.as_table().is_some_and(Table::is_dotted);
                // What has a header of its own is a piece of its own.
                collect(key, item, if own && headed { &mut below } else { pieces })?;
            }
            if headed {
                let header = table.span()?;
                let end = below.iter().map(|piece| piece.end).max().unwrap_or(header.end);
                pieces.push(header.start..end);
            }
        }
        // No entry that is edited is an array of tables, or has one in it.
        Item::None | Item::ArrayOfTables(_) => return None,
    }
    Some(())
}

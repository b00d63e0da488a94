//! TOML as the scanner reads it: each file parsed once, values with their places.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::text::Text;
use crate::report::Span;

pub(crate) type Table<'i> = DeTable<'i>;
pub(crate) type Value<'i> = Spanned<DeValue<'i>>;
type Key<'i> = Spanned<std::borrow::Cow<'i, str>>;

/// Why a text is no TOML (1.1), and where.
#[derive(Debug)]
pub(crate) struct SyntaxError {
    pub(crate) message: String,
    pub(crate) span: Span,
}

/// Parses a document. Nesting is bounded by the parser: more than 80 brackets, or dotted keys of
/// more than 80 parts, are an error.
pub(crate) fn parse<'i>(text: &Text<'i>) -> Result<Table<'i>, SyntaxError> {
    match DeTable::parse(text.as_str()) {
        Ok(table) => Ok(table.into_inner()),
        Err(error) => Err(SyntaxError {
            message: format!("it is no TOML: {}", error.message()),
            span: error.span().map_or(Span::START, |range| text.span(range)),
        }),
    }
}

/// The table under `key`; `None` where there is none or something else.
pub(crate) fn table<'t, 'i>(table: &'t Table<'i>, key: &str) -> Option<&'t Table<'i>> {
    table.get(key)?.get_ref().as_table()
}

/// The string under `key`.
pub(crate) fn string<'t>(table: &'t Table<'_>, key: &str) -> Option<&'t str> {
    table.get(key)?.get_ref().as_str()
}

/// The strings of the array under `key`, with where each stands. Anything else in the array is
/// passed over: Cargo refuses such a file itself.
pub(crate) fn strings<'t>(
    table: &'t Table<'_>,
    key: &str,
) -> impl Iterator<Item = (&'t str, Range<usize>)> {
    let items = table.get(key).and_then(|value| value.get_ref().as_array());
    items
        .into_iter()
        .flat_map(|items| items.iter())
        .filter_map(|item| Some((item.get_ref().as_str()?, item.span())))
}

/// The bytes that an entry takes up: its key and its value, or for a `[header]` the header and
/// what stands below it.
pub(crate) fn entry_range(key: &Key<'_>, value: &Value<'_>) -> Range<usize> {
    let mut range = key.span();
    range.start = range.start.min(value.span().start);
    range.end = range.end.max(value.span().end);
    // Dotted keys and headers: the value's own place is only where it was first named.
    if let DeValue::Table(children) = value.get_ref()
        && value.span().end <= key.span().end.saturating_add(2)
    {
        for (key, value) in children {
            range.end = range.end.max(key.span().end).max(value.span().end);
        }
    }
    range
}

/// The entries of a table with where each stands.
pub(crate) fn entries<'t, 'i>(
    table: &'t Table<'i>,
) -> impl Iterator<Item = (&'t str, &'t Value<'i>, Range<usize>)> {
    table.iter().map(|(key, value)| (key.get_ref().as_ref(), value, entry_range(key, value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slices(toml: &str, table_key: &str) -> Vec<String> {
        let text = Text::new(toml);
        let document = parse(&text).unwrap();
        entries(table(&document, table_key).unwrap())
            .map(|(_, _, range)| toml[range].to_owned())
            .collect()
    }

    #[test]
    fn an_entry_is_its_key_and_its_value_however_it_is_written() {
        let line = "[d]\na = { git = \"x\" } # why\nb = \"1\"\n";
        assert_eq!(slices(line, "d"), ["a = { git = \"x\" }", "b = \"1\""]);
        let header = "[d.a]\ngit = \"x\"\nrev = \"y\"\n\n[d.b]\npath = \"z\"\n";
        assert_eq!(slices(header, "d"), ["[d.a]\ngit = \"x\"\nrev = \"y\"", "[d.b]\npath = \"z\""]);
        let dotted = "[d]\na.git = \"x\"\na.rev = \"y\"\n";
        assert_eq!(slices(dotted, "d"), ["a.git = \"x\"\na.rev = \"y\""]);
        let toml_1_1 = "[d]\na = {\n  git = \"x\", # a comment\n}\n";
        assert_eq!(slices(toml_1_1, "d"), ["a = {\n  git = \"x\", # a comment\n}"]);
    }

    #[test]
    fn bad_input_41_deep_nesting_and_floods_of_dots_are_errors() {
        let deep_array = format!("a = {}{}", "[".repeat(100_000), "]".repeat(100_000));
        let deep_table = format!("a = {}1{}", "{a=".repeat(100_000), "}".repeat(100_000));
        let dots = format!("{}a = 1", "a.".repeat(100_000));
        let header = format!("[{}a]", "a.".repeat(100_000));
        for hostile in [deep_array, deep_table, dots, header] {
            assert!(parse(&Text::new(&hostile)).is_err());
        }
    }

    #[test]
    fn bad_input_41_the_deepest_accepted_document_is_freed_within_a_scanning_threads_stack() {
        let dots = "a.".repeat(79);
        let deepest =
            format!("[{dots}a]\n{}{dots}a=1{}", format!("{dots}a={{").repeat(78), "}".repeat(78));
        let accepted = std::thread::Builder::new()
            .stack_size(crate::limits::STACK)
            .spawn(move || parse(&Text::new(&deepest)).is_ok())
            .unwrap()
            .join()
            .unwrap();
        assert!(accepted, "the bound on nesting has become tighter: limits::STACK can shrink");
    }
}

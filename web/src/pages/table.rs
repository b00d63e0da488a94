use askama::Template;

use super::outside as filters;

/// A table as most pages show one: a heading for each column, and for each row in its first cell.
#[derive(Debug, Default, Template)]
#[template(path = "table.html")]
pub(super) struct Table {
    /// What it is called, for those who do not see it.
    pub(super) name: &'static str,
    pub(super) columns: Vec<&'static str>,
    pub(super) rows: Vec<Vec<Cell>>,
    pub(super) cut: Option<Cut>,
}

/// A cell. Its text comes from outside, whatever it is.
#[derive(Debug, Default)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) link: Option<String>,
    /// The stylesheet's name for it.
    pub(super) class: &'static str,
}

/// What is not shown.
#[derive(Debug)]
pub(super) struct Cut {
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) of: usize,
    /// Where the next rows are.
    pub(super) next: Option<String>,
}

impl Cell {
    pub(super) fn new(text: impl ToString) -> Self {
        Self { text: text.to_string(), ..Self::default() }
    }

    pub(super) fn linked(text: impl ToString, link: String) -> Self {
        Self { text: text.to_string(), link: Some(link), class: "" }
    }

    pub(super) fn class(self, class: &'static str) -> Self {
        Self { class, ..self }
    }
}

/// The rows from one on, as many as a page shows. `page` is the address of the page that begins with
/// a row.
pub(super) fn cut<T>(
    rows: &[T],
    from: usize,
    most: usize,
    page: impl Fn(usize) -> String,
) -> (&[T], Option<Cut>) {
    let shown = rows.get(from..).unwrap_or_default();
    let shown = shown.get(..most).unwrap_or(shown);
    let last = from + shown.len();
    let whole = from == 0 && last == rows.len();
    let next = (last < rows.len()).then(|| page(last));
    let cut = Cut { first: from + 1, last, of: rows.len(), next };
    (shown, (!whole).then_some(cut))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_shown_is_said_and_can_be_had() {
        let rows: Vec<_> = (0..5).collect();
        let page = |from| format!("?from={from}");
        assert!(cut(&rows, 0, 5, page).1.is_none());
        let (shown, first) = cut(&rows, 0, 2, page);
        let first = first.unwrap();
        assert_eq!((shown, first.first, first.last, first.of), (&[0, 1][..], 1, 2, 5));
        assert_eq!(first.next.as_deref(), Some("?from=2"));
        let (shown, last) = cut(&rows, 4, 2, page);
        assert_eq!((shown, last.unwrap().next), (&[4][..], None));
        assert!(cut(&rows, 99, 2, page).0.is_empty());
    }
}

use std::borrow::Borrow;

use askama::Template;
use depaudit_model::terminal::is_hostile;
use depaudit_model::{TeamId, Timestamp};
use depaudit_portfolio::report::Place;

use super::advice::Advice;
use super::frame::Site;
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
#[derive(Debug, Clone, Default)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) link: Option<String>,
    /// What stands behind it, each after a comma.
    pub(super) more: Vec<Part>,
    /// A command or a line of a file, which stands at its end.
    pub(super) code: Option<String>,
    /// The stylesheet's name for it.
    pub(super) class: &'static str,
}

/// One of several things in a cell.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) text: String,
    pub(super) link: Option<String>,
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

/// How much of a list a page shows; what comes first ends it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Most {
    pub(super) rows: usize,
    pub(super) bytes: usize,
}

/// What a table shows. A page has four tables at most, and no page shall have more than 300 KB.
const TABLE: Most = Most { rows: 200, bytes: 50_000 };

/// What each of a page's many tables shows: no page has more than ten.
const BRIEF: Most = Most { rows: 60, bytes: 20_000 };

/// How many names of a list a cell shows.
const NAMED: usize = 12;

/// How many characters of a text a cell shows. The exports have it whole.
const SHOWN: usize = 1_000;

impl Cell {
    pub(super) fn new(text: impl ToString) -> Self {
        Self { text: shown(text.to_string()), ..Self::default() }
    }

    pub(super) fn linked(text: impl ToString, link: String) -> Self {
        Self { link: Some(link), ..Self::new(text) }
    }

    /// A folder of a repository; its own is no mere dot.
    pub(super) fn folder(place: &Place) -> Self {
        if place.as_str() == "." { Self::new("the root") } else { Self::new(place) }
    }

    /// A moment, to the second; tables say that it is UTC.
    pub(super) fn time(time: Timestamp) -> Self {
        Self::new(seconds(time)).class("when")
    }

    /// Some teams, each with the link to its page; the first of them, where they are many.
    pub(super) fn teams<'t>(site: &Site, teams: impl IntoIterator<Item = &'t TeamId>) -> Self {
        let mut teams = teams.into_iter();
        let part = |team: &TeamId| Part { text: team.to_string(), link: Some(site.team(team)) };
        let mut parts: Vec<_> = teams.by_ref().take(NAMED).map(part).collect();
        let left_out = teams.count();
        parts.extend((left_out > 0).then(|| Part { text: format!("{left_out} more"), link: None }));
        if parts.is_empty() {
            return Self::new("");
        }
        let Part { text, link } = parts.remove(0);
        Self { text, link, more: parts, ..Self::default() }
    }

    /// A team, with the link to its page.
    pub(super) fn team(site: &Site, team: &TeamId) -> Self {
        Self::linked(team, site.team(team))
    }

    /// The same, and behind it one thing more.
    pub(super) fn and(mut self, text: impl ToString) -> Self {
        self.more.push(Part { text: shown(text.to_string()), link: None });
        self
    }

    /// The same, with its link.
    pub(super) fn and_linked(mut self, text: impl ToString, link: String) -> Self {
        self.more.push(Part { text: shown(text.to_string()), link: Some(link) });
        self
    }

    /// What to do, with the command that does it where there is one.
    pub(super) fn advice(it: Advice) -> Self {
        match it {
            Advice::Words(words) => Self::new(words),
            Advice::Run { lead, command } => Self::new(lead).coded(command),
        }
    }

    /// The same, with a line of code at its end.
    pub(super) fn coded(self, code: impl ToString) -> Self {
        Self { code: Some(shown(code.to_string())), ..self }
    }

    pub(super) fn class(self, class: &'static str) -> Self {
        Self { class, ..self }
    }

    /// About how many bytes of a page it takes.
    fn weight(&self) -> usize {
        let part = |text: &str, link: Option<&str>| 60 + weight(text) + link.map_or(0, weight);
        let more = self.more.iter().map(|it| part(&it.text, it.link.as_deref()));
        let code = self.code.as_deref().map_or(0, |it| 60 + weight(it));
        part(&self.text, self.link.as_deref()) + more.sum::<usize>() + code
    }
}

/// A moment as tables show it, to the second.
pub(super) fn seconds(time: Timestamp) -> String {
    let text = time.to_string();
    text.get(..19).unwrap_or(&text).replace('T', " ")
}

fn shown(text: String) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => {
            let (shown, more) = text.split_at(end);
            format!("{shown}… and {} characters more", more.chars().count())
        }
        None => text,
    }
}

/// How many bytes a text takes once it is escaped.
pub(super) fn weight(text: &str) -> usize {
    let of = |letter: char| match letter {
        '<' | '>' | '&' | '"' | '\'' => 5,
        letter if is_hostile(letter) => 10,
        letter => letter.len_utf8(),
    };
    text.chars().map(of).sum()
}

/// How many bytes a row takes: its cells, and before each the heading of its column for narrow screens.
fn row_weight(columns: &[&'static str], row: &[Cell]) -> usize {
    let headings: usize = columns.iter().map(|title| title.len() + 12).sum();
    headings + row.iter().map(Cell::weight).sum::<usize>()
}

impl Table {
    /// The heading that a cell repeats on a narrow screen; an empty one repeats none.
    fn heading(&self, cell: &Cell, column: impl Borrow<usize>) -> Option<&'static str> {
        let says = !cell.text.is_empty() || !cell.more.is_empty() || cell.code.is_some();
        self.columns.get(*column.borrow()).copied().filter(|_| says)
    }

    /// The rows from one on, as many as a table shows. `page` is the address of the page that begins
    /// with a row, where there is one.
    pub(super) fn of<T>(
        name: &'static str,
        columns: Vec<&'static str>,
        rows: &[T],
        from: usize,
        cells: impl Fn(&T) -> Vec<Cell>,
        page: impl Fn(usize) -> Option<String>,
    ) -> Self {
        let weight = |row: &Vec<Cell>| row_weight(&columns, row);
        let (rows, cut) = cut(rows, from, TABLE, cells, weight, page);
        Self { name, columns, rows, cut }
    }

    /// The first rows, where a page has many tables: the exports have the others.
    pub(super) fn brief<T>(
        name: &'static str,
        columns: Vec<&'static str>,
        rows: &[T],
        cells: impl Fn(&T) -> Vec<Cell>,
    ) -> Self {
        let weight = |row: &Vec<Cell>| row_weight(&columns, row);
        let (rows, cut) = cut(rows, 0, BRIEF, cells, weight, |_| None);
        Self { name, columns, rows, cut }
    }
}

/// The rows from one on, as they are shown, as many as a page takes; never none of a list that has
/// any. A page that is no more, as the list has become shorter, is the first one.
pub(super) fn cut<T, R>(
    rows: &[T],
    from: usize,
    most: Most,
    row: impl Fn(&T) -> R,
    weight: impl Fn(&R) -> usize,
    page: impl Fn(usize) -> Option<String>,
) -> (Vec<R>, Option<Cut>) {
    let from = if from < rows.len() { from } else { 0 };
    let mut shown = Vec::new();
    let mut bytes = 0;
    for row in rows.iter().skip(from).take(most.rows).map(row) {
        bytes += weight(&row);
        if bytes > most.bytes && !shown.is_empty() {
            break;
        }
        shown.push(row);
    }
    let last = from + shown.len();
    let whole = from == 0 && last == rows.len();
    let next = if last < rows.len() { page(last) } else { None };
    let cut = Cut { first: from + 1, last, of: rows.len(), next };
    (shown, (!whole).then_some(cut))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE: [usize; 5] = [0, 1, 2, 3, 4];

    fn shown(from: usize, most: Most) -> (Vec<usize>, Option<Cut>) {
        let page = |from| Some(format!("?from={from}"));
        cut(&FIVE, from, most, |row| *row, |_| 10, page)
    }

    #[test]
    fn what_is_not_shown_is_said_and_can_be_had() {
        let most = |rows| Most { rows, bytes: 1_000 };
        assert!(shown(0, most(5)).1.is_none());
        let (rows, first) = shown(0, most(2));
        let first = first.unwrap();
        assert_eq!((rows, first.first, first.last, first.of), (vec![0, 1], 1, 2, 5));
        assert_eq!(first.next.as_deref(), Some("?from=2"));
        let (rows, last) = shown(4, most(2));
        assert_eq!((rows, last.unwrap().next), (vec![4], None));
    }

    #[test]
    fn a_page_that_is_no_more_begins_anew_however_far_it_was() {
        let most = Most { rows: 2, bytes: 1_000 };
        for from in [5, usize::MAX] {
            assert_eq!(shown(from, most).0, [0, 1]);
        }
    }

    #[test]
    fn large_rows_end_a_page_early_and_one_is_always_there() {
        assert_eq!(shown(0, Most { rows: 5, bytes: 25 }).0, [0, 1]);
        let (rows, cut) = shown(1, Most { rows: 5, bytes: 1 });
        assert_eq!((rows, cut.unwrap().next.as_deref()), (vec![1], Some("?from=2")));
    }

    #[test]
    fn a_cell_of_many_teams_links_the_first_and_counts_the_others() {
        let site = Site::at("https://h.example/deps".parse().unwrap());
        let teams: Vec<TeamId> = (0..14).map(|one| format!("t{one}").parse().unwrap()).collect();
        let rows =
            [Cell::teams(&site, &teams), Cell::teams(&site, []), Cell::team(&site, &teams[0])];
        let table = Table::of("Teams", vec!["Teams"], &rows, 0, |it| vec![it.clone()], |_| None);
        let page = table.render().unwrap();
        assert_eq!(page.matches("href=\"/deps/team/t").count(), NAMED + 1, "{page}");
        assert!(page.contains("</a>, <bdi>2 more</bdi></th>"), "{page}");
    }

    #[test]
    fn bad_input_45_what_escaping_adds_is_counted() {
        let rows = vec!["<\u{202e}".repeat(5_000); 300];
        let cells = |row: &String| vec![Cell::new(row), Cell::linked(row, "/x".to_owned())];
        let table = Table::of("Rows", vec!["A", "B"], &rows, 0, cells, |_| None);
        let page = table.render().unwrap();
        // Four of these and the rest of a page have less than 300 KB.
        assert!(page.len() < 65_000, "{}", page.len());
        assert!(page.contains("… and 9000 characters more"), "{page}");
        assert!(!page.contains('\u{202e}'));
        let last = table.rows.len();
        assert!(page.contains(&format!("1 to {last} of 300.")), "{page}");
    }
}

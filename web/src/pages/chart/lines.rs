use std::fmt::Write as _;

use askama::Template;

use super::super::outside as filters;

/// How some counts went over the same days: a line each, one below the other, so that no colour has
/// to tell them apart.
#[derive(Debug, Template)]
#[template(path = "lines.svg", escape = "html")]
pub(in super::super) struct Lines {
    /// What the picture shows.
    title: String,
    /// The first and the last day.
    from: String,
    until: String,
    lines: Vec<Drawn>,
    height: usize,
}

/// A count over days.
#[derive(Debug)]
pub(in super::super) struct Line {
    pub(in super::super) label: &'static str,
    /// One for each day.
    pub(in super::super) counts: Vec<usize>,
}

#[derive(Debug)]
struct Drawn {
    label: &'static str,
    first: usize,
    last: usize,
    /// The corners, as SVG has them.
    points: String,
    end: usize,
    /// Where the text stands.
    baseline: usize,
}

/// The height of a line with its room, how much of it the line takes, and from where to where it goes,
/// in the picture's units.
const ROW: usize = 48;
const TALL: usize = 32;
const LEFT: usize = 210;
const WIDE: usize = 350;

impl Lines {
    /// `days` are the first and the last one.
    pub(in super::super) fn new(title: String, days: [String; 2], lines: &[Line]) -> Self {
        let [from, until] = days;
        let drawn = lines.iter().enumerate().map(|(place, line)| Drawn::new(place * ROW, line));
        let height = lines.len() * ROW + 20;
        Self { title, from, until, lines: drawn.collect(), height }
    }
}

impl Drawn {
    fn new(top: usize, line: &Line) -> Self {
        let most = line.counts.iter().copied().max().unwrap_or(0).max(1);
        let steps = line.counts.len().saturating_sub(1).max(1);
        let height_of = |count: usize| top + 8 + TALL - count.saturating_mul(TALL) / most;
        let mut points = String::new();
        for (day, count) in line.counts.iter().enumerate() {
            // Writing to a string does not fail.
            let _ = write!(points, "{},{} ", LEFT + day * WIDE / steps, height_of(*count));
        }
        let last = line.counts.last().copied().unwrap_or(0);
        Self {
            label: line.label,
            first: line.counts.first().copied().unwrap_or(0),
            last,
            points: points.trim_end().to_owned(),
            end: height_of(last),
            baseline: top + 28,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_as_its_counts_and_says_where_it_begins_and_ends() {
        let lines = [
            Line { label: "Drift", counts: vec![0, 5, 10] },
            Line { label: "Overrides", counts: vec![0, 0, 0] },
        ];
        let days = ["2026-01-01".to_owned(), "2026-01-03".to_owned()];
        let svg = Lines::new("Two <counts>".to_owned(), days, &lines).render().unwrap();
        assert!(svg.contains("points=\"210,40 385,24 560,8\""), "{svg}");
        assert!(svg.contains("points=\"210,88 385,88 560,88\""), "nothing is at the foot: {svg}");
        assert!(svg.contains(">10</text>") && svg.contains(">Drift</text>"), "{svg}");
        assert!(svg.contains("<title>Two &#60;counts&#62;</title>"), "{svg}");
        assert!(!svg.contains("style="), "{svg}");
    }

    #[test]
    fn one_day_and_no_day_are_drawn_as_well() {
        for counts in [vec![3], vec![]] {
            let lines = [Line { label: "Drift", counts }];
            let svg = Lines::new(String::new(), [String::new(), String::new()], &lines);
            assert!(svg.render().unwrap().contains("<polyline"));
        }
    }
}

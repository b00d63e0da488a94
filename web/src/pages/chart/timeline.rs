use askama::Template;
use depaudit_model::Timestamp;
use depaudit_policy::Day;

use super::super::outside as filters;

/// When things happened: a row for each thing, moments as shapes and times as lines, so that no colour
/// has to tell them apart.
#[derive(Debug, Template)]
#[template(path = "timeline.svg", escape = "html")]
pub(in super::super) struct Timeline {
    /// What the picture shows.
    title: String,
    /// The first and the last day.
    from: String,
    until: String,
    rows: Vec<Drawn>,
    height: usize,
}

/// What a row tells.
#[derive(Debug)]
pub(in super::super) struct Life {
    pub(in super::super) label: String,
    /// When it was made, drawn as a diamond.
    pub(in super::super) made: Option<Timestamp>,
    /// When it was seen first, drawn as a triangle.
    pub(in super::super) seen: Option<Timestamp>,
    /// From when to when it was used, drawn as a line between two dots.
    pub(in super::super) used: Option<(Timestamp, Timestamp)>,
}

/// The same, placed.
#[derive(Debug)]
struct Drawn {
    label: String,
    y: usize,
    made: Option<usize>,
    seen: Option<usize>,
    used: Option<(usize, usize)>,
}

/// The height of a row, and from where to where the time goes, in the picture's units.
const ROW: usize = 24;
const LEFT: usize = 190;
const WIDE: usize = 430;
/// The legend stands above the rows, and the days below.
const LEGEND: usize = 30;
const DAYS: usize = 24;

impl Timeline {
    pub(in super::super) fn new(title: String, lives: &[Life]) -> Self {
        let times = || lives.iter().flat_map(Life::times);
        let from = times().min().unwrap_or(Timestamp::EPOCH);
        let until = times().max().unwrap_or(Timestamp::EPOCH);
        let drawn = lives.iter().enumerate().map(|(place, life)| {
            let at = |time: Timestamp| place_of(time, from, until);
            Drawn {
                label: super::fitting(&life.label, 24),
                y: LEGEND + place * ROW + ROW / 2,
                made: life.made.map(at),
                seen: life.seen.map(at),
                used: life.used.map(|(first, last)| (at(first), at(last))),
            }
        });
        Self {
            title,
            from: Day::of(from).to_string(),
            until: Day::of(until).to_string(),
            rows: drawn.collect(),
            height: LEGEND + lives.len() * ROW + DAYS,
        }
    }
}

impl Life {
    fn times(&self) -> impl Iterator<Item = Timestamp> {
        let used = self.used.into_iter().flat_map(|(first, last)| [first, last]);
        self.made.into_iter().chain(self.seen).chain(used)
    }
}

fn place_of(time: Timestamp, from: Timestamp, until: Timestamp) -> usize {
    let since = |time: Timestamp| u128::from(time.as_millis().abs_diff(from.as_millis()));
    let along = since(time) * WIDE as u128 / since(until).max(1);
    LEFT + usize::try_from(along).unwrap_or(WIDE).min(WIDE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: &str) -> Timestamp {
        format!("{day}T00:00:00Z").parse().unwrap()
    }

    #[test]
    fn bad_input_45_moments_are_shapes_at_their_place_and_labels_are_text() {
        let lives = [
            Life {
                label: "1.0.0".to_owned(),
                made: Some(day("2026-01-01")),
                seen: Some(day("2026-01-06")),
                used: None,
            },
            Life {
                label: "</svg><script>".to_owned(),
                made: None,
                seen: None,
                used: Some((day("2026-01-06"), day("2026-01-11"))),
            },
        ];
        let svg = Timeline::new("When <it> came".to_owned(), &lives).render().unwrap();
        // The first day stands at the left end, the last at the right one.
        assert!(svg.contains("M184 42l6-6l6 6l-6 6z"), "{svg}");
        assert!(svg.contains("M405 66H620") && svg.contains("cx=\"620\""), "{svg}");
        assert!(svg.contains(">2026-01-01</text>") && svg.contains(">2026-01-11</text>"), "{svg}");
        assert!(!svg.contains("<script") && !svg.contains("style="), "{svg}");
        assert_eq!(svg.matches("</svg>").count(), 1, "{svg}");
    }

    #[test]
    fn one_moment_and_none_are_drawn_as_well() {
        let at = Some(day("2026-01-01"));
        let one = [Life { label: String::new(), made: at, seen: at, used: None }];
        for lives in [&one[..], &[]] {
            assert!(Timeline::new(String::new(), lives).render().unwrap().contains("</svg>"));
        }
    }
}

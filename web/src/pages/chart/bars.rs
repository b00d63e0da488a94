use askama::Template;

use super::super::outside as filters;

/// Bars that lie one below the other, each with its value in words.
#[derive(Debug, Template)]
#[template(path = "bars.svg", escape = "html")]
pub(in super::super) struct Bars {
    /// What the picture shows.
    title: String,
    bars: Vec<Drawn>,
    height: usize,
}

/// What a bar stands for.
#[derive(Debug)]
pub(in super::super) struct Bar {
    pub(in super::super) label: String,
    pub(in super::super) length: u64,
    pub(in super::super) value: String,
}

#[derive(Debug)]
struct Drawn {
    label: String,
    value: String,
    y: usize,
    width: u64,
}

/// The height of a row, and how wide the longest bar is, in the picture's units.
const ROW: usize = 26;
const WIDEST: u64 = 300;

impl Bars {
    pub(in super::super) fn new(title: String, bars: &[Bar]) -> Self {
        let longest = bars.iter().map(|bar| bar.length).max().unwrap_or(0).max(1);
        let drawn = bars.iter().enumerate().map(|(place, bar)| Drawn {
            label: super::fitting(&bar.label, 20),
            value: bar.value.clone(),
            y: place * ROW,
            // What is not nothing is seen.
            width: (bar.length.saturating_mul(WIDEST) / longest).max(u64::from(bar.length > 0) * 2),
        });
        Self { title, bars: drawn.collect(), height: bars.len() * ROW }
    }
}

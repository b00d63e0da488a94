use std::ops::Range;

/// Replacements of parts of a text that do not overlap.
#[derive(Debug, Default)]
pub(super) struct Splices(Vec<(Range<usize>, String)>);

impl Splices {
    pub(super) fn replace(&mut self, range: Range<usize>, with: impl Into<String>) {
        self.0.push((range, with.into()));
    }

    pub(super) fn remove(&mut self, range: Range<usize>) {
        self.replace(range, "");
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text with all replacements made. Where two overlap, the first wins.
    pub(super) fn apply(mut self, text: &str) -> String {
        self.0.sort_by_key(|(range, _)| range.start);
        let mut result = String::with_capacity(text.len());
        let mut done = 0;
        for (range, with) in self.0 {
            let Some(kept) = text.get(done..range.start) else { continue };
            result.push_str(kept);
            result.push_str(&with);
            done = range.end;
        }
        result.push_str(text.get(done..).unwrap_or_default());
        result
    }
}

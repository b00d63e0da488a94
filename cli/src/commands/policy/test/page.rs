use std::io::{self, Write};
use std::path::Path;

use super::case::Decided;

/// The report for people: each failure, then the count.
#[derive(Debug)]
pub(super) struct Page<'p> {
    file: &'p Path,
    cases: usize,
    failed: usize,
}

impl<'p> Page<'p> {
    pub(super) const fn new(file: &'p Path) -> Self {
        Self { file, cases: 0, failed: 0 }
    }

    pub(super) fn count(&mut self, decided: &Decided<'_>) {
        self.cases += 1;
        self.failed += usize::from(!decided.passed());
    }

    pub(super) const fn all_passed(&self) -> bool {
        self.failed == 0
    }

    /// `line` is where the case stands.
    pub(super) fn failure(
        &self,
        out: &mut impl Write,
        line: usize,
        decided: &Decided<'_>,
    ) -> io::Result<()> {
        writeln!(out, "failed: {} ({}:{line})", decided.title(), self.file.display())?;
        writeln!(out, "  expected  {}", decided.expected_text())?;
        writeln!(out, "  came      {}", decided.came_text())?;
        for why in decided.why() {
            writeln!(out, "  why       {why}")?;
        }
        Ok(())
    }

    pub(super) fn end(&self, out: &mut impl Write) -> io::Result<()> {
        let Self { cases, failed, .. } = self;
        let noun = if *cases == 1 { "case" } else { "cases" };
        writeln!(out, "{cases} {noun}, {failed} failed")
    }
}

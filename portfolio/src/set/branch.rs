use std::cmp::Reverse;

use crate::report::Report;

/// What repositories call the branch that they release from, the most telling name first.
const MAIN: [&str; 3] = ["main", "master", "trunk"];

/// Whether a report speaks for its repository rather than the other one. A feature branch that was
/// scanned last does not: its drift is nobody's yet.
pub(super) fn speaks_before(report: &Report, other: &Report) -> bool {
    let rank = |report: &Report| {
        let branch = report.origin.branch.as_str();
        let main = MAIN.iter().position(|main| *main == branch).unwrap_or(MAIN.len());
        // Of one moment, one has to be chosen whatever the order in which they came.
        (main, Reverse(report.time), report.origin.clone())
    };
    rank(report) < rank(other)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::Portfolio;
    use crate::report::Report;
    use crate::testing::{Drawn, report};

    fn of(branch: &str, time: &str) -> Arc<Report> {
        let mut report = report("payments", Drawn::new("shop"));
        report.origin.branch = branch.parse().unwrap();
        report.time = time.parse().unwrap();
        Arc::new(report)
    }

    #[test]
    fn bad_input_48_out_of_order_the_newest_report_of_the_main_branch_speaks() {
        let old = of("main", "2026-01-01T00:00:00Z");
        let new = of("main", "2026-02-01T00:00:00Z");
        let feature = of("feat/x", "2026-03-01T00:00:00Z");
        for order in [[&old, &new, &feature], [&feature, &new, &old], [&new, &feature, &old]] {
            let portfolio = Portfolio::new(order.map(Arc::clone));
            assert_eq!(portfolio.reports(), [Arc::clone(&new)]);
        }
        let alone = Portfolio::new([Arc::clone(&feature), of("feat/y", "2026-01-01T00:00:00Z")]);
        assert_eq!(alone.reports(), [feature]);
    }
}

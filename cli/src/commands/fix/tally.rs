use depaudit_auditor::fix::{Fix, Outcome};
use depaudit_auditor::report::{Finding, ScanReport, TeamName};
use depaudit_policy::Level;

/// Every finding, by what happens to it.
#[derive(Debug)]
pub(super) struct Tally<'r> {
    /// Those whose fixes are asked for.
    pub(super) chosen: Vec<Chosen<'r>>,
    /// What became of them, once that is known.
    pub(super) outcomes: Vec<Outcome>,
    /// Those whose fixes nobody asked for.
    pub(super) need_unsafe: Vec<Chosen<'r>>,
    /// How many have no fix.
    pub(super) without: usize,
}

/// A finding that can be mended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chosen<'r> {
    pub(super) finding: &'r Finding,
    pub(super) fix: &'r Fix,
    pub(super) team: &'r TeamName,
}

impl<'r> Tally<'r> {
    pub(super) fn new(report: &'r ScanReport, also_unsafe: bool) -> Self {
        let (mut chosen, mut need_unsafe, mut without) = (Vec::new(), Vec::new(), 0);
        // What somebody has accepted is not a mistake to mend.
        let open =
            |finding: &&Finding| finding.level != Level::Allow && finding.waived_by.is_none();
        for finding in report.findings.iter().filter(open) {
            let first = finding.locations.first();
            let team = finding.team.as_ref().or_else(|| first?.team.as_ref());
            match (&finding.fix, team) {
                (Some(fix), Some(team)) => {
                    let asked = fix.safe || also_unsafe;
                    let list = if asked { &mut chosen } else { &mut need_unsafe };
                    list.push(Chosen { finding, fix, team });
                }
                _ => without += 1,
            }
        }
        Self { chosen, outcomes: Vec::new(), need_unsafe, without }
    }

    /// `outcomes`: of each chosen fix, in their order.
    pub(super) fn decide(&mut self, outcomes: Vec<Outcome>) {
        self.outcomes = outcomes;
    }

    /// The chosen fixes with what became of them.
    pub(super) fn decided(&self) -> impl Iterator<Item = (&Chosen<'r>, &Outcome)> {
        self.chosen.iter().zip(&self.outcomes)
    }

    pub(super) fn fixed(&self) -> usize {
        self.outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Done(_))).count()
    }

    pub(super) fn has_refusal(&self) -> bool {
        self.fixed() < self.outcomes.len()
    }
}

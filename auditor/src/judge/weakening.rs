use std::collections::BTreeSet;

use crate::report::Finding;
use crate::request::ScanRequest;
use crate::rules::{self, Findings, POLICY_WEAKENED, Sink};

/// POL01: every line of a policy that would loosen an earlier one.
pub(super) fn find(request: &ScanRequest) -> Vec<Finding> {
    let mut raised = Findings::default();
    let mut said = BTreeSet::new();
    for root in &request.teams {
        for weakening in root.policy.weakenings() {
            // Teams with one central policy share what is wrong with it.
            if said.insert((&weakening.local, &weakening.central)) {
                let draft = rules::policy_weakened(root, weakening);
                Sink::new(POLICY_WEAKENED, Some(&root.team), &mut raised).report(draft);
            }
        }
    }
    raised.all
}

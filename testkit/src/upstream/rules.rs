use super::gate::{Barrier, Gate};
use super::{FakeUpstream, Fault, lock, matches};

/// A rule being written: which requests, how often; [`then`](Rule::then) or [`hold`](Rule::hold)
/// puts it into force.
#[derive(Debug)]
#[must_use = "a rule is in force once `then` or `hold` says what happens"]
pub struct Rule<'u> {
    upstream: &'u FakeUpstream,
    pattern: String,
    times: Option<u32>,
}

impl<'u> Rule<'u> {
    pub(super) fn new(upstream: &'u FakeUpstream, pattern: String) -> Self {
        Self { upstream, pattern, times: None }
    }

    /// Limits a fault to so many requests; then well again. It does not limit gates.
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Lets this happen.
    pub fn then(self, fault: impl Into<Fault>) {
        let fault = fault.into();
        lock(&self.upstream.state.rules).faults.push(PlannedFault {
            pattern: self.pattern,
            left: self.times,
            fault,
        });
    }

    /// Lets the requests wait at a gate before anything is answered. What happens then is decided
    /// when the gate opens, faults apart.
    #[must_use = "the gate opens when it is dropped"]
    pub fn hold(self) -> Gate {
        self.bar(None)
    }

    /// Sends the head and so many bytes of the body, and holds the rest back at a gate. A body that
    /// is not longer passes whole once the gate opens, and one that is made as it is sent
    /// ([`Fault::Drip`], [`Fault::EndlessBody`], [`Fault::GzipBomb`]) is not held.
    #[must_use = "the gate opens when it is dropped"]
    pub fn hold_after(self, bytes: usize) -> Gate {
        self.bar(Some(bytes))
    }

    fn bar(self, after: Option<usize>) -> Gate {
        let (gate, barrier) = Gate::new(self.upstream.runtime().handle().clone());
        lock(&self.upstream.state.rules).holds.push(Hold { pattern: self.pattern, after, barrier });
        gate
    }
}

/// What is in force.
#[derive(Debug, Default)]
pub(super) struct Rules {
    faults: Vec<PlannedFault>,
    holds: Vec<Hold>,
}

#[derive(Debug)]
struct PlannedFault {
    pattern: String,
    left: Option<u32>,
    fault: Fault,
}

/// Requests that wait.
#[derive(Debug, Clone)]
pub(super) struct Hold {
    pattern: String,
    /// How many bytes of the body go out before; without it, not even the head does.
    pub(super) after: Option<usize>,
    pub(super) barrier: Barrier,
}

impl Rules {
    /// The oldest fault that matches; one of its times is used up.
    pub(super) fn take_fault(&mut self, path: &str) -> Option<Fault> {
        let at = self
            .faults
            .iter()
            .position(|planned| planned.left != Some(0) && matches(&planned.pattern, path))?;
        let planned = self.faults.get_mut(at)?;
        planned.left = planned.left.map(|left| left - 1);
        Some(planned.fault.clone())
    }

    /// The oldest closed gate that matches.
    pub(super) fn hold(&mut self, path: &str) -> Option<Hold> {
        self.holds.retain(|hold| !hold.barrier.is_open());
        self.holds.iter().find(|hold| matches(&hold.pattern, path)).cloned()
    }

    pub(super) fn heal(&mut self) {
        self.faults.clear();
    }
}

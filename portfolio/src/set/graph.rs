use std::collections::VecDeque;

use crate::report::Workspace;

/// A workspace's graph, turned round: for each node who depends on it.
#[derive(Debug)]
pub(crate) struct Graph {
    /// Where the list of each node begins in `askers`; one more for the end of the last.
    starts: Box<[u32]>,
    askers: Box<[u32]>,
}

/// How nodes reach what was sought, by the fewest edges.
#[derive(Debug, Default)]
pub(crate) struct Reached {
    /// For each node how many edges away, and the next node there; `None` where no way leads.
    steps: Vec<Option<Step>>,
    queue: VecDeque<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Step {
    distance: u32,
    next: u32,
}

impl Graph {
    /// Turns the edges of a workspace round.
    pub(crate) fn new(workspace: &Workspace) -> Self {
        let mut starts = vec![0_u32; workspace.edges.len() + 1];
        for target in workspace.edges.iter().flatten() {
            // Counted one place further, so that the sums below are beginnings.
            if let Some(count) = starts.get_mut(*target as usize + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut next = starts.clone();
        let mut askers = vec![0_u32; sum as usize];
        for (edges, asker) in workspace.edges.iter().zip(0_u32..) {
            for target in edges {
                let Some(place) = next.get_mut(*target as usize) else { continue };
                if let Some(slot) = askers.get_mut(*place as usize) {
                    *slot = asker;
                    *place += 1;
                }
            }
        }
        Self { starts: starts.into(), askers: askers.into() }
    }

    fn nodes(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Who depends on a node, in ascending order.
    fn askers(&self, node: u32) -> &[u32] {
        let node = node as usize;
        let (Some(start), Some(end)) = (self.starts.get(node), self.starts.get(node + 1)) else {
            return &[];
        };
        self.askers.get(*start as usize..*end as usize).unwrap_or_default()
    }

    /// Finds the shortest ways from every node to any of `sought`, breadth first. Of equally short
    /// ones it takes the same whenever it is asked: nodes are visited in the order of their numbers.
    pub(crate) fn reach(&self, sought: &[u32], reached: &mut Reached) {
        reached.steps.clear();
        reached.steps.resize(self.nodes(), None);
        reached.queue.clear();
        for node in sought {
            reached.visit(*node, Step { distance: 0, next: *node });
        }
        while let Some(node) = reached.queue.pop_front() {
            let Some(distance) = reached.distance(node) else { continue };
            for asker in self.askers(node) {
                reached.visit(*asker, Step { distance: distance + 1, next: node });
            }
        }
    }
}

impl Reached {
    fn visit(&mut self, node: u32, step: Step) {
        if let Some(known @ None) = self.steps.get_mut(node as usize) {
            *known = Some(step);
            self.queue.push_back(node);
        }
    }

    fn step(&self, node: u32) -> Option<Step> {
        self.steps.get(node as usize).copied().flatten()
    }

    /// How many edges it takes from a node; `None` where no way leads.
    pub(crate) fn distance(&self, node: u32) -> Option<u32> {
        self.step(node).map(|step| step.distance)
    }

    /// The nodes on the shortest way, from `node` to what was sought; empty where there is none.
    pub(crate) fn path(&self, node: u32) -> Vec<u32> {
        let mut path = Vec::new();
        let mut here = node;
        while let Some(step) = self.step(here) {
            path.push(here);
            if step.distance == 0 {
                break;
            }
            here = step.next;
        }
        path
    }
}

use std::sync::Arc;

use depaudit_ledger::{SealKey, SigningKey};
use depaudit_store::sqlite::SqliteAuditLog;
use depaudit_store::{AuditLog, Seals};
use depaudit_testkit::{CutBefore, SimulatedDisk};
use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::history::{History, assert_consistent, assert_whole, batch};

/// How often the power goes in one life.
const CUTS: usize = 4;
/// How many of the states that a cut may leave are looked at.
const STATES_OF_A_CUT: usize = 4;

/// A log that is written to, loses power and goes on, again and again. All of it but the order in
/// which threads take turns follows from the seed.
#[derive(Debug)]
pub(crate) struct Life {
    seed: u64,
    chance: StdRng,
    plan: Plan,
    disk: SimulatedDisk,
    history: History,
    runtime: Runtime,
    tally: Tally,
}

/// Seals what is written.
#[derive(Debug)]
struct Key(Arc<[SealKey]>);

impl Default for Key {
    fn default() -> Self {
        let name = "example.com/log".parse().expect("a name");
        Self([SigningKey::from_seed(name, [5; 32]).seal_key()].into())
    }
}

impl Seals for Key {
    fn keys(&self) -> Arc<[SealKey]> {
        Arc::clone(&self.0)
    }
}

/// How much is written.
#[derive(Debug, Clone, Copy)]
struct Plan {
    /// At most so many operations before a cut.
    operations: u64,
    /// At most so many batches of one task.
    batches: usize,
    /// At most so many characters in a detail.
    detail: usize,
}

impl Plan {
    /// Enough for a few commits and checkpoints.
    const SHORT: Self = Self { operations: 1 << 10, batches: 8, detail: 100 };
    /// Enough for the checkpoint that SQLite makes by itself in between.
    const LONG: Self = Self { operations: 1 << 14, batches: 100, detail: 1_000 };
}

/// What was seen.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    /// States that a cut left.
    pub(crate) states: u64,
    /// Events in them that had been acknowledged before.
    pub(crate) acknowledged: u64,
    /// Events in them that had not.
    pub(crate) kept: u64,
    /// Cuts during a checkpoint, or right before or after one.
    pub(crate) checkpoints_cut: u64,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.states += other.states;
        self.acknowledged += other.acknowledged;
        self.kept += other.kept;
        self.checkpoints_cut += other.checkpoints_cut;
    }
}

impl std::iter::Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |mut sum, tally| {
            sum += tally;
            sum
        })
    }
}

impl Life {
    pub(crate) fn begin(seed: u64, disk: SimulatedDisk) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let (chance, history) = (StdRng::seed_from_u64(seed), History::default());
        let plan = if seed % 24 == 7 { Plan::LONG } else { Plan::SHORT };
        Self { seed, chance, plan, disk, history, runtime, tally: Tally::default() }
    }

    pub(crate) fn run(mut self) -> Tally {
        for _ in 0..CUTS {
            self.write_until_the_cut();
            self.tally.checkpoints_cut += u64::from(self.disk.was_cut_in_a_checkpoint());
            let mut left = Vec::new();
            for _ in 0..STATES_OF_A_CUT {
                let disk = self.disk.after_the_cut(self.chance.next_u64());
                let history = self.look_at(&disk);
                left.push((disk, history));
            }
            // The next cut meets one of them.
            (self.disk, self.history) = left.swap_remove(0);
        }
        self.tally
    }

    /// Opens the log, has tasks append to it, closes it, in any order, until the power is gone.
    fn write_until_the_cut(&mut self) {
        let cut = self.cut();
        self.disk.cut_power(cut);
        while !self.disk.is_dark() {
            let log =
                match SqliteAuditLog::open_sealed(self.disk.folder(), Arc::new(Key::default())) {
                    Ok(log) => Arc::new(log),
                    Err(error) => {
                        assert!(self.disk.is_dark(), "seed {}: cannot open: {error:?}", self.seed);
                        return;
                    }
                };
            let closes = self.chance.random_bool(0.5);
            self.runtime.block_on(async {
                let mut tasks = JoinSet::new();
                for _ in 0..self.chance.random_range(1..=5) {
                    let chance = StdRng::seed_from_u64(self.chance.next_u64());
                    tasks.spawn(append_some(Arc::clone(&log), chance, self.plan));
                }
                for (acknowledged, unanswered) in tasks.join_all().await {
                    for (first, leaves) in acknowledged {
                        self.history.note_acknowledged(first, leaves);
                    }
                    for leaves in unanswered {
                        self.history.note_unanswered(leaves);
                    }
                }
                if closes {
                    let closed = log.close().await;
                    assert!(closed.is_ok(), "seed {}: {closed:?}", self.seed);
                }
            });
        }
    }

    /// Some cuts come within the first few operations, so while the log is opened, some much later.
    fn cut(&mut self) -> CutBefore {
        let most = self.plan.operations >> self.chance.random_range(0..8);
        match self.chance.random_range(0..3) {
            0 => CutBefore::Operation(self.chance.random_range(0..most)),
            1 => CutBefore::Sync(self.chance.random_range(0..=most / 64)),
            _ => CutBefore::Page(self.chance.random_range(0..=most / 8)),
        }
    }

    /// Opens the log that a cut has left.
    fn look_at(&mut self, disk: &SimulatedDisk) -> History {
        let mut history = self.history.clone();
        self.tally.states += 1;
        self.tally.acknowledged += history.acknowledged_events();
        let log = SqliteAuditLog::open_sealed(disk.folder(), Arc::new(Key::default()));
        let log = log.unwrap_or_else(|error| panic!("seed {}: no log: {error:?}", self.seed));
        self.runtime.block_on(async {
            self.tally.kept += assert_whole(&log, &mut history).await;
            let (edge, head) = log.head().await.expect("a log that is read");
            let sealed = head.is_some_and(|head| head.is_of(&edge, &Key::default().keys()));
            assert!(sealed || edge.size() == 0, "seed {}: a cut is no tampering", self.seed);
            let (records, leaves) = batch(&mut self.chance, self.plan.detail);
            let appended = log.append(records).await.expect("a log that takes events");
            assert_eq!(appended.first, history.acknowledged_events(), "right behind the others");
            // Whether it stays is for the next cut to tell.
            history.note_acknowledged(appended.first, leaves);
        });
        drop(log);
        assert_consistent(disk.folder());
        history
    }
}

type Written = (Vec<(u64, Vec<Vec<u8>>)>, Vec<Vec<Vec<u8>>>);

/// Appends batches: those that were acknowledged, and the one that failed.
async fn append_some(log: Arc<SqliteAuditLog>, mut chance: StdRng, plan: Plan) -> Written {
    let mut acknowledged = Vec::new();
    for _ in 0..chance.random_range(1..=plan.batches) {
        let (records, leaves) = batch(&mut chance, plan.detail);
        match log.append(records).await {
            Ok(appended) => acknowledged.push((appended.first, leaves)),
            Err(_) => return (acknowledged, vec![leaves]),
        }
    }
    (acknowledged, Vec::new())
}

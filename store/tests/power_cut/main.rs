//! The power goes while events are written, thousands of times: what was acknowledged is there.

#![expect(clippy::expect_used, clippy::panic, reason = "in a test, a panic is the report")]

mod failing_disk;
mod history;
mod life;

use std::sync::atomic::{AtomicU64, Ordering};

use depaudit_testkit::SimulatedDisk;
use life::{Life, Tally};

/// How many disks as power cuts may leave them are looked at: 10,000 with `cargo xtask test --long`.
fn states() -> u64 {
    if std::env::var_os("DEPAUDIT_LONG").is_some() { 10_000 } else { 1_000 }
}

#[test]
fn no_power_cut_loses_changes_or_splits_what_was_acknowledged() {
    let (next_seed, states) = (AtomicU64::new(0), states());
    let tally = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut tally = Tally::default();
                    while tally.states < states / 2 {
                        let seed = next_seed.fetch_add(1, Ordering::Relaxed);
                        tally += Life::begin(seed, SimulatedDisk::new()).run();
                    }
                    tally
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().expect("no seed lost an event")).sum()
    });
    let Tally { states: seen, acknowledged, kept, checkpoints_cut } = tally;
    assert!(seen >= states);
    // Otherwise this would have proven nothing.
    assert!(acknowledged > 10 * states, "events were acknowledged before the cuts: {tally:?}");
    assert!(kept > 0, "some that were not acknowledged had been written: {tally:?}");
    assert!(checkpoints_cut > states / 100, "some cuts fell into a checkpoint: {tally:?}");
}

/// The same machine sees the loss when commits are not synced, as with `synchronous = NORMAL`.
#[test]
fn without_a_sync_for_each_commit_the_loss_is_found() {
    let lost = (0..10).find_map(|seed| {
        let disk = SimulatedDisk::new();
        disk.put_log_syncs_off();
        std::panic::catch_unwind(|| Life::begin(seed, disk).run()).err()
    });
    let lost = lost.expect("a loss within ten lives");
    let said = lost.downcast_ref::<String>().map_or("", String::as_str);
    assert!(said.contains("acknowledged events are gone"), "{said}");
}

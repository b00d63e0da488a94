//! Bad input 52: each way to change the past is found, and the first bad place named.

mod support;

use depaudit_ledger::{Checkpoint, Fault, TileAt, TreeHash, Verified, verify};
use proptest::prelude::*;
use support::MemoryLog;

fn verified(log: &MemoryLog, checkpoint: &Checkpoint) -> Result<Verified, Fault> {
    verify(log, checkpoint, &[], &mut ())
}

/// Logs below one tile, around one, and with a second level.
fn sizes() -> impl Strategy<Value = u64> {
    prop_oneof![1_u64..256, 250_u64..2_000, 65_400_u64..66_000]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn an_honest_log_verifies(size in sizes(), old in any::<prop::sample::Index>()) {
        let log = MemoryLog::of(size);
        let older = log.checkpoint(old.index(size as usize + 1));
        let found = verify(&log, &log.checkpoint(size as usize), &[older], &mut ());
        prop_assert_eq!(found.unwrap(), Verified { size, older: 1 });
    }

    #[test]
    fn bad_input_52_a_flipped_leaf_is_named(size in sizes(), at in any::<prop::sample::Index>()) {
        let mut log = MemoryLog::of(size);
        let checkpoint = log.checkpoint(size as usize);
        let at = at.index(size as usize);
        log.entries[at][0] ^= 1;
        let fault = verified(&log, &checkpoint).unwrap_err();
        prop_assert!(matches!(fault, Fault::LeafChanged { index } if index == at as u64), "{:?}", fault);
    }

    #[test]
    fn bad_input_52_a_removed_row_is_named(size in sizes(), at in any::<prop::sample::Index>()) {
        let mut log = MemoryLog::of(size);
        let checkpoint = log.checkpoint(size as usize);
        let at = at.index(size as usize);
        log.entries.remove(at);
        let fault = verified(&log, &checkpoint).unwrap_err();
        // In full bundles what follows has moved up, and the place is the same.
        let named = match fault {
            Fault::EntryMissing { index } | Fault::LeafChanged { index } => index,
            other => panic!("{other:?}"),
        };
        prop_assert_eq!(named, at as u64);
    }

    #[test]
    fn bad_input_52_an_old_backup_is_rolled_back(size in 2_u64..2_000, old in 1_u64..2_000) {
        let old = 1 + old % (size - 1);
        let known = MemoryLog::of(size).checkpoint(size as usize);
        let log = MemoryLog::of(old);
        let fault = verify(&log, &log.checkpoint(old as usize), &[known], &mut ()).unwrap_err();
        let expected = matches!(fault, Fault::RolledBack { known, found } if (known, found) == (size, old));
        prop_assert!(expected, "{:?}", fault);
    }

    #[test]
    fn bad_input_52_a_forged_tile_is_named(
        size in sizes(), which in any::<prop::sample::Index>(), bit in any::<prop::sample::Index>(),
    ) {
        let mut log = MemoryLog::of(size);
        let checkpoint = log.checkpoint(size as usize);
        let which = which.index(log.tiles.len());
        let (&(level, index), tile) = log.tiles.iter_mut().nth(which).unwrap();
        let place = bit.index(tile.len());
        let mut hash = *tile[place].as_bytes();
        hash[bit.index(32)] ^= 0x10;
        tile[place] = TreeHash::from_bytes(hash);
        let at = TileAt::of(level, index, size).unwrap();
        let fault = verified(&log, &checkpoint).unwrap_err();
        prop_assert!(matches!(fault, Fault::TileForged { at: named } if named == at), "{:?}", fault);
    }

    #[test]
    fn bad_input_52_a_forked_checkpoint_is_named(size in 1_u64..2_000, old in 1_u64..2_000) {
        let old = 1 + old % size;
        let mut other = MemoryLog::of(size);
        other.entries[0] = b"another past".to_vec();
        let fork = other.checkpoint(old as usize);
        let log = MemoryLog::of(size);
        let fault = verify(&log, &log.checkpoint(size as usize), &[fork], &mut ()).unwrap_err();
        prop_assert!(matches!(fault, Fault::Forked { size } if size == old), "{:?}", fault);
    }

    #[test]
    fn bad_input_52_a_past_that_was_rewritten_throughout_has_another_root(size in 1_u64..2_000) {
        let signed = MemoryLog::of(size).checkpoint(size as usize);
        let mut log = MemoryLog::of(size);
        log.entries[0] = b"another past".to_vec();
        let rewritten = rebuilt(&log);
        let fault = verified(&rewritten, &signed).unwrap_err();
        let expected = matches!(fault, Fault::RootDiffers { size: said } if said == size);
        prop_assert!(expected, "{:?}", fault);
    }
}

/// The same entries with tiles that fit them: what whoever owns the disk can do.
fn rebuilt(log: &MemoryLog) -> MemoryLog {
    let mut edge = depaudit_ledger::Edge::empty();
    let mut rebuilt = MemoryLog { entries: log.entries.clone(), ..MemoryLog::default() };
    for entry in &log.entries {
        edge.append(TreeHash::of_leaf(entry), |at, hashes| {
            rebuilt.tiles.insert((at.level, at.index), hashes.to_vec());
        });
    }
    for (at, hashes) in edge.tiles() {
        rebuilt.tiles.insert((at.level, at.index), hashes.to_vec());
    }
    rebuilt
}

#[test]
fn an_empty_log_verifies_and_a_missing_tile_is_said() {
    let empty = MemoryLog::default();
    assert_eq!(verified(&empty, &empty.checkpoint(0)).unwrap().size, 0);
    let mut log = MemoryLog::of(600);
    log.tiles.remove(&(0, 1));
    let fault = verified(&log, &log.checkpoint(600)).unwrap_err();
    assert_eq!(fault.to_string(), "tile/0/001 is missing");
}

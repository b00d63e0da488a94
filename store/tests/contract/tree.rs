use depaudit_ledger::{Edge, TileAt, TreeHash};
use depaudit_model::Timestamp;
use depaudit_model::event::EventKind;
use depaudit_store::{AuditLog, KeptCheckpoint, Record};

use crate::audit::{AuditPlace, Sqlite, event, record};
use crate::contract;

contract! {
    [
        the_tree_has_every_acknowledged_event,
        every_tile_is_that_of_the_entries,
        two_servers_grow_one_tree,
        the_newest_checkpoint_stands_and_some_stay,
    ]
    sqlite => Sqlite(tempfile::tempdir().unwrap()),
}

/// The tree over all leaves, made anew.
async fn made_anew(log: &dyn AuditLog) -> Edge {
    let mut edge = Edge::empty();
    loop {
        let leaves = log.leaves(edge.size(), 500).await.unwrap();
        if leaves.is_empty() {
            return edge;
        }
        for (index, leaf) in leaves {
            assert_eq!(index, edge.size());
            edge.append(TreeHash::of_leaf(&leaf), |_, _| {});
        }
    }
}

fn some(count: i64) -> Vec<Record> {
    (0..count).map(|second| record(event(EventKind::IndexServed, second))).collect()
}

async fn the_tree_has_every_acknowledged_event(place: &impl AuditPlace) {
    let log = place.open().await;
    assert_eq!(log.edge().await.unwrap().root(), TreeHash::of_nothing());
    for count in [1, 254, 1, 1, 300] {
        log.append(some(count)).await.unwrap();
        let edge = log.edge().await.unwrap();
        assert_eq!(edge.size(), log.length().await.unwrap());
        assert_eq!(edge.root(), made_anew(&*log).await.root());
    }
    drop(log);
    let log = place.open().await;
    log.append(some(3)).await.unwrap();
    assert_eq!(log.edge().await.unwrap().root(), made_anew(&*log).await.root());
}

async fn every_tile_is_that_of_the_entries(place: &impl AuditPlace) {
    let log = place.open().await;
    log.append(some(700)).await.unwrap();
    let leaves = log.leaves(0, 1_000).await.unwrap();
    let hashes: Vec<_> = leaves.iter().map(|(_, leaf)| TreeHash::of_leaf(leaf)).collect();
    for (index, expected) in hashes.chunks(256).enumerate() {
        let at = TileAt::of(0, index as u64, 700).unwrap();
        assert_eq!(log.tile(at).await.unwrap().as_deref(), Some(expected), "{at}");
    }
    let above: Vec<_> = hashes.chunks_exact(256).map(TreeHash::over).collect();
    let at = TileAt { level: 1, index: 0, width: 2 };
    assert_eq!(log.tile(at).await.unwrap(), Some(above));
    // As the log was before: a part of a tile that has grown, of a full one and of the partial one.
    for (index, width) in [(1, 17), (2, 100)] {
        let at = TileAt { level: 0, index, width };
        let expected = &hashes[index as usize * 256..][..usize::from(width)];
        assert_eq!(log.tile(at).await.unwrap().as_deref(), Some(expected));
    }
    for (level, index, width) in [(0, 2, 189), (0, 3, 1), (1, 0, 3), (1, 1, 1), (7, 0, 1)] {
        let at = TileAt { level, index, width };
        assert_eq!(log.tile(at).await.unwrap(), None, "{at}");
    }
}

async fn two_servers_grow_one_tree(place: &impl AuditPlace) {
    let (one, other) = (place.open().await, place.open().await);
    for count in [100, 200, 5] {
        one.append(some(count)).await.unwrap();
        other.append(some(count + 1)).await.unwrap();
    }
    let edge = one.edge().await.unwrap();
    assert_eq!(edge.size(), 613);
    assert_eq!(edge.root(), made_anew(&*other).await.root());
}

async fn the_newest_checkpoint_stands_and_some_stay(place: &impl AuditPlace) {
    let log = place.open().await;
    let checkpoint = |size, stays| KeptCheckpoint {
        size,
        time: Timestamp::from_millis(size.cast_signed()),
        stays,
        note: format!("note {size}"),
    };
    for (size, stays) in [(1, false), (5, true), (6, false), (9, false)] {
        log.keep_checkpoint(checkpoint(size, stays)).await.unwrap();
    }
    assert_eq!(log.checkpoints().await.unwrap(), [checkpoint(5, true), checkpoint(9, false)]);
    // Signed again, as with a second key: it stays then, and goes on staying.
    log.keep_checkpoint(checkpoint(9, true)).await.unwrap();
    log.keep_checkpoint(checkpoint(9, false)).await.unwrap();
    log.keep_checkpoint(checkpoint(12, false)).await.unwrap();
    let sizes = log.checkpoints().await.unwrap();
    assert_eq!(sizes.iter().map(|it| it.size).collect::<Vec<_>>(), [5, 9, 12]);
}

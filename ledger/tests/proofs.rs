//! Proofs: what they prove, what they do not, and what an independent implementation says to them.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up has to stop")]

mod support;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use depaudit_ledger::{Authentic, Checkpoint, Proof, SigningKey, TlogProof, TreeHash, VerifierKey};
use proptest::prelude::*;
use sha2::Sha256;
use support::{MemoryLog, entry};

fn inclusion(log: &MemoryLog, checkpoint: &Checkpoint, index: u64) -> Proof {
    Proof::of_inclusion(&mut Authentic::new(log, checkpoint).unwrap(), index).unwrap()
}

fn consistency(log: &MemoryLog, checkpoint: &Checkpoint, old: u64) -> Proof {
    Proof::of_consistency(&mut Authentic::new(log, checkpoint).unwrap(), old).unwrap()
}

/// The same entries in `ct-merkle`, which shares no line with this crate.
fn peer(size: u64) -> MemoryBackedTree<Sha256, Vec<u8>> {
    let mut tree = MemoryBackedTree::new();
    (0..size).for_each(|number| tree.push(entry(number)));
    tree
}

fn bytes(proof: &Proof) -> Vec<u8> {
    proof.hashes().iter().flat_map(|hash| *hash.as_bytes()).collect()
}

#[test]
fn every_proof_of_every_small_log_verifies() {
    for size in 1..=70 {
        let log = MemoryLog::of(size);
        let checkpoint = log.checkpoint(size as usize);
        for index in 0..size {
            let leaf = TreeHash::of_leaf(&entry(index));
            let proof = inclusion(&log, &checkpoint, index);
            assert_eq!(proof.verify_inclusion(leaf, index, size, checkpoint.root), Ok(()));
        }
        for old in 0..=size {
            let proof = consistency(&log, &checkpoint, old);
            let old_root = log.checkpoint(old as usize).root;
            let verified = proof.verify_consistency((old, old_root), (size, checkpoint.root));
            assert_eq!(verified, Ok(()), "{old} of {size}");
        }
    }
}

#[test]
fn a_proof_through_three_levels_of_tiles_verifies() {
    let size = 66_000;
    let log = MemoryLog::of(size);
    let checkpoint = log.checkpoint(size as usize);
    for index in [0, 255, 256, 65_535, 65_536, 65_999] {
        let leaf = TreeHash::of_leaf(&entry(index));
        let proof = inclusion(&log, &checkpoint, index);
        assert_eq!(proof.verify_inclusion(leaf, index, size, checkpoint.root), Ok(()));
    }
    for old in [1, 255, 256, 257, 65_535, 65_536, 65_537] {
        let old_root = log.checkpoint(old as usize).root;
        let proof = consistency(&log, &checkpoint, old);
        let verified = proof.verify_consistency((old, old_root), (size, checkpoint.root));
        assert_eq!(verified, Ok(()), "{old}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn ct_merkle_finds_the_same_roots_and_proofs(size in 1_u64..1_500, a in 0_u64..1_500, b in 0_u64..1_500) {
        let log = MemoryLog::of(size);
        let checkpoint = log.checkpoint(size as usize);
        let peer = peer(size);
        let theirs = peer.root();
        prop_assert_eq!(checkpoint.root.as_bytes().as_slice(), theirs.as_bytes().as_slice());
        let index = a % size;
        let proof = inclusion(&log, &checkpoint, index);
        let theirs = peer.prove_inclusion(index as usize);
        prop_assert_eq!(bytes(&proof), theirs.as_bytes());
        let old = 1 + b % size;
        if old < size {
            let theirs = peer.prove_consistency((size - old) as usize);
            prop_assert_eq!(bytes(&consistency(&log, &checkpoint, old)), theirs.as_bytes());
        }
    }

    #[test]
    fn a_changed_proof_proves_nothing(
        size in 2_u64..1_500, index in 0_u64..1_500, place: prop::sample::Index, bit in 0_usize..256,
    ) {
        let index = index % size;
        let log = MemoryLog::of(size);
        let Checkpoint { root, .. } = log.checkpoint(size as usize);
        let proof = inclusion(&log, &log.checkpoint(size as usize), index);
        let leaf = TreeHash::of_leaf(&entry(index));
        let mut hashes = proof.hashes().to_vec();
        let place = place.index(hashes.len());
        let mut changed = *hashes[place].as_bytes();
        changed[bit / 8] ^= 1 << (bit % 8);
        hashes[place] = TreeHash::from_bytes(changed);
        prop_assert!(Proof::new(hashes.clone()).unwrap().verify_inclusion(leaf, index, size, root).is_err());
        hashes.pop();
        prop_assert!(Proof::new(hashes).unwrap().verify_inclusion(leaf, index, size, root).is_err());
        let mut longer = proof.hashes().to_vec();
        longer.push(leaf);
        prop_assert!(Proof::new(longer).unwrap().verify_inclusion(leaf, index, size, root).is_err());
        let elsewhere = (index + 1) % size;
        prop_assert!(proof.verify_inclusion(leaf, elsewhere, size, root).is_err());
        prop_assert!(proof.verify_inclusion(leaf, size, size, root).is_err());
        let other = TreeHash::of_leaf(b"other");
        prop_assert!(proof.verify_inclusion(other, index, size, root).is_err());
    }

    #[test]
    fn a_log_that_changed_its_past_has_no_proof_of_consistency(
        size in 3_u64..1_500, old in 1_u64..1_500, changed in 0_u64..1_500,
    ) {
        let old = 1 + old % (size - 1);
        let before = MemoryLog::of(size).checkpoint(old as usize).root;
        let mut entries = MemoryLog::of(size);
        entries.entries[(changed % old) as usize] = b"changed".to_vec();
        let after = entries.checkpoint(size as usize).root;
        let honest = MemoryLog::of(size);
        let proof = consistency(&honest, &honest.checkpoint(size as usize), old);
        prop_assert!(proof.verify_consistency((old, before), (size, after)).is_err());
    }

    #[test]
    fn whatever_bytes_come_nothing_panics(text in any::<String>(), bytes in any::<Vec<u8>>()) {
        let lossy = String::from_utf8_lossy(&bytes);
        for text in [&*text, &*lossy, &format!("c2sp.org/tlog-proof@v1\n{text}\n\n{lossy}")] {
            let _ = text.parse::<TlogProof>();
            let _ = text.parse::<VerifierKey>();
            let _ = text.parse::<SigningKey>();
            let _ = text.parse::<depaudit_ledger::SignedNote>();
            let _ = text.parse::<depaudit_ledger::TileAt>();
            let _ = Checkpoint::open(text, &[]);
        }
        let _ = depaudit_ledger::Bundle::entries(&bytes);
    }
}

#[test]
fn a_proof_in_a_file_verifies_without_the_log() {
    let log = MemoryLog::of(1_000);
    let checkpoint = log.checkpoint(1_000);
    let key = SigningKey::from_seed(checkpoint.origin.clone(), [9; 32]);
    let proof = TlogProof {
        extra: Some(b"what it is about".to_vec()),
        index: 577,
        proof: inclusion(&log, &checkpoint, 577),
        checkpoint: checkpoint.sign(&[&key]).to_string(),
    };
    let text = proof.to_string();
    let read: TlogProof = text.parse().unwrap();
    assert_eq!(read, proof);
    let keys = [key.verifier()];
    assert_eq!(read.verify(&entry(577), &keys).unwrap().checkpoint, checkpoint);
    assert!(read.verify(&entry(578), &keys).is_err());
    let stranger = SigningKey::from_seed(checkpoint.origin, [8; 32]);
    assert!(read.verify(&entry(577), &[stranger.verifier()]).is_err());
    let without = TlogProof { extra: None, ..proof };
    assert_eq!(without.to_string().parse::<TlogProof>().unwrap(), without);
}
